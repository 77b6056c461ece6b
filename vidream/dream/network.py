"""What a network is to the dream."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

from vidream.dream.anatomy import LayerInfo

if TYPE_CHECKING:
    from vidream.dream.runtime import Tensor


class Network(Protocol):
    """What is dreamed with; its weights, its layers and what it wants pictures to be are its own affair."""

    def __hash__(self) -> int: ...

    @property
    def layers(self) -> Mapping[str, LayerInfo]:
        """Each layer that `activations` knows, from the picture up, and what is known of it."""

    @property
    def smallest(self) -> int:
        """Px a side: the least that it can see."""

    def activations(self, images: "Tensor", layers: Collection[str]) -> "dict[str, Tensor]":
        """What the layers answer; nothing above the highest of them is computed.

        Args:
            images: float32 (N, H, W, 3), sRGB 0..255.
            layers: names from `layers`.

        Returns:
            float32 (N, h, w, channels) for each layer; (N, channels) for one that has no place in the picture.
        """
