"""Aims: towards a class or a group of them, and after a guide; what is refused before anything is dreamed."""

import json

import numpy as np
import pytest
from synthetic import textured, three_steps_raise

from vidream.cli import main
from vidream.config import Layer, configure
from vidream.dream.architecture import EFFICIENTNET_LITE0
from vidream.dream.catalogue import chosen_layers
from vidream.dream.classes import class_numbers, classes, groups
from vidream.dream.measures import EXAGGERATION
from vidream.dream.objective import (
    GUIDE_SIZE,
    answer,
    channels,
    features,
    match_of,
    near_of,
    neutral_answer,
    objective,
    term_weights,
)
from vidream.dream.tiles import TiledGradient
from vidream.errors import ConfigError, MediaError
from vidream.jobs.still import dream_image, render_image
from vidream.media.still import Picture, write_picture


def test_each_place_goes_to_the_part_of_the_guide_that_it_is_most_like(tiny_network):
    found = features(tiny_network, textured(40, 60, 9).astype(np.float32), "block3")
    three_steps_raise(tiny_network, near_of("block3", found))
    image = textured(32, 48).astype(np.float32)
    here = (answer(tiny_network, image, "block3") - found[0]) * found[1]
    best = (here @ (found[2:].T / np.sqrt(np.linalg.norm(found[2:], axis=1)))).argmax(1)
    goal = EXAGGERATION * found[2:][best]
    expected = (np.square(goal).sum(1) - np.square(goal - here).sum(1)).mean() / 2
    assert TiledGradient(tiny_network, near_of("block3", found), 512)(image)[0] == pytest.approx(expected, rel=1e-4)


def test_of_a_guide_counts_what_sets_it_apart_from_neutral_pictures(tiny_network):
    mean, deviation = neutral_answer(tiny_network, "block3")
    guide = textured(GUIDE_SIZE, GUIDE_SIZE, 9).astype(np.float32)  # as large as it is looked at
    found = features(tiny_network, guide, "block3")
    unusual = (answer(tiny_network, guide, "block3") - mean) / deviation
    np.testing.assert_array_equal(found[0], mean)
    assert np.square(found[2:]).sum(1).mean() == pytest.approx(1, rel=1e-4)  # so that layers pull alike
    np.testing.assert_allclose(found[2:] / unusual, found[1] * deviation * np.ones_like(unusual), rtol=1e-4)
    some = features(tiny_network, guide, "block3", channels(16, [(2, 3)]))
    assert np.flatnonzero(some[1]).tolist() == np.flatnonzero(np.abs(some[2:]).max(0)).tolist() == [2, 3]


def test_a_guide_without_anything_unusual_leads_nowhere_and_is_finite(tiny_network, monkeypatch):
    guide = textured(64, 64, 9).astype(np.float32)
    usual = answer(tiny_network, guide, "block3").mean(0)
    monkeypatch.setattr("vidream.dream.objective.answer", lambda *_: usual[None])
    monkeypatch.setattr("vidream.dream.objective.neutral_answer", lambda *_: (usual, np.ones_like(usual)))
    assert not features(tiny_network, guide, "block3")[2:].any()


def test_a_dream_is_nearer_to_its_guide_than_one_without(tmp_path, tiny, tiny_network):
    guide, source = textured(48, 64, 5), textured(48, 64)
    write_picture(tmp_path / "flowers.png", Picture(guide))
    nearness = TiledGradient(
        tiny_network, near_of("block3", features(tiny_network, guide.astype(np.float32), "block3")), 512
    )
    plain, guided = (
        dream_image(source, **tiny),
        dream_image(source, **tiny, dream_tv=0, guide=str(tmp_path / "flowers.png")),
    )
    before, without, after = (nearness(each.astype(np.float32))[0] for each in (source, plain, guided))
    assert after - before > 2 * max(0, without - before)
    assert np.abs(plain.astype(int) - guided).mean() > 1


ANCHORS = {
    0: "tench",
    150: "sea lion",
    250: "Siberian husky",
    386: "African elephant",
    500: "cliff dwelling",
    620: "laptop",
    750: "quilt",
    985: "daisy",
    999: "toilet tissue",
}
"""Classes by their numbers in ImageNet's list of 2012."""

