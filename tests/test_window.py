"""A window shows frames as they are, takes keys, covers a display, and is closed; without a display it is said so."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from vidream import configure
from vidream.errors import ConfigError
from vidream.frames import Size
from vidream.live.desktop import check_desktop
from vidream.live.outputs import check_outputs
from vidream.live.window import Window, fitted, write_lines
from vidream.media.program import executable

PROGRAMS = ("Xvfb", "openbox", "xdotool", "wmctrl")
under_x = pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason=f"needs {', '.join(PROGRAMS)}")
COLOURS = np.array([[[250, 20, 20], [20, 250, 20]], [[20, 20, 250], [250, 250, 20]]], np.uint8)
PLAY = """
import json, sys, time
import numpy as np
from vidream.frames import Size
from vidream.live.desktop import displays
from vidream.live.output import Shown
from vidream.live.window import NAME, Window
import cv2
pixels = np.array(json.loads(sys.argv[1]), np.uint8).repeat(60, 0).repeat(80, 1)
window = Window(Size(160, 120), **json.loads(sys.argv[2]))
window.lines = lambda: ("a line of the overlay",)
said = None
keys, until = [], time.monotonic() + 120
while time.monotonic() < until and not window.closed:
    window.show(Shown(pixels, 0, 0.0))
    pressed = window.poll()
    keys += pressed
    if "s" in pressed:
        window.say("what a key did")
    window.dark = lambda: "b" in keys
    try:
        at = None if window.closed else cv2.getWindowImageRect(NAME)
    except cv2.error:
        at = None  # it was closed in between
    line = json.dumps(dict(keys=keys, at=at, hidden=window._cursor.hidden, displays=displays()))
    if line != said:
        print(line, flush=True)
        said = line
    time.sleep(0.005)
window.close()
print(json.dumps(dict(closed=window.closed)), flush=True)
"""


PATIENCE = 5.0
"""Seconds after which a key that has not come is pressed again."""


def until(done: Callable[[], bool]) -> None:
    """Wait for something that a busy machine does later."""
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "never"
        time.sleep(0.02)


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def desktop() -> Iterator[dict[str, str]]:
    """The environment of a display of 640x480 px, with a window manager."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with server, os.fdopen(read) as answer:
        environment = {**os.environ, "DISPLAY": f":{answer.readline().strip()}"}
        with subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL) as manager:
            until(lambda: run(environment, "wmctrl", "-m").returncode == 0)
            yield environment
            manager.kill()
        server.kill()


class Player:
    """A window in a process of its own, and what it says of itself."""

    def __init__(self, environment: dict[str, str], **options) -> None:
        command = [sys.executable, "-c", PLAY, json.dumps(COLOURS.tolist()), json.dumps(options)]
        self.environment, self.said = environment, {}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()
        self.wait(lambda said: said.get("at"))
        until(lambda: "vidream" in run(environment, "xdotool", "getactivewindow", "getwindowname").stdout)

    def _listen(self) -> None:
        for line in self.process.stdout:
            self.said = json.loads(line)

    def wait(self, wanted: Callable[[dict], bool]) -> None:
        until(lambda: wanted(self.said))

    def do(self, *command: str) -> None:
        subprocess.run(command, env=self.environment, check=True)

    def press(self, key: str, name: str) -> None:
        """Press a key, and again if it does not come: of two between two looks a window tells the last alone."""
        pressed = 0.0

        def has_come() -> bool:
            nonlocal pressed
            if time.monotonic() - pressed > PATIENCE:
                pressed = time.monotonic()
                self.do("xdotool", "key", key)
            return self.said["keys"][-1:] == [name]

        until(has_come)

    def show(self, wanted: Callable[[np.ndarray], object]) -> None:
        """Wait until the screen is so."""
        until(lambda: bool(wanted(self.screen())))

    def screen(self) -> np.ndarray:
        grab = ["-f", "x11grab", "-draw_mouse", "1", "-video_size", "640x480", "-i", self.environment["DISPLAY"]]
        raw = ["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        data = subprocess.run(
            [executable(), "-nostdin", "-v", "error", *grab, *raw], stdout=subprocess.PIPE, check=True
        ).stdout
        return np.frombuffer(data, np.uint8).reshape(480, 640, 3)

    def end(self) -> None:
        self.process.kill()
        self.thread.join()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def player(desktop: dict[str, str]) -> Iterator[Player]:
    player = Player(desktop)
    yield player
    player.end()


@under_x
def test_frames_are_seen_as_they_are(player: Player):
    left, top, width, height = player.said["at"]
    assert (width, height) == (160, 120)
    player.show(lambda seen: np.array_equal(seen[top : top + height, left : left + width][30::60, 40::80], COLOURS))


