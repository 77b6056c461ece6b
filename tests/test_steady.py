"""How steady a dreamed film is, measured along the true motion of clips that are hard to follow."""

import cv2
import numpy as np
import pytest
from known_flow import SIZE, Clip, clips
from synthetic import film_plan, rendered, write_film

from vidream.render.dreamer import make_dreamer

COUNT = 11


def fetch(image, flow):
    """Bilinear, of (H, W, C)."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    return cv2.remap(image, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR)


def unsteadiness(clip: Clip, sources, residuals):
    """The mean square of what changes in the dream from frame to frame along the true flow, by its mean square."""
    changes = []
    for index in range(1, len(sources)):
        flow, seen = clip.flow(index, index - 1)
        change = residuals[index] - fetch(residuals[index - 1], flow)
        changes.append((change[seen] ** 2).mean())
    return np.mean(changes) / np.mean(np.square(residuals))


def dreamed(clip: Clip, path, **knobs):
    """The sources of a clip as they are read, and what is dreamed over each."""
    plan = film_plan(write_film(path, [clip.frame(index) for index in range(COUNT)]), octaves=2, **knobs)
    steps = list(plan.steps())
    sources = [step.source.pixels().astype(np.float32) for step in steps]
    pixels = [pixels for _, pixels, _ in rendered(steps, make_dreamer(steps[0].config))]
    return sources, [made.astype(np.float32) - source for made, source in zip(pixels, sources, strict=True)]


MOST = {
    "slow": 0.045,
    "fast": 0.03,
    "passing": 0.06,
    "blurred": 0.07,
    "dark": 0.205,
    "fading": 0.165,
    "letterboxed": 0.042,
}
"""Of each clip, what of a frame-by-frame dream's unsteadiness may be left: less than is left without what is seen late,
or of `passing` and `fading` without the backdrop."""


@pytest.mark.parametrize("name", MOST)
def test_a_film_is_steady_where_it_is_hard_to_follow(tmp_path, name):
    clip = clips()[name]
    carried = unsteadiness(clip, *dreamed(clip, tmp_path / "clip.mp4"))
    alone = unsteadiness(clip, *dreamed(clip, tmp_path / "clip.mp4", persistence=0))
    assert carried < MOST[name] * alone
