"""Anybody's own source, sink and program: what vidream's engine asks of them, and what it gives."""

import re
import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from synthetic import panned, textured

from vidream.config import RunConfig, configure
from vidream.errors import Cancelled
from vidream.events import StageEvent
from vidream.frames import PEAK, Context, Frame, Image, Size
from vidream.plan.film import FilmPlan
from vidream.plan.source import Repeated
from vidream.plan.step import FilmStep
from vidream.plan.zoom import ZoomPlan
from vidream.render.composite import RenderedFrame, composite
from vidream.render.loop import render
from vidream.render.sink import Sink
from vidream.render.state import no_dream

HEIGHT, WIDTH = 64, 96


@dataclass(frozen=True)
class Slides:
    """A source that is no file: frames that somebody has."""

    slides: Sequence[Frame]
    fps: Fraction = Fraction(25)

    @property
    def size(self) -> Size:
        return self.slides[0].size

    @property
    def count(self) -> int:
        return len(self.slides)

    def frames(self, first: int = 0) -> Generator[tuple[int, Frame]]:
        for number in range(first, len(self.slides)):
            yield number, self.slides[number]


def slides(count: int = 8) -> Slides:
    return Slides([Frame(pixels, PEAK) for pixels in panned(count, HEIGHT, WIDTH, by=(1, 0))])


def brighter(start: Image, config: RunConfig, steps: int, /, context: Context = Context()) -> Image:
    """A stand-in for the dream."""
    return start + np.float32(8)


class Wall:
    """A sink that keeps what it is shown."""

    def __init__(self) -> None:
        self.shown: list[RenderedFrame] = []
        self.is_closed = False

    def write(self, rendered: RenderedFrame) -> None:
        self.shown += [rendered] * rendered.step.hold

    def close(self) -> None:
        self.is_closed = True


def show(plan: FilmPlan | ZoomPlan, sink: Sink, dreamer=brighter) -> None:
    """A program of three lines."""
    for rendered in render(plan.steps(), dreamer):
        sink.write(rendered)
    sink.close()


def test_a_source_of_ones_own_is_rendered_into_a_sink_of_ones_own():
    wall = Wall()
    show(FilmPlan(slides(), configure("video")), wall)
    assert len(wall.shown) == 8
    assert wall.is_closed
    assert [frame.step.cut for frame in wall.shown] == [True, *[False] * 7]


def test_what_is_seen_is_the_source_with_the_residual_over_it():
    """The parts that the loop hands over make up the picture; half of the strength shows half of the residual."""
    for strength in (1.0, 0.5):
        for rendered in render(FilmPlan(slides(), configure("video", strength=strength)).steps(), brighter):
            assert isinstance(rendered.step, FilmStep)
            assert rendered.source is not None
            assert rendered.residual is not None
            np.testing.assert_array_equal(rendered.source, rendered.step.source.image())
            expected = rendered.source + np.float32(strength) * rendered.residual
            np.testing.assert_allclose(rendered.frame.image(), expected, atol=1e-4)
            assert rendered.residual.min() > 7


def test_a_zooms_parts_make_up_its_picture():
    config = configure("zoom", frames=6, dream_every=2, loop=True)
    for rendered in render(ZoomPlan(textured(HEIGHT, WIDTH), config).steps(), brighter):
        assert rendered.source is not None
        assert rendered.residual is not None
        np.testing.assert_allclose(rendered.frame.image(), rendered.source + rendered.residual, atol=1e-3)


@pytest.mark.parametrize("peak", [255, 65535])
def test_a_frame_keeps_its_depth_where_nothing_is_dreamed(peak):
    """The very frame of the source comes out: nothing is converted on the way, there or back."""
    dtype = np.uint8 if peak == 255 else np.uint16
    frames = [Frame((pixels.astype(float) * peak / 255).astype(dtype), peak) for pixels in panned(3, HEIGHT, WIDTH)]
    rendered = list(render(FilmPlan(Slides(frames), configure("video", strength=0)).steps(), no_dream))
    for mine, theirs in zip(rendered, frames, strict=True):
        assert mine.frame is theirs