COUNTS = (
    "dogs 118, hounds 19, terriers 26, wolves 4, foxes 4, cats 5, big cats 6, bears 4, monkeys 13, apes 5, rodents 6,"
    " rabbits 3, elephants 2, hoofed animals 17, whales 2, mammals 218, birds 59, songbirds 11, parrots 4,"
    " birds of prey 4, water birds 24, fish 16, sharks 3, reptiles 36, snakes 17, lizards 11, turtles 5, crocodiles 2,"
    " amphibians 8, frogs 3, salamanders 5, insects 27, butterflies 6, beetles 8, spiders 6, crabs 4, crustaceans 9,"
    " molluscs 6, animals 398, flowers 2, fruit 10, vegetables 13, mushrooms 8, food 41, bread 4, desserts 3, drinks 4,"
    " buildings 18, churches 3, shops 8, bridges 3, fences 4, mountains 2, landscapes 10, cars 10, trucks 8,"
    " bicycles 2, trains 5, aircraft 4, boats 15, vehicles 67, clothes 49, hats 4, shoes 5, furniture 22, tools 14,"
    " weapons 7, clocks 3, bottles 7, balls 10, computers 6, instruments 26"
)
"""How many classes lie under the synsets of each group in WordNet 3.0."""


def test_towards_a_class(tiny_network, monkeypatch):
    monkeypatch.setattr("vidream.dream.objective.class_numbers", lambda name: (int(name),))
    goal = configure("image", toward=["3", "7=-0.5"]).goal
    wanted = objective(goal, tiny_network)
    assert [layer for layer, _ in wanted.terms] == ["head", "head"]
    assert term_weights(goal, tiny_network.layers) == (1, -0.5)
    assert [measure for _, measure in wanted.terms] == ["match", "match"]
    image = textured(64, 96).astype(np.float32)
    answers = tiny_network.activations(image[None], ["head", "logits"])
    for number, patterns in zip((3, 7), wanted.wanted, strict=True):
        places = answers["head"].numpy()[0].reshape(-1, 24) @ patterns[0, :-1] + patterns[0, -1]
        assert places.mean() == pytest.approx(answers["logits"].numpy()[0, number], rel=1e-3)
        value, _ = TiledGradient(tiny_network, match_of("head", patterns), 512)(image)
        assert value == pytest.approx(np.where(places > 0.01, (places**2 + 1e-4) / 2, 0.01 * places).mean(), rel=1e-3)
    three_steps_raise(tiny_network, wanted)


def test_of_a_group_the_likeliest_class_is_raised_at_each_place(tiny_network, monkeypatch):
    monkeypatch.setattr("vidream.dream.objective.class_numbers", lambda name: (3, 7, 8))
    wanted = objective(configure("image", toward="some").goal, tiny_network)
    image = textured(64, 96).astype(np.float32)
    features = answer(tiny_network, image, "head")
    products = features @ tiny_network.classifier.patterns[[3, 7, 8], :-1].T
    best = (products + tiny_network.classifier.patterns[[3, 7, 8], -1]).max(1)
    value, _ = TiledGradient(tiny_network, wanted, 512)(image)
    assert value == pytest.approx(np.where(best > 0.01, (best**2 + 1e-4) / 2, 0.01 * best).mean(), rel=1e-3)


def test_classes_by_name_and_number():
    assert len({*classes()}) == len(classes()) == 1000
    assert {number: classes()[number] for number in ANCHORS} == ANCHORS
    assert (class_numbers("goldfish"), class_numbers("Egyptian Cat"), class_numbers("285")) == ((1,), (285,), (285,))
    with pytest.raises(ConfigError, match=r"--toward goldfisch: .*did you mean goldfish"):
        class_numbers("goldfisch")
    with pytest.raises(ConfigError, match=r"--toward terrier: .*did you mean terriers, toy terrier, .*terrier\?$"):
        class_numbers("terrier")
    with pytest.raises(ConfigError, match="one of its 1000 names"):
        class_numbers("1000")


