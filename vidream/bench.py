"""How fast this machine dreams, part by part: so that a claim about speed can be repeated, and a loss be seen."""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vidream.config import configure
from vidream.dream.architecture import EfficientNet
from vidream.dream.families.in_the_box import EMBEDDED
from vidream.frames import PEAK, Frame, Image, Pixels, Size, as_pixels, size_of
from vidream.media.maker import Encoding, Maker
from vidream.media.reader import frames, open_video
from vidream.media.writer import maker
from vidream.motion import FLOW_SIZE, optical_flow, trust
from vidream.plan.film import FilmPlan
from vidream.plan.source import FilmFile
from vidream.plan.step import FilmStep
from vidream.render.ahead import ahead
from vidream.render.loop import render
from vidream.render.state import LoopState
from vidream.resample import fitted
from vidream.warp import warp_lanczos

NETWORK, LAYER = "efficientnet-lite0", "block10"
SIZES = (Size(256, 192), Size(480, 320), Size(960, 540))
FILM, COUNT, FPS = Size(640, 360), 48, Fraction(25)
ROUNDS = 7


@dataclass(frozen=True)
class Gradient:
    """One gradient step at one size: milliseconds by the path of a render and by stock Keras layers, interleaved.

    gflops  thousand million operations a second, by the path of a render: multiply and add are two, forward and back
    limit   of the machine's peak, 0..1
    faster  how many times as fast as the stock network
    """

    size: Size
    ms: float
    stock_ms: float
    gflops: float
    limit: float
    faster: float


@dataclass(frozen=True)
class Bench:
    """All figures. Times of the parts of a frame in ms; of a film, seconds a frame after the first.

    peak       GFLOP/s of a float32 matrix product; bandwidth: GB/s of a copy, read and written
    gradients  see Gradient
    parts      decode, flow (both ways, and trust), warp, encode: ms a frame of 640x360
    frame      s a frame of a default film of 640x360, after the first
    rest       of that, the share in which no gradient is being computed, 0..1
    first      s from the start of the dream (network and compilation) to the first frame
    memory     MB, the most that has been resident
    """

    peak: float
    bandwidth: float
    gradients: tuple[Gradient, ...]
    parts: Mapping[str, float]
    frame: float
    rest: float
    first: float
    memory: float

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def bench() -> Bench:
    """Measure; about a minute on 2 cores."""
    from vidream.dream.octaves import OctaveDreamer

    began = time.perf_counter()
    dreamer = OctaveDreamer(configure("video"))
    woken = time.perf_counter() - began
    peak, bandwidth = _peak(), _bandwidth()
    gradients = tuple(_gradients(peak))
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        shown = list(_frames(FILM, COUNT))
        parts = {"encode": _encode(film, shown)}
        parts |= {"decode": _decode(film), "flow": _flow(shown), "warp": _warp(shown)}
        first, frame, rest = _film(film, dreamer)
    return Bench(peak, bandwidth, gradients, parts, frame, rest, first + woken, _resident())


GROWTH: Mapping[str, tuple[int, ...]] = {
    "dream_size": (160, 320, 480, 640, 960, 1280),
    "octaves": (1, 2, 3, 4, 5),
    "steps": (1, 2, 3, 4),
    "dream_every": (1, 2, 3, 4),
}
"""A film's knobs that cost time, and what they are tried at, each alone."""
GROWN = 8  # frames that are timed


def growth() -> Mapping[str, list[tuple[int, float]]]:
    """How the cost of a default film's frame grows: knob -> (its value, s a frame after the first) each.

    The frames are those of `bench` at 1280x720; they are neither read from a file nor written.
    """
    from vidream.dream.octaves import OctaveDreamer

    dreamer = OctaveDreamer(configure("video"))
    shown = list(_frames(Size(1280, 720), GROWN + 1))
    grown = {}
    for name, values in GROWTH.items():
        grown[name] = [(value, _grown(dreamer, shown, **{name: value})) for value in values]
    return grown


