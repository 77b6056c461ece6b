"""The keys of a terminal play a live dream, and the terminal is left as it was."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from playing import FakeBoard

from vidream.events import scope
from vidream.live.terminal import Terminal, keys_of, open_keyboard


class FakeKeyboard:
    def __init__(self, *typed: str) -> None:
        self.typed, self.closed = list(typed), False

    def read(self) -> str:
        if self.typed:
            return self.typed.pop(0)
        time.sleep(0.005)
        return ""

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", []),
        ("b3 N\n", ["b", "3", "space", "n", "enter"]),
        ("\x1b[A\x1b[B\x1b[C\x1b[D", ["up", "down", "right", "left"]),
        ("\x1bOAb", ["up", "b"]),
        ("\x1b", []),
        ("\x1b[", []),
        ("\x1b[5~q", ["q"]),
        ("\x1b[1;5Cn", ["n"]),
        ("\x1bqn", ["n"]),
        ("\x1b\x1b[A", ["up"]),
        ("ü", ["ü"]),
    ],
)
def test_what_is_typed_has_names(typed, names):
    assert list(keys_of(typed)) == names


def test_keys_play_and_say_so():
    board, keyboard, ended, told = FakeBoard(), FakeKeyboard("n", "\x1b[A", "Q"), [], []
    with scope(told.append):
        terminal = Terminal(keyboard, board, lambda: ended.append(True))
        while not ended:
            time.sleep(0.005)
        terminal.close()
    assert board.done == [("next",), ("set", "strength", pytest.approx(1.1))]
    assert [event.message for event in told] == ["kick", "strength 1.1"]
    assert keyboard.closed


PLAYED = """
import fcntl, os, sys, termios, threading
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.path.insert(0, "tests")
from playing import FakeBoard
from vidream.live.terminal import Terminal, open_keyboard
keyboard, board, end = open_keyboard(), FakeBoard(), threading.Event()
terminal = Terminal(keyboard, board, end.set)
print("ready", flush=True)
end.wait(10)
terminal.close()
print(board.done, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")
def test_a_terminal_plays_and_is_left_as_it_was():
    import pty
    import termios

    leader, follower = pty.openpty()
    before = termios.tcgetattr(follower)
    with closing(os.fdopen(leader, "r+b", buffering=0)) as typed:
        child = subprocess.Popen(
            [sys.executable, "-c", PLAYED],
            stdin=follower,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
            start_new_session=True,
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            during = termios.tcgetattr(follower)
            assert during[3] & termios.ISIG
            assert not during[3] & (termios.ICANON | termios.ECHO)
            typed.write(b"n\x1b[Aq")
            assert "('next',), ('set', 'strength', 1.1)" in child.stdout.readline()
        assert child.returncode == 0
        assert termios.tcgetattr(follower) == before
    os.close(follower)


def test_without_a_terminal_there_is_no_keyboard(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert open_keyboard() is None
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert open_keyboard() is None
