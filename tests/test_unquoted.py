"""A word without quotes in TOML is named, with its line and what to write; else the error stays TOML's own."""

import time
import tomllib

import pytest

from vidream.clock import FOLLOWED, SAID
from vidream.config.toml import parse_toml
from vidream.config.unquoted import why_not_toml
from vidream.errors import ConfigError

LOOK = """# A look.
layer = ["block10", "block4=0.4"]   # block4 = faint
strength = { follow = "high", base = 1, amount = 0.2 }
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("turn = { follow = low, amount = 20 }", 'line 4: low has no quotes; write follow = "low"'),
        ('turn = { follow = "low", of = drums.wav }', 'line 4: drums.wav has no quotes; write of = "drums.wav"'),
        ("zoom = { sine = [1, 0.1], period = 4s }", 'line 4: 4s has no quotes; write period = "4s"'),
        ("zoom = { keys = [[0s, 1.0], [4s, 2]] }", 'line 4: 0s has no quotes; write "0s"'),
        ("toward = [goldfish]", 'line 4: goldfish has no quotes; write "goldfish"'),
        ("size=640x360", 'line 4: 640x360 has no quotes; write size = "640x360"'),
        ("keep-colour = yes", "line 4: yes is no value of TOML; write keep-colour = true"),
        ("strength = 0,8", "line 4, column 13"),
        ('turn = { follow: "low", amount: 60 }', "line 4: a name has : after it; write = instead of :"),
        ('turn = { "follow": "low" }', "line 4: a name has : after it; write = instead of :"),
        ('turn = { follow = "low", of = C:/x.wav }', "line 4: C:/x.wav has no quotes"),
        ("turn = { follow = “low” }", 'line 4: “ is no quote of TOML; write straight ones: "'),
        ('turn = { follow = "low" amount = 2 }', "a comma or closing } is missing"),
        ("turn = { follow = 'low', amount = 2", "closing } is missing"),
        ('strength = { follow = "low" amount = 2 }', "line 4, column"),
    ],
)
def test_a_word_without_quotes_is_named(line, said):
    with pytest.raises(ConfigError, match=r"^look\.toml: not TOML: ") as error:
        parse_toml(f"{LOOK}{line}\n".encode(), "look.toml")
    assert said in str(error.value)


def test_a_line_that_nobody_wrote_takes_no_time():
    text = "a" * 1_000_000
    with pytest.raises(tomllib.TOMLDecodeError) as error:
        tomllib.loads(text)
    began = time.monotonic()
    assert why_not_toml(error.value, text) == str(error.value)
    assert time.monotonic() - began < 1


def test_what_musicians_say_means_something_that_can_be_followed():
    assert {*SAID.values()} < {*FOLLOWED}
    assert not {*SAID} & {*FOLLOWED}
