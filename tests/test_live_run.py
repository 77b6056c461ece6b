"""A live dream from what is asked for to its last frame, without a display or a device."""

import io
import itertools
import threading
import time
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import av
import numpy as np
import pytest
from playing import Viewer
from synthetic import textured

from vidream import Cancelled, ConfigError, MediaError, StatusEvent, run_live
from vidream.cli.live import status_line
from vidream.cli.output import Console
from vidream.clock import Clock
from vidream.config import configure
from vidream.frames import PEAK, Frame, Size
from vidream.live.board import Board
from vidream.live.feeds import even
from vidream.live.governor import Effort, Governor
from vidream.live.score import RATE, LiveScore
from vidream.live.show import Show
from vidream.live.stage import Made
from vidream.live.status import Status
from vidream.live.timebase import TimeBase
from vidream.plan.step import FilmStep, ZoomStep
from vidream.render.composite import RenderedFrame
from vidream.render.state import LoopState

SIZE = Size(48, 32)
SOURCE = textured(32, 48)


def shown(base="video", residual=20.0, **knobs):
    """A show and a frame that is made, which adds so much to its source; and the board."""
    config = configure("live", base=base, **knobs)
    board = Board(config, Clock(Fraction(RATE), LiveScore()))
    now = board.config_at(0)
    added = np.full((16, 24, 3), residual, np.float32)
    if base == "video":
        rendered = RenderedFrame(FilmStep(0, now, Frame(SOURCE, PEAK), cut=True), SOURCE.astype(np.float32), added)
    else:
        picture = SOURCE.astype(np.float32) + np.float32(residual)
        rendered = RenderedFrame(ZoomStep(0, now, cut=True), picture, added, LoopState(picture, picture))
    show = Show(board, Governor(config, 48), SIZE, TimeBase(lambda _: None))
    return show, Made(rendered, 0.0, 0.0, True, Effort(48, 1, 0)), board


def seen(show, made, now=0.0):
    return (show.pixels(made, now).astype(float) - SOURCE).mean()


def test_strength_is_that_of_the_board_when_a_frame_is_shown():
    show, made, board = shown()
    full = seen(show, made)
    board.set("strength", 0.5)
    half = seen(show, made)
    board.set("strength", 0)
    assert half == pytest.approx(full / 2, abs=0.6)
    assert seen(show, made) == 0


@pytest.mark.parametrize("base", ["video", "zoom"])
def test_black_is_black_and_goes(base):
    show, made, board = shown(base)
    board.black = True
    assert show.pixels(made, 0.0).max() == 0
    board.black = False
    assert show.pixels(made, 0.0).max() > 0


def test_a_dream_whose_source_is_lost_breathes():
    show, made, _ = shown()
    residual = made.rendered.residual
    residual += np.random.default_rng(0).normal(0, 30, residual.shape).astype(np.float32)
    still = show.pixels(made, 1.5)
    show.lost = lambda: True
    assert (show.pixels(made, 1.5) != still).mean() > 0.1
    assert (show.pixels(made, 6.0) == still).mean() > 0.99  # between two breaths
    assert (show.pixels(made, 0.9) == still).mean() > 0.99  # frames come: a clip that is only late is not lost


def counted(show, captured):
    show._count(replace(shown()[1], captured=captured), time.monotonic(), time.monotonic())


def test_the_delay_is_that_of_new_frames_and_not_told_while_none_comes(monkeypatch):
    show = shown()[0]
    began = time.monotonic()
    monkeypatch.setattr("vidream.live.show.time.monotonic", lambda: began)
    counted(show, began - 0.05)
    monkeypatch.setattr("vidream.live.show.time.monotonic", lambda: began + 1.5)
    counted(show, began - 0.05)
    assert show.status().latency == pytest.approx(0.05, abs=0.04)
    assert "ms to the screen" in show.status().lines[1]
    show.lost = lambda: True
    assert "ms to the screen" not in " ".join(show.status().lines)
    show.lost = bool
    monkeypatch.setattr("vidream.live.show.time.monotonic", lambda: began + 12)
    counted(show, began - 0.05)
    assert "ms to the screen" not in " ".join(show.status().lines)
    counted(show, began + 11.9)
    assert show.status().latency == pytest.approx(0.075, abs=0.04)


def test_a_rate_that_the_least_effort_cannot_hold_is_told(monkeypatch):
    show, made, _ = shown(rate=15, dream_size=64, least_size=64, octaves=1, dream_rate=15)
    advice = "cannot hold 15 a second: less --rate, or another look"
    seconds = iter(np.arange(0, 1e4, 0.1))
    for _ in range(50):
        moment = float(next(seconds))
        show._count(made, moment, moment)
    assert advice in show.status().lines
    monkeypatch.setattr(Governor, "at_least", False)
    assert advice not in show.status().lines
    monkeypatch.undo()
    for _ in range(50):
        show.counts.shown.append((show.counts.shown[-1][0] + 1 / 15, True))
    assert advice not in show.status().lines
    assert "0 dropped, 0 shown late" in show.status().lines