def _grown(dreamer: Any, shown: list[Pixels], **knobs: Any) -> float:
    config = configure("video", **knobs)
    size = size_of(shown[0]).at_most(config.dream.dream_size)
    small = [fitted(pixels, size.at_most(FLOW_SIZE)) for pixels in shown]
    before = dreamed = fitted(shown[0], size).astype(np.float32)
    carried: LoopState | None = LoopState(before, dreamed, frames_since_dream=config.dream.dream_every - 1)
    times = []
    for index in range(1, len(shown)):
        began = time.perf_counter()
        backward = optical_flow(small[index], small[index - 1])
        believed = trust(small[index], small[index - 1], backward, optical_flow(small[index - 1], small[index]))
        step = FilmStep(index, config, Frame(shown[index], PEAK), False, backward, believed)
        (rendered,) = render([step], dreamer, carried)
        rendered.frame.pixels()
        carried = rendered.state
        times.append(time.perf_counter() - began)
    return statistics.mean(times[1:]) if config.dream.dream_every > 1 else statistics.median(times[1:])


def _resident() -> float:
    """MB, the most that this process has had; nan where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds of the fastest of a few rounds, after one that does not count."""
    work()
    return min(_timed(work) for _ in range(rounds))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _peak() -> float:
    from vidream.dream.runtime import tf

    side = 1536
    matrix = tf.random.stateless_uniform((side, side), (1, 2))
    return 2 * side**3 / _best(lambda: tf.matmul(matrix, matrix).numpy()) / 1e9


def _bandwidth() -> float:
    source, target = np.ones(2**25, np.float32), np.empty(2**25, np.float32)
    return 2 * source.nbytes / _best(lambda: np.copyto(target, source)) / 1e9


def _gradients(peak: float) -> Iterator[Gradient]:
    from vidream.dream.embedded import embedded
    from vidream.dream.objective import l2_of
    from vidream.dream.tiles import TiledGradient

    plan = EMBEDDED[NETWORK].architecture
    ours = TiledGradient(embedded(NETWORK), l2_of(LAYER), max(max(size) for size in SIZES))
    stock = _stock_gradient(plan)
    costs = _cost(plan)
    for size in SIZES:
        image = _textured(size).astype(np.float32)
        ways: tuple[Callable[[Image], object], ...] = (ours, stock)
        for way in ways:
            way(image)
        rounds = [[_timed(partial(way, image)) for way in ways] for _ in range(ROUNDS)]
        mine, theirs = (statistics.median(each) for each in zip(*rounds, strict=True))
        gflops = 4 * costs * size.width * size.height / mine / 1e9
        faster = statistics.median(theirs / mine for mine, theirs in rounds)
        yield Gradient(size, mine * 1e3, theirs * 1e3, gflops, gflops / peak, faster)


def _cost(plan: EfficientNet) -> float:
    """Multiply-adds for each px of the picture, forward, up to LAYER."""
    total, stride = 0.0, {"": 1}
    for part in plan.ops():
        stride[part.name] = stride[part.inputs[0] if part.inputs else ""] * part.stride
        total += part.cost / stride[part.name] ** 2
        if part.name == LAYER:
            break
    return total


