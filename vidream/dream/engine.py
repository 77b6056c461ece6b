"""What computes gradients: the one seam between the dream and whatever does the sums."""

from collections.abc import Sequence
from typing import Protocol

from vidream.dream.measures import Wanted
from vidream.frames import Image


class Engine(Protocol):
    """Value and gradient of a weighted sum of measures of a network's layers, at a picture."""

    def __call__(self, picture: Image, weights: Sequence[float], wanted: Sequence[Wanted]) -> tuple[float, Image]:
        """Compute both.

        Args:
            picture: float32 (H, W, 3), sRGB 0..255; or (N, H, W, 3), of which the mean over all N is taken.
            weights: one for each term; under 0, the term is lowered.
            wanted: one for each term.

        Returns:
            The value, and its gradient with respect to the picture, float32, of the picture's shape.
        """