@under_x
def test_over_all_of_the_screen_there_is_no_cursor_and_what_is_round_is_black(player: Player):
    player.do("xdotool", "mousemove", "500", "200", "key", "f")
    player.wait(lambda said: said["at"] == [0, 0, 640, 480] and said["hidden"])
    assert player.said["displays"] == [[0, 0, 640, 480]]
    player.show(
        lambda seen: (
            np.array_equal(seen[120::240, 160::320], COLOURS)
            and np.all(np.abs(seen[190:230, 480:530].astype(int) - COLOURS[0, 1]) <= 2)  # where the cursor would be
        )
    )
    player.do("xdotool", "key", "f")
    player.wait(lambda said: said["at"][2:] == [160, 120] and not said["hidden"])
    player.show(lambda seen: np.ptp(seen[195:225, 495:515].astype(int), (0, 1)).max() > 100)  # there it is


@under_x
def test_keys_have_their_names_and_its_own_are_used(player: Player):
    for key, name in {"Up": "up", "b": "b", "space": "space", "7": "7", "KP_8": "8", "Left": "left"}.items():
        player.press(key, name)
    assert list(dict.fromkeys(player.said["keys"])) == ["up", "b", "space", "7", "8", "left"]
    before = player.screen()
    player.do("xdotool", "key", "h")
    player.show(lambda seen: (seen != before).any())  # the overlay
    player.do("xdotool", "key", "h")
    player.show(lambda seen: np.array_equal(seen, before))
    player.do("xdotool", "key", "q")
    player.wait(lambda said: said == {"closed": True})


@under_x
@pytest.mark.parametrize(
    ("keys", "seen"), [((), True), (("f",), False), (("b",), False), (("f", "h"), True), (("b", "h"), True)]
)
def test_what_a_key_did_is_for_nobody_in_the_audience(desktop: dict[str, str], keys: tuple[str, ...], seen: bool):
    player = Player(desktop)
    for key in keys:  # one after the other: of two that come between two looks a window tells the last alone
        player.do("xdotool", "key", key)
        if key == "f":
            player.wait(lambda said: said["at"] == [0, 0, 640, 480])
        elif key == "b":
            player.wait(lambda said: "b" in said["keys"])
    time.sleep(0.5)
    before = player.screen()
    player.do("xdotool", "key", "s")
    if seen:
        player.show(lambda now: (now != before).any())
    else:
        player.wait(lambda said: "s" in said["keys"])
        time.sleep(0.3)
        assert np.array_equal(player.screen(), before)
    player.end()


@under_x
def test_closing_it_is_told(player: Player):
    player.do("wmctrl", "-c", "vidream")
    player.wait(lambda said: said == {"closed": True})


@under_x
def test_it_begins_over_all_of_a_display(desktop: dict[str, str]):
    player = Player(desktop, full_screen=True, display=1)
    player.wait(lambda said: said["at"] == [0, 0, 640, 480])
    player.end()


@under_x
def test_a_display_that_is_not_there_is_refused(desktop: dict[str, str]):
    run = subprocess.run(
        [sys.executable, "-c", PLAY, json.dumps(COLOURS.tolist()), json.dumps({"display": 3})],
        env=desktop,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr.strip().endswith("ConfigError: --display 3: there is one display")


@pytest.mark.skipif(sys.platform != "linux", reason="X11")
@pytest.mark.parametrize("display", ["", ":9876"])
def test_without_a_display_it_is_said_so(monkeypatch: pytest.MonkeyPatch, display: str):
    monkeypatch.setenv("DISPLAY", display)
    with pytest.raises(ConfigError, match=r"^no display: .*; give --no-window with --to"):
        check_outputs(configure("live"))


def test_an_opencv_without_windows_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cv2.currentUIFramework", str)
    with pytest.raises(ConfigError, match="this OpenCV has no windows"):
        check_desktop()


def test_another_thread_is_refused():
    faults = []

    def open_window() -> None:
        try:
            Window(Size(16, 16))
        except ConfigError as error:
            faults.append(str(error))

    thread = threading.Thread(target=open_window)
    thread.start()
    thread.join()
    assert faults == ["a window needs the main thread; call from there, or give window=False"]


def test_what_is_round_a_frame_is_black():
    pixels = np.full((20, 40, 3), 200, np.uint8)
    wide, high = fitted(pixels, Size(100, 20)), fitted(pixels, Size(20, 30))
    assert np.all(wide[:, 30:70] == 200)
    assert wide[:, :30].max() == wide[:, 70:].max() == 0
    assert np.all(high[10:20] == 200)
    assert high[:10].max() == high[20:].max() == 0


@pytest.mark.parametrize("size", [Size(32, 16), Size(160, 120), Size(1280, 720)])
def test_lines_go_onto_any_picture(size: Size):
    picture = np.full((size.height, size.width, 3), 100, np.uint8)
    write_lines(picture, ["15.0 shown", "", "é – 夢 rtmp://x: connection refused"] * 9)
    assert picture.min() < 100 < picture.max() or size.width == 32