def _stock_gradient(plan: EfficientNet) -> Callable[[Image], Image]:
    """The same gradient by stock Keras layers, batch norm and all, in one tf.function."""
    from vidream.dream.runtime import tf

    model = stock_network(plan, EMBEDDED[NETWORK].read_weights())

    @tf.function(input_signature=[tf.TensorSpec((None, None, 3), tf.float32)])  # type: ignore[untyped-decorator,unused-ignore]
    def gradient(image: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = tf.reduce_mean(tf.square(model((image[None] - 127.0) / 128.0, training=False)))
        return tape.gradient(value, image)

    return lambda image: gradient(tf.constant(image)).numpy()


def stock_network(plan: EfficientNet, weights: Mapping[str, Any]) -> Any:
    """The embedded network up to LAYER, of stock Keras layers; it reads what is normalised."""
    from vidream.dream.runtime import tf

    layers, values = tf.keras.layers, []

    def convolution(
        x: Any, kernel: str, norm: str, outputs: int, side: int, stride: int, *, active: bool = True
    ) -> Any:
        x = layers.Conv2D(outputs, side, stride, "same", use_bias=False)(x)
        values.append(weights[f"{kernel}.weight"].transpose(2, 3, 1, 0))
        return normed(x, norm, active)

    def depthwise(x: Any, kernel: str, norm: str, side: int, stride: int) -> Any:
        x = layers.DepthwiseConv2D(side, stride, "same", use_bias=False)(x)
        values.append(weights[f"{kernel}.weight"].transpose(2, 3, 0, 1))
        return normed(x, norm, True)

    def normed(x: Any, norm: str, active: bool) -> Any:
        x = layers.BatchNormalization(epsilon=1e-3)(x)
        values.extend(weights[f"{norm}.{each}"] for each in ("weight", "bias", "running_mean", "running_var"))
        return layers.ReLU(6.0)(x) if active else x

    picture = tf.keras.Input((None, None, 3))
    x = convolution(picture, "_conv_stem", "_bn0", plan.stem, 3, 2)
    for index, block in enumerate(plan.blocks()):
        at, below = f"_blocks.{index}.", x
        if block.expand > 1:
            x = convolution(x, f"{at}_expand_conv", f"{at}_bn0", block.width, 1, 1)
        x = depthwise(x, f"{at}_depthwise_conv", f"{at}_bn1", block.kernel, block.stride)
        x = convolution(x, f"{at}_project_conv", f"{at}_bn2", block.outputs, 1, 1, active=False)
        x = layers.Add()([x, below]) if block.adds_input else x
        if block.name == LAYER:
            break
    model = tf.keras.Model(picture, x)
    model.set_weights(values)
    return model


def _textured(size: Size) -> Pixels:
    noise = np.random.default_rng(0).normal(0, 1, (size.height, size.width, 3)).astype(np.float32)
    forms = cv2.GaussianBlur(noise, (0, 0), 3)
    return as_pixels(128 + 50 * forms / forms.std())


def _frames(size: Size, count: int) -> Iterator[Pixels]:
    """A camera that goes right over a still scene, 2 px a frame."""
    scene = _textured(Size(size.width + 2 * count, size.height))
    for number in range(count):
        yield np.ascontiguousarray(scene[:, 2 * number : 2 * number + size.width])


def _maker(path: Path) -> Maker:
    return maker(path, Encoding(FILM, FPS, configure("video").film.crf, "yuv420p", None))


def _encode(path: Path, shown: list[Pixels]) -> float:
    made = _maker(path)
    began = time.perf_counter()
    with made.segment(path.parent, 0) as write:
        for pixels in shown:
            write(Frame(pixels, PEAK))
    each = (time.perf_counter() - began) / len(shown) * 1e3
    made.join(path.parent, [0], len(shown))
    made.place(path.parent, len(shown))
    return each


def _decode(path: Path) -> float:
    video = open_video(path)
    return _timed(lambda: list(frames(video))) / COUNT * 1e3


def _flow(shown: list[Pixels]) -> float:
    before, now = (fitted(pixels, FILM.at_most(320)) for pixels in shown[:2])

    def both_ways() -> None:
        backward = optical_flow(now, before)
        trust(now, before, backward, optical_flow(before, now))

    return _best(both_ways) * 1e3


def _warp(shown: list[Pixels]) -> float:
    flow = np.full((FILM.height, FILM.width, 2), 0.37, np.float32)
    return _best(lambda: warp_lanczos(shown[0].astype(np.float32), flow)) * 1e3


def _film(path: Path, dreamer: Any) -> tuple[float, float, float]:
    """A film, read, dreamed and written.

    Returns:
        Seconds to the first frame, seconds a frame after it, and the share of these in which no gradient is computed.
    """
    config = configure("video")
    plan = FilmPlan(FilmFile(open_video(path)), config)
    written, times = _maker(path.with_name("dreamed.mp4")), []
    with _watched(dreamer) as spent, written.segment(path.parent, 0) as write:
        began = time.perf_counter()
        for rendered in render(ahead(plan.steps()), dreamer):
            write(rendered.frame)
            times.append((time.perf_counter(), spent[0]))
    (first, before), (last, after) = times[0], times[-1]
    return first - began, (last - first) / (len(times) - 1), 1 - (after - before) / (last - first)


@contextmanager
def _watched(dreamer: Any) -> Iterator[list[float]]:
    """Seconds spent in the gradient, while the block runs."""
    spent, gradient = [0.0], dreamer.gradient
    compiled = gradient._compiled

    def watched(*given: Any) -> Any:
        began = time.perf_counter()
        value, slope = compiled(*given)
        slope.numpy()
        spent[0] += time.perf_counter() - began
        return value, slope

    gradient._compiled = watched
    try:
        yield spent
    finally:
        gradient._compiled = compiled
