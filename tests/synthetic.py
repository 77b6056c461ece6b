"""What tests are made of: a tiny network's weights, pictures and films with known answers, ways to look at films."""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from vidream.config import configure
from vidream.dream.architecture import EfficientNet
from vidream.dream.network import Network
from vidream.dream.objective import Objective
from vidream.dream.octaves import dream
from vidream.dream.tiles import TiledGradient
from vidream.events import Event, FrameEvent, Listener
from vidream.frames import PEAK, Frame
from vidream.jobs.video import render_video
from vidream.media import picture_folder
from vidream.media.files import put
from vidream.media.maker import Encoding
from vidream.media.paths import workshop
from vidream.media.program import executable
from vidream.media.reader import frames, open_video
from vidream.media.video import Video
from vidream.media.writer import maker
from vidream.native.library import library, missing
from vidream.plan.film import FilmPlan
from vidream.plan.source import FilmFile
from vidream.plan.step import Step
from vidream.render.leftovers import frames_safe
from vidream.render.loop import render
from vidream.render.state import Dreamer, LoopState
from vidream.render.workfolder import folder_of

if TYPE_CHECKING:
    from vidream.dream.tensors import TensorFlowEngine
    from vidream.dream.tiles import TiledGradient

needs_native = pytest.mark.skipif(library() is None, reason=missing())
"""Of a test of the native engine, where the native part was not built."""

SAMPLES = Path(__file__).parents[1] / "samples"

TINY = EfficientNet(stem=8, stages=((1, 3, 1, 1, 8), (1, 3, 2, 3, 12), (2, 5, 2, 2, 16)), head=24, classes=10)

SIGN_OF_LIFE = re.compile(r" \(\d+ (s|min \d+ s)\)$|^frame \d+ of \d+, .* left$")
"""How a line ends that says on a pipe what is done, and for how long already."""


def tiny_weights(plan: EfficientNet = TINY) -> dict[str, np.ndarray]:
    """Weights by torch's names, drawn once and for all, scaled so that activations neither vanish nor saturate."""
    rng = np.random.default_rng(7)
    weights: dict[str, np.ndarray] = {}

    def convolution(kernel: str, norm: str, outputs: int, inputs: int, side: int) -> None:
        weights[f"{kernel}.weight"] = rng.normal(0, (2 / (inputs * side * side)) ** 0.5, (outputs, inputs, side, side))
        weights[f"{norm}.weight"] = rng.uniform(0.5, 1.5, outputs)
        weights[f"{norm}.bias"] = rng.normal(0.3, 0.2, outputs)
        weights[f"{norm}.running_mean"] = rng.normal(0, 0.2, outputs)
        weights[f"{norm}.running_var"] = rng.uniform(0.5, 1.5, outputs)

    convolution("_conv_stem", "_bn0", plan.stem, 3, 3)
    for index, block in enumerate(plan.blocks()):
        at = f"_blocks.{index}."
        if block.expand > 1:
            convolution(f"{at}_expand_conv", f"{at}_bn0", block.width, block.inputs, 1)
        convolution(f"{at}_depthwise_conv", f"{at}_bn1", block.width, 1, block.kernel)
        convolution(f"{at}_project_conv", f"{at}_bn2", block.outputs, block.width, 1)
    convolution("_conv_head", "_bn1", plan.head, plan.stages[-1][-1], 1)
    weights["_fc.weight"] = rng.normal(0, 0.1, (plan.classes, plan.head))
    weights["_fc.bias"] = rng.normal(0, 0.1, plan.classes)
    return {name: value.astype(np.float32) for name, value in weights.items()}


def tensor_engine(gradient: "TiledGradient") -> "TensorFlowEngine":
    """What computes a gradient, which must be TensorFlow."""
    from vidream.dream.tensors import TensorFlowEngine

    assert isinstance(gradient.engine, TensorFlowEngine)
    return gradient.engine


