"""A Keras model as a network."""

from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from vidream.dream.keras import apart, keras
from vidream.dream.keras.folding import fold
from vidream.dream.keras.infos import layers_of
from vidream.dream.runtime import Tensor, tf
from vidream.dream.tensors import TensorNetwork


class KerasNetwork(TensorNetwork):
    """A Keras model, and what it wants pictures to be: see vidream.dream.tensors.TensorNetwork."""

    smallest = 75  # InceptionV3's; none of the others wants more

    def __init__(self, model: Any, prepare: Callable[[Tensor], Tensor]) -> None:
        """Fold what can be folded.

        Args:
            model: functional, with a picture of any size as its input.
            prepare: float32 RGB 0..255 -> what the model reads.
        """
        self._model, self._prepare = model, prepare
        self.layers = layers_of(model)
        self._hidden, self._folded = apart(fold, model)
        self._upto = cache(self._cut)

    def _cut(self, layers: tuple[str, ...]) -> Any:
        """The model up to the layers; folded, unless what is asked for disappears in the folding."""
        model = self._folded
        if self._hidden & set(layers):
            model = self._model
        return keras.Model(model.inputs[0], [model.get_layer(name).output for name in layers])

    def activations(self, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """What the layers answer: see vidream.dream.tensors.TensorNetwork."""
        wanted = tuple(name for name in self.layers if name in layers)
        answers = self._upto(wanted)(self._prepare(images), training=False)
        if not isinstance(answers, list):
            answers = [answers]
        return {name: tf.cast(answer, images.dtype) for name, answer in zip(wanted, answers, strict=True)}