def test_each_start_has_a_film_of_its_own(clip, tmp_path, tiny):
    play(clip, tmp_path / "show-{time}.mp4", tiny, seconds=0.3)
    (film,) = tmp_path.glob("show-*.mp4")
    made = datetime.strptime(film.stem, "show-%Y-%m-%d-%H-%M-%S")
    assert abs((datetime.now() - made).total_seconds()) < 120


def test_what_is_shown_has_even_sides():
    assert even(Size(641, 361)) == Size(640, 360)
    assert even(Size(1, 3)) == Size(2, 2)


def times_of(path):
    with av.open(str(path)) as film:
        return [float(frame.pts * frame.time_base) for frame in film.decode(video=0)]


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """No film is without a frame because the machine is busy."""
    monkeypatch.setattr("vidream.live.recorder.WAITING", 60.0)


def play(source, out, tiny, frames=None, **knobs):
    """A live dream that ends after so many frames, or when its knobs say so."""
    knobs = {"rate": 20, "dream_size": 64, "least_size": 64} | tiny | knobs
    if frames is not None:
        viewer = Viewer(frames)
        knobs |= {"outputs": [viewer], "cancel": viewer.enough}
    return run_live(str(source), window=False, to=str(out), **knobs)


def test_a_clip_is_played_for_so_many_seconds_and_told_about(clip, tmp_path, tiny):
    told = []
    played = play(clip, tmp_path / "out.mp4", tiny, seconds=2.2, on_event=told.append)
    times = times_of(tmp_path / "out.mp4")
    assert len(times) == played.frames
    assert played.seconds >= 2.2
    assert times[-1] < 2.2
    assert played.frames > 3
    status = [event.status for event in told if isinstance(event, StatusEvent)]
    assert status
    assert status[-1].size == 64
    assert 0 < status[-1].rate < 25
    assert not [trouble for trouble in status[-1].troubles if "slower than it plays" not in trouble]
    assert status[-1].look == "animals"
    assert "animals" in status[-1].lines


@pytest.mark.parametrize(("preset", "look"), [(None, "LOOK"), ("engraving", "engraving")])
def test_it_begins_with_the_first_of_looks_unless_a_preset_is_given(monkeypatch, tmp_path, clip, preset, look):
    path = tmp_path / "mine.toml"
    path.write_text('network = "efficientnet-lite1"\nlayer = ["block4"]\nstep_size = 3\n')
    begun = []

    class Dreamer:
        def __init__(self, config, looks) -> None:
            begun.append(config)
            raise ConfigError("enough")

    monkeypatch.setattr("vidream.live.run.LiveDreamer", Dreamer)
    look = str(path) if look == "LOOK" else look
    boards = []
    monkeypatch.setattr("vidream.live.run.Board", lambda *given: boards.append(Board(*given)) or boards[0])
    with pytest.raises(ConfigError, match="enough"):
        run_live(str(clip), preset=preset, window=False, to=str(tmp_path / "out.mp4"), looks=f"{path},masonry")
    assert boards[0].look == look
    if preset is None:
        assert (begun[0].goal.network, begun[0].dream.step_size) == ("efficientnet-lite1", 3)
        boards[0].next()
        assert boards[0].look == "masonry"


def test_a_picture_is_zoomed_into_and_moves(seed, tmp_path, tiny):
    played = play(seed, tmp_path / "out.mkv", tiny, frames=8, zoom=3)
    assert played.frames >= 8
    with av.open(str(tmp_path / "out.mkv")) as film:
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert pictures[0].shape == (64, 96, 3)
    assert all((one != other).any() for one, other in itertools.pairwise(pictures))


def test_noise_needs_no_file(tmp_path, tiny):
    assert play("noise", tmp_path / "out.mp4", tiny, frames=3, size="96").frames >= 3


def test_it_ends_when_it_is_cancelled_and_what_was_shown_is_there(clip, tmp_path, tiny):
    played = play(clip, tmp_path / "out.mp4", tiny, frames=5)
    assert len(times_of(tmp_path / "out.mp4")) == played.frames == 5


def test_hands_of_ones_own_play_the_board_and_are_let_go(clip, tmp_path, tiny):
    class Mine:
        def __init__(self, board) -> None:
            self.board, self.open, self.trouble = board, True, "my hand hurts"
            board.black = True
            hands.append(self)

        def close(self):
            self.open = False

    hands, told = [], []
    play(clip, tmp_path / "out.mkv", tiny, seconds=1.5, hands=[Mine], on_event=told.append)
    (mine,) = hands
    assert not mine.open
    assert "strength" in mine.board.state()["knobs"]
    assert "my hand hurts" in next(event.status.troubles for event in told if isinstance(event, StatusEvent))
    with av.open(str(tmp_path / "out.mkv")) as film:
        assert max(frame.to_ndarray(format="rgb24").max() for frame in film.decode(video=0)) < 8