def test_sixteen_bits_are_dreamed_over_with_all_their_levels():
    """A ramp of 16 bits, dreamed over by a constant, is that ramp, higher by it: no level of it is lost."""
    ramp = np.linspace(10_000, 50_000, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH, 1).repeat(3, -1).astype(np.uint16)
    config = configure("video", persistence=0)
    (rendered,) = render(FilmPlan(Slides([Frame(ramp, 65535.0)]), config).steps(), brighter)
    assert rendered.residual is not None
    np.testing.assert_allclose(rendered.residual, 8, atol=1e-4)
    np.testing.assert_allclose(rendered.frame.image(), ramp / 257 + 8, atol=1e-3)


def flashing(length: int) -> Slides:
    frames = [frame.pixels() for frame in slides(20).slides]
    frames[8 : 8 + length] = [np.full_like(frames[0], 255 - number) for number in range(length)]
    return Slides([Frame(pixels, PEAK) for pixels in frames])


def changes(plan: FilmPlan) -> tuple[list[int], list[int]]:
    """Where it is cut, where it flashes."""
    steps: Iterator[FilmStep] = plan.steps()
    rows = [(step.index, step.cut, step.flash) for step in steps]
    return [index for index, cut, _ in rows if cut], [index for index, _, flash in rows if flash]


@pytest.mark.parametrize("look_ahead", [0, 1, 2, 6])
def test_how_far_a_plan_looks_ahead_decides_what_is_a_flash(look_ahead):
    """A source that cannot wait takes a flash for a cut, and the picture after it for another."""
    plan = FilmPlan(flashing(2), configure("video"), look_ahead=look_ahead)
    cuts, flashes = changes(plan)
    if look_ahead >= 2:
        assert (cuts, flashes) == ([0], [8, 9])
    else:
        assert cuts[:2] == [0, 8]
        assert 8 not in flashes
    assert [shot.first for shot in plan.shots()] == cuts  # one decision, for rendering and for shots


def test_no_more_is_read_than_is_looked_at():
    """With no look-ahead, a frame's step is there before the next frame is asked for: a camera shows no later one."""
    asked: list[int] = []

    class Camera(Slides):
        def frames(self, first: int = 0) -> Generator[tuple[int, Frame]]:
            for number, frame in super().frames(first):
                asked.append(number)
                yield number, frame

    steps = FilmPlan(Camera(slides().slides), configure("video"), look_ahead=0).steps()
    for number in range(8):
        assert next(steps).index == number == max(asked)


def test_a_repeated_source_goes_on_from_anywhere():
    repeated = Repeated(slides(3))
    numbers = repeated.frames(4)
    for number in (4, 5, 6, 7):
        index, frame = next(numbers)
        assert index == number
        assert frame is slides_of(repeated)[number % 3]
    assert repeated.count is None


def slides_of(repeated: Repeated) -> Sequence[Frame]:
    assert isinstance(repeated.source, Slides)
    return repeated.source.slides


def test_what_is_composited_is_linear_in_strength_and_mask():
    rng = np.random.default_rng(1)
    source = rng.uniform(0, 255, (20, 30, 3)).astype(np.float32)
    residual = rng.normal(0, 20, (10, 15, 3)).astype(np.float32)
    mask = rng.uniform(0, 1, (20, 30, 1)).astype(np.float32)
    knobs = configure("video").dream
    full = composite(source, residual, knobs) - source
    half = composite(source, residual, replace(knobs, strength=0.5), mask) - source
    np.testing.assert_allclose(half, 0.5 * mask * full, atol=1e-4)


def test_the_program_of_the_architecture_page_runs():
    """Word for word, with a source, a listener and a screen of its own; a button stops it after two frames."""
    page = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    screen, events, cancel = [], [], threading.Event()

    def show(pixels: np.ndarray, residual: Image) -> None:
        screen.append((pixels, residual))
        if len(screen) == 2:
            cancel.set()

    names = {"my_source": slides(), "show": show, "on_event": events.append, "cancel": cancel}
    with pytest.raises(Cancelled):
        exec(program, names)
    assert len(screen) == 2
    assert screen[0][0].shape == (HEIGHT, WIDTH, 3)
    assert np.abs(screen[0][1]).mean() > 1
    assert StageEvent("warming up") in events