def test_groups_of_classes():
    names = {group: {classes()[number] for number in numbers} for group, numbers in groups().items()}
    for group, first, last in (
        ("dogs", "Chihuahua", "Mexican hairless"),
        ("birds", "cock", "albatross"),
        ("cars", "ambulance", "sports car"),
        ("fish", "tench", "puffer"),
    ):
        numbers = groups()[group]
        assert (classes()[numbers[0]], classes()[numbers[-1]]) == (first, last)
    assert ", ".join(f"{group} {len(numbers)}" for group, numbers in groups().items()) == COUNTS
    assert names["terriers"] < names["dogs"] < names["mammals"] < names["animals"]
    assert class_numbers("Big Cats") == tuple(range(288, 294))
    assert not set(groups()) & {name.lower() for name in classes()}
    assert all(numbers == tuple(sorted({*numbers})) and numbers[-1] < 1000 for numbers in groups().values())
    for near in ("dgos", "dog"):
        with pytest.raises(ConfigError, match=f"--toward {near}: .*did you mean dogs"):
            class_numbers(near)


def test_what_may_be_named_is_listed(capfd):
    assert main(["classes", "--json"]) == 0
    listed = {row["name"]: row["classes"] for row in json.loads(capfd.readouterr().out)}
    assert listed["foxes"] == ["red fox", "kit fox", "Arctic fox", "grey fox"]
    assert (main(["classes", "foxes"]), main(["classes", "Fox"])) == (0, 0)
    out = capfd.readouterr().out
    assert out.count("Arctic fox") == 2
    assert "wire-haired fox terrier" in out
    assert main(["classes", "foxs"]) == 2
    assert "did you mean foxes" in capfd.readouterr().err


def test_a_class_needs_a_network_that_knows_classes(tiny):
    with pytest.raises(ConfigError, match="tiny knows no classes; efficientnet-lite0 does"):
        dream_image(textured(8, 8), network="tiny", toward="goldfish")


@pytest.mark.parametrize("network", ["vgg16", "inception5h", "some.keras", "some.pb"])
def test_that_a_network_knows_no_classes_is_said_before_it_is_looked_for(network):
    with pytest.raises(ConfigError, match=f"^--toward goldfish: {network} knows no classes; efficientnet-lite0 does$"):
        dream_image(textured(8, 8), network=network, toward="goldfish")
    with pytest.raises(ConfigError, match="did you mean goldfish"):
        dream_image(textured(8, 8), network=network, toward="goldfisch")


@pytest.mark.parametrize("size", [(1, 1), (40, 60)])
def test_a_guide_that_shows_nothing_is_refused(tmp_path, tiny, size):
    write_picture(tmp_path / "in.png", Picture(textured(32, 48)))
    write_picture(tmp_path / "grey.png", Picture(np.full((*size, 3), (120, 120, 90), np.uint8)))
    with pytest.raises(MediaError, match=r"grey.png: is of one colour; give a picture"):
        render_image(tmp_path / "in.png", tmp_path / "out.png", **tiny, guide=str(tmp_path / "grey.png"))
    assert not (tmp_path / "out.png").exists()


def test_a_goldfish_is_found_where_it_was_dreamed():
    from vidream.dream.families.in_the_box import embedded

    source = textured(224, 224, 2)
    out = dream_image(source, toward="goldfish", octaves=2, steps=16)
    lite = embedded("efficientnet-lite0")
    before, after = (
        lite.activations(each[None].astype(np.float32), ["logits"])["logits"].numpy()[0] for each in (source, out)
    )
    assert after[1] > before[1] + 3
    assert after.argmax() == 1


def test_a_guide_is_followed_beside_a_class(tiny_network, monkeypatch):
    monkeypatch.setattr("vidream.dream.objective.class_numbers", lambda name: (1,))
    goal = configure("image", network="efficientnet-lite0", toward="goldfish", guide="x.png").goal
    assert chosen_layers(goal, EFFICIENTNET_LITE0.layers) == (Layer("block10", 0.5), Layer("block13"))
    assert chosen_layers(configure("image", toward="goldfish").goal, EFFICIENTNET_LITE0.layers) == ()
