"""How hard the terms of an objective pull at a picture: what makes several of them weigh alike."""

from collections.abc import Sequence
from math import hypot

import numpy as np

from vidream.dream.shape import SHAPES
from vidream.dream.tiles import TiledGradient
from vidream.frames import Image, size_of
from vidream.resample import resize

MEASURED_AT = 256
"""Px: the long side of the picture on which it is measured."""


def pulls(gradient: TiledGradient, picture: Image, shape: str) -> tuple[float, ...]:
    """The mean size of the shaped gradient of each term at weight 1.

    Args:
        gradient: of an objective; its weights are changed.
        picture: (H, W, 3), 0..255.
        shape: of gradients, a name in SHAPES.
    """
    small = resize(picture, size_of(picture).at_most(MEASURED_AT))
    count, found = len(gradient.weights), []
    for term in range(count):
        gradient.weights = tuple(float(index == term) for index in range(count))
        _, slope = gradient(small)
        found.append(float(np.abs(SHAPES[shape](slope)).mean()))
    return tuple(found)


def pull_of(weights: Sequence[float], pulls_of_terms: Sequence[float]) -> float:
    """How hard terms pull together at their weights, as if none knew of the others."""
    return hypot(*(weight * each for weight, each in zip(weights, pulls_of_terms, strict=True)))
