"""What a small film costs: its parts one by one, and all of them together."""

import time
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidream.bench.pictures import panned
from vidream.bench.timing import best, timed
from vidream.config import configure
from vidream.dream.octaves import OctaveDreamer
from vidream.frames import PEAK, Frame, Pixels, Size
from vidream.media.maker import Encoding, Maker
from vidream.media.reader import frames, open_video
from vidream.media.writer import maker
from vidream.motion import FLOW_SIZE, View, optical_flow, trust
from vidream.plan.film import FilmPlan
from vidream.plan.source import FilmFile
from vidream.render.ahead import ahead
from vidream.render.loop import render
from vidream.resample import fit_pixels
from vidream.warp import warp_lanczos

FILM, COUNT, FPS = Size(640, 360), 48, Fraction(25)


def film_costs(folder: Path, dreamer: OctaveDreamer) -> tuple[Mapping[str, float], tuple[float, float, float]]:
    """Write a film and dream it.

    Returns:
        Milliseconds a frame of each part; and what `_dream` returns.
    """
    path = folder / "film.mp4"
    pictures = list(panned(FILM, COUNT))
    parts = {"encode": _encode(path, pictures)}
    parts |= {"decode": _decode(path), "flow": _flow(pictures), "warp": _warp(pictures)}
    return parts, _dream(path, dreamer)


def _maker(path: Path) -> Maker:
    return maker(path, Encoding(FILM, FPS, None, "yuv420p", None))


def _encode(path: Path, pictures: list[Pixels]) -> float:
    film = _maker(path)
    began = time.perf_counter()
    with film.segment(path.parent, 0) as write:
        for pixels in pictures:
            write(Frame(pixels, PEAK))
    milliseconds = (time.perf_counter() - began) / len(pictures) * 1e3
    film.join(path.parent, [0], len(pictures))
    film.place(path.parent, len(pictures))
    return milliseconds


def _decode(path: Path) -> float:
    video = open_video(path)
    return timed(lambda: list(frames(video))) / COUNT * 1e3


def _flow(pictures: list[Pixels]) -> float:
    """Both ways, and trust; the frame before has been looked at."""
    previous, current = (View(fit_pixels(pixels, FILM.at_most(FLOW_SIZE))) for pixels in pictures[:2])

    def both_ways() -> None:
        view = replace(current)
        backward = optical_flow(view, previous)
        trust(view, previous, backward, optical_flow(previous, view))

    return best(both_ways) * 1e3


def _warp(pictures: list[Pixels]) -> float:
    flow = np.full((FILM.height, FILM.width, 2), 0.37, np.float32)
    return best(lambda: warp_lanczos(pictures[0].astype(np.float32), flow)) * 1e3


def _dream(path: Path, dreamer: OctaveDreamer) -> tuple[float, float, float]:
    """A film, read, dreamed and written.

    Returns:
        Seconds to the first frame; seconds a frame after it; of these, the share in which no gradient is computed.
    """
    plan = FilmPlan(FilmFile(open_video(path)), configure("video"))
    dreamed, times = _maker(path.with_name("dreamed.mp4")), []
    with dreamed.segment(path.parent, 0) as write:
        began = time.perf_counter()
        for rendered in render(ahead(plan.steps()), dreamer):
            write(rendered.frame)
            times.append((time.perf_counter(), dreamer.gradient.seconds))
    (first, gradient_first), (last, gradient_last) = times[0], times[-1]
    rest = 1 - (gradient_last - gradient_first) / (last - first)
    return first - began, (last - first) / (len(times) - 1), rest
