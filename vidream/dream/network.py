"""What a network is to the dream."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vidream.dream.anatomy import LayerInfo
from vidream.dream.engine import Engine
from vidream.dream.measures import Activation, Terms, Wanted
from vidream.frames import Image


@dataclass(frozen=True, eq=False)
class Classifier:
    """The last step of a network that knows classes: weighted sums of a layer's channels, each the mean over its px."""

    layer: str
    """That it reads."""

    patterns: Wanted
    """(classes, channels + 1): each class's weights of the channels, then its bias."""

    @classmethod
    def of(cls, layer: str, weights: Wanted, bias: Wanted) -> "Classifier":
        """A classifier of its numbers: weights (classes, channels), bias (classes,)."""
        return cls(layer, np.concatenate([weights, bias[:, None]], 1).astype(np.float32))


class Network(Protocol):
    """What is dreamed with; its weights, its layers, what it wants pictures to be and what computes it are its own."""

    @property
    def layers(self) -> Mapping[str, LayerInfo]:
        """Each layer that can be dreamed with, from the picture up, and what is known of it."""

    @property
    def smallest(self) -> int:
        """Px a side: the least that it can see."""

    @property
    def classifier(self) -> Classifier | None:
        """Its last step; None where it has none, or none of that kind."""

    def engine(self, terms: Terms) -> Engine:
        """What computes value and gradient of some terms; those who ask for the same terms may share it."""

    def answers(self, picture: Image, layers: Collection[str]) -> dict[str, Activation]:
        """What layers answer to a picture.

        Args:
            picture: float32 (H, W, 3), sRGB 0..255.
            layers: names from `layers`.

        Returns:
            float32 (1, h, w, channels) for each layer; (1, channels) for one that has no place in the picture.
        """
