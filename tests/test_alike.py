"""No two looks that come with vidream look alike to somebody who sees both, as what they are for."""

import alike
import pytest

from vidream.config import Preset

pytestmark = pytest.mark.slow


def near(command: str, scenes: int | None = None) -> list[str]:
    apart = alike.pairs(alike.looks(), command, scenes)
    return [f"{one} and {other}: {value:.2f}" for value, one, other in apart if value < 1]


def test_no_look_for_films_is_within_a_just_noticeable_difference_of_another_on_one_scene():
    assert near("video", scenes=1) == []


@pytest.mark.parametrize("command", alike.SCENES)
def test_no_look_is_within_a_just_noticeable_difference_of_another(command):
    assert near(command) == []


@pytest.mark.parametrize("look", alike.looks(), ids=lambda look: look.name)
def test_two_seeds_of_a_look_are_within_one(look):
    """Else the measure would tell chance from chance.

    Where forms are few and large, or each turn has but a strip, chance shows more: there two seeds are at least less
    than half as far from each other as any other look is.
    """
    chance = alike.of_seeds(look)
    if chance >= 1:
        assert chance < min(alike.difference(look, other) for other in alike.looks() if other != look) / 2


def test_a_look_is_found_to_be_another_under_another_name(tmp_path):
    """As it is with another seed and a weight that is hardly another."""
    twin = tmp_path / "twin.toml"
    twin.write_text('# Twin.\ncommand = "video"\nlayer = ["block4=1.1"]\nstrength = 0.97\nseed = 3\n')
    engraving = next(look for look in alike.looks() if look.name == "engraving")
    assert alike.difference(engraving, Preset("twin", "", twin)) < 1