def film_plan(path: Path, **knobs) -> FilmPlan:
    """The plan of a film on disk."""
    return FilmPlan(FilmFile(open_video(path)), configure("video", **knobs))


def rendered(steps: Iterable[Step], dreamer: Dreamer, state: LoopState | None = None):
    """(step, Pixels, what it hands on) of each step."""
    for frame in render(steps, dreamer, state):
        yield frame.step, frame.frame.pixels(), frame.state


def textured(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(H, W, 3) uint8: soft random forms, with something to follow everywhere."""
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, 3)).astype(np.float32)
    forms = cv2.GaussianBlur(noise, (0, 0), 3)
    return np.clip(128 + forms / forms.std() * 50, 0, 255).astype(np.uint8)


def panned(count: int, height: int = 64, width: int = 96, by: tuple[int, int] = (2, 1)) -> list[np.ndarray]:
    """Frames of a camera that moves right by by[0] and down by by[1] px a frame over a still scene."""
    scene = textured(height + count * by[1], width + count * by[0])
    return [scene[i * by[1] : i * by[1] + height, i * by[0] : i * by[0] + width].copy() for i in range(count)]


def write_film(
    path: Path, frames: Iterable[np.ndarray | Frame], fps: Fraction | int = 25, crf: int | None = 0, **options: Any
) -> Path:
    """A film of frames, or of their uint8 samples."""
    shown = [frame if isinstance(frame, Frame) else Frame(frame, PEAK) for frame in frames]
    size = shown[0].size
    encoding = Encoding(
        size, Fraction(fps), crf, options.pop("pix_fmt", "yuv444p"), options.pop("sound", None), **options
    )
    made = maker(path, encoding)
    with workshop(path) as folder:
        with made.segment(folder, 0) as write:
            for frame in shown:
                write(frame)
        made.join(folder, [0], len(shown))
        made.place(folder, len(shown))
    return path


def ffmpeg(*arguments: object) -> str:
    """Run the shipped ffmpeg for a test's own ends; returns what it said."""
    run = subprocess.run(
        [executable(), "-hide_banner", "-nostdin", "-y", *map(str, arguments)], capture_output=True, check=False
    )
    return run.stderr.decode("utf-8", "replace")


def add_sound(film_path: Path, out: Path, *codec: str, seconds: float = 2.0) -> Path:
    """The film with a 440 Hz tone under it."""
    tone = f"sine=frequency=440:sample_rate=48000:duration={seconds}"
    said = ffmpeg("-i", film_path, "-f", "lavfi", "-i", tone, "-map", "0:v", "-map", "1:a", "-c:v", "copy", *codec, out)
    assert out.exists(), said
    return out


def probe(path: Path) -> SimpleNamespace:
    """What ffmpeg says of a file: video and sound lines, codec names, duration in seconds."""
    said = ffmpeg("-i", path)
    video = re.search(r"Video: (\w+).*", said)
    audio = re.search(r"Audio: (\w+).*", said)
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", said).groups()
    return SimpleNamespace(
        video=video[1] if video else None,
        video_line=video[0] if video else "",
        audio=audio[1] if audio else None,
        duration=int(hours) * 3600 + int(minutes) * 60 + float(seconds),
    )


def read_film(path: Path) -> tuple[list[np.ndarray], float]:
    """All frames as RGB, and the rate that the header gives."""
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (got := capture.read())[0]:
        frames.append(got[1][..., ::-1].copy())
    return frames, capture.get(cv2.CAP_PROP_FPS)


def pixels_of(video: Video, first: int = 0) -> Iterator[np.ndarray]:
    """A film's frames from number `first` on, of 8 bits."""
    return (frame.pixels() for frame in frames(video, first))


def clicks(path, at: list[float], seconds: float):
    """A WAV file that is silent but for clicks at the given times."""
    rate = 48000
    samples = np.zeros(int(seconds * rate), np.int16)
    for time in at:
        samples[int(time * rate) : int(time * rate) + 240] = 20000
    path.with_suffix(".raw").write_bytes(samples.tobytes())
    ffmpeg("-f", "s16le", "-ar", rate, "-ac", 1, "-i", path.with_suffix(".raw"), path)
    return path


def heard(path) -> list[float]:
    """The times of the clicks of a film's sound, in seconds."""
    raw = path.with_suffix(".heard")
    ffmpeg(
        "-i", path, "-map", "0:a", "-af", "aresample=async=1:first_pts=0", "-f", "s16le", "-ar", 48000, "-ac", 1, raw
    )
    samples = np.abs(np.frombuffer(raw.read_bytes(), np.int16).astype(int))
    loud = np.flatnonzero(samples > 8000)
    starts = loud[np.diff(loud, prepend=-48000) > 4800]
    return [start / 48000 for start in starts]


def said_of_the_matter(stderr: str) -> list[str]:
    """The lines of standard error, with their ends, but for those which only say that a slow machine still works."""
    return [line for line in stderr.splitlines(keepends=True) if not SIGN_OF_LIFE.search(line)]


class Stop(Exception):  # noqa: N818
    """What ends a render in the middle."""


def each_frame(function: Callable[[int, int | None], object]) -> Listener:
    """A render's `on_event` that calls a function at each frame with (frames done, frames in all)."""

    def listener(event: Event) -> None:
        if isinstance(event, FrameEvent):
            function(event.frames, event.total)

    return listener


def frame_event(frames: int, total: int | None) -> FrameEvent:
    """What a render tells when so many frames are done."""
    return FrameEvent(Path("out.mp4"), frames, total, 1.0, textured(9, 16))


def stop_after(frames: int) -> Listener:
    """A render's `on_event` that stops it when so many frames are done."""

    def stop(done: int, total: int | None) -> None:
        if done >= frames:
            raise Stop

    return each_frame(stop)


def stopped(film: Path, out: Path, **knobs) -> Path:
    """The folder of a render that was stopped when 24 of its frames were safe."""
    with pytest.raises(Stop):
        render_video(film, out, **{"strength": 0, **knobs}, on_event=stop_after(30))
    assert frames_safe(out) == 24
    return folder_of(out)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything under a folder: files with their content, links by what they say."""
    return {
        str(path.relative_to(folder)): str(path.readlink()).encode()
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else None
        for path in sorted(folder.rglob("*"))
    }


def put_only(monkeypatch: pytest.MonkeyPatch, count: int, failure: type[BaseException]) -> None:
    """After `count` pictures are put in their place, the next one fails; below 0: none does."""
    placed: list[Path] = []

    def limited(made: Path, final: Path, *, overwrite: bool) -> None:
        if len(placed) == count:
            raise failure
        placed.append(final)
        put(made, final, overwrite=overwrite)

    monkeypatch.setattr(picture_folder, "put", limited)


def three_steps_raise(network: Network, wanted: Objective) -> None:
    """Three steps of a dream raise its objective."""
    gradient = TiledGradient(network, wanted, 512)
    knobs = configure("image", octaves=1, jitter=0, shape="none").dream
    start = textured(64, 96).astype(np.float32)
    before, after = gradient(start)[0], gradient(dream(start, gradient, knobs, 3))[0]
    assert after > before


def cut_film(path: Path, shots: int, length: int = 60) -> Path:
    """Shots that look nothing like each other."""
    frames = []
    for number in range(shots):
        tint = np.array([[200, 40, 40], [40, 200, 40], [40, 40, 200], [180, 180, 30]][number % 4], np.float32)
        scene = [textured(96, 128 + length, seed=number)[:, at : at + 128] for at in range(length)]
        frames += [np.clip(0.5 * frame + 0.5 * tint, 0, 255).astype(np.uint8) for frame in scene]
    return write_film(path, frames, fps=25, crf=10)


def same_film(one: Path, other: Path) -> bool:
    """Whether two films have the same frames, to the byte."""
    return all(np.array_equal(a, b) for a, b in zip(read_film(one)[0], read_film(other)[0], strict=True))
