"""How much two pictures look alike: by what the channels of a network answer to them, and by their colours.

What a texture looks like is, to a person, in the statistics of filters of several sizes, wherever in the picture each
answers (Portilla and Simoncelli 2000); of a network's layers, in those of its channels (Gatys et al. 2015). Means and
standard deviations alone tell what is dreamed by it; they do not tell where.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.config import configure
from vidream.dream.load import load_network
from vidream.frames import PEAK, Pixels

LAYERS = ("stem", "block1", "block3", "block5", "block8")
"""Of the network in the box: from lines of 3 px to parts of animals; what lies above names the things themselves."""
STILL = 1e-6
"""A deviation below that is none."""

Signature = tuple[NDArray[np.float64], ...]
"""For each layer, and for the colours: the means and the standard deviations of the channels, (2, channels)."""


def signature(pixels: Pixels) -> Signature:
    """What a picture looks like, wherever in it.

    Args:
        pixels: uint8 (H, W, 3). Compare pictures of one size: channels answer to forms of a certain number of px.
    """
    network = load_network(configure("image").goal)
    answers = network.answers(pixels.astype(np.float32), LAYERS)
    colours = cv2.cvtColor(pixels.astype(np.float32) / np.float32(PEAK), cv2.COLOR_RGB2LAB)
    return tuple(_moments(values) for values in (*(answers[layer] for layer in LAYERS), colours))


def _moments(values: NDArray[np.float32]) -> NDArray[np.float64]:
    flat = values.reshape(-1, values.shape[-1])
    return np.stack([flat.mean(0, dtype=np.float64), flat.std(0, dtype=np.float64)])


def distance(one: Signature, other: Signature) -> float:
    """How different two pictures look; 0: the same.

    Of each layer, and of the colours, the root mean square of how far the channels' means and deviations differ, in
    deviations of the channel; then the mean of these.
    """
    return float(np.mean([_apart(*pair) for pair in zip(one, other, strict=True)]))


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    spread = np.sqrt((one[1] ** 2 + other[1] ** 2) / 2) + STILL
    return float(np.sqrt(np.square((one - other) / spread).sum(0).mean()))


def order(signatures: Sequence[Signature], first: int = 0) -> list[int]:
    """The indices of pictures so that each next one differs most from all before it: the most alike come last.

    Args:
        signatures: of the pictures.
        first: which begins.
    """
    if not signatures:
        return []
    placed = [first]
    nearest = [distance(each, signatures[first]) for each in signatures]
    while len(placed) < len(signatures):
        left = [index for index in range(len(signatures)) if index not in placed]
        farthest = max(left, key=lambda index: nearest[index])
        placed.append(farthest)
        latest = [distance(each, signatures[farthest]) for each in signatures]
        nearest = [min(pair) for pair in zip(nearest, latest, strict=True)]
    return placed