def test_before_the_first_frame_a_cancelled_run_raises(clip, tmp_path, tiny):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        play(clip, tmp_path / "out.mp4", tiny, cancel=cancel)


@pytest.mark.parametrize(
    ("source", "knobs", "message"),
    [
        ("nothing.mp4", {}, "nothing.mp4"),
        ("CLIP", {"rate": 0}, "--rate"),
        ("CLIP", {"looks": "no-such-look"}, "no-such-look"),
        ("CLIP", {"layer": "block99"}, "block99"),
        ("CLIP", {"zoom": 2.0}, "--zoom"),
        ("CLIP", {"dream_rate": 0}, "--dream-rate"),
        ("CLIP", {"preset": "no-such-look"}, "no-such-look"),
    ],
)
def test_what_cannot_be_is_one_line_before_the_first_frame(clip, tmp_path, tiny, source, knobs, message):
    with pytest.raises((ConfigError, MediaError), match=message) as caught:
        play(clip if source == "CLIP" else tmp_path / source, tmp_path / "out.mp4", tiny, **knobs)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("out*"))


def test_hands_are_checked_before_a_source_is_opened(clip, tmp_path, tiny, monkeypatch):
    for opener in ("open_source", "open_ears"):
        monkeypatch.setattr(f"vidream.live.run.{opener}", lambda *given: pytest.fail("opened"))
    (tmp_path / "wrong.toml").write_text("faders = []")
    for knobs in ({"osc": "x"}, {"midi": str(tmp_path / "wrong.toml")}):
        with pytest.raises(ConfigError, match=f"--{next(iter(knobs))}"):
            play(clip, tmp_path / "out.mp4", tiny, **knobs)


def test_a_dream_that_nothing_shows_is_refused(clip, tiny):
    with pytest.raises(ConfigError, match="--no-window: nothing would show it"):
        run_live(str(clip), window=False, **tiny)


def test_nothing_is_replaced_that_was_there(clip, tmp_path, tiny):
    (tmp_path / "out.mp4").write_bytes(b"mine")
    with pytest.raises(MediaError, match="overwrite"):
        play(clip, tmp_path / "out.mp4", tiny, seconds=1)
    assert (tmp_path / "out.mp4").read_bytes() == b"mine"


def test_no_thread_is_left_behind(clip, tmp_path, tiny):
    before = set(threading.enumerate())
    play(clip, tmp_path / "out.mp4", tiny, frames=2)
    end = time.monotonic() + 60
    while set(threading.enumerate()) - before and time.monotonic() < end:
        time.sleep(0.05)
    assert not set(threading.enumerate()) - before


def test_on_a_pipe_a_trouble_is_told_when_it_begins_and_when_it_ends():
    pipe = io.StringIO()
    with status_line(Console(file=pipe)) as listen:
        for second, troubles in enumerate([(), (), ("show.mp4: broke 1",), ("show.mp4: broke 2",), (), ()]):
            listen(StatusEvent(second, Status(late=second, troubles=troubles)))
    assert [line.partition("dropped, ")[2] for line in pipe.getvalue().splitlines()] == [
        "0 shown late",
        "2 shown late; show.mp4: broke 1",
        "4 shown late",
    ]


def test_on_a_terminal_what_strangers_send_is_no_markup():
    shown = io.StringIO()
    with status_line(Console(file=shown, force_terminal=True, width=200)) as listen:
        listen(StatusEvent(0.0, Status(troubles=("OSC: /vidream/[/red]: no such knob \x1b[2J",))))
    assert "OSC: /vidream/[/red]: no such knob" in shown.getvalue()
    assert "\x1b[2J" not in shown.getvalue()


def test_what_is_read_is_never_recorded_over(clip, tiny):
    song = clip.with_name("song.mp4")
    song.write_bytes(clip.read_bytes())
    with pytest.raises(MediaError, match=r"song\.mp4"):
        play(clip, song, tiny, ears=str(song), overwrite=True)
    assert song.read_bytes() == clip.read_bytes()


def test_what_is_made_beside_is_waited_for_at_the_end(clip, tmp_path, tiny, monkeypatch):
    closed = []
    monkeypatch.setattr("vidream.live.run.LiveDreamer.close", lambda _, patience: closed.append(patience))
    play(clip, tmp_path / "out.mp4", tiny, seconds=0.2)
    assert closed == [5.0]
