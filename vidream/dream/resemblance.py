"""Which channels of which layers look like a picture: those that answer to it, and not to neutral pictures."""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from vidream.dream.network import Network
from vidream.dream.neutral import SIDE, neutral_pictures
from vidream.dream.objective import mirrored
from vidream.frames import Image, size_of
from vidream.resample import resize

FLOOR = 0.1
"""Added to a channel's answers, in shares of its layer's mean: what hardly ever answers at all says little."""

Answers = NDArray[np.float64]
"""(channels,): the mean over px of the squares of each channel, which is what is raised where it is dreamed with."""


def resemblance(network: Network, example: Image, layers: Collection[str]) -> Mapping[str, Answers]:
    """How far each channel stands out in its layer by what it answers to a picture.

    Args:
        network: it has the layers.
        example: (H, W, 3), 0..255; it is brought to the size of the neutral pictures.
        layers: their names.

    Returns:
        By layer, (channels,): the logarithm of its answer, in units of its usual one, less the median of the layer's
        channels, in their deviations.
    """
    found = _answers(network, resize(example, size_of(example).scaled_to(SIDE)), layers)
    usual = [_answers(network, picture, layers) for picture in neutral_pictures()]
    return {layer: _outstanding(found[layer], np.mean([each[layer] for each in usual], 0)) for layer in layers}


def _outstanding(found: Answers, usual: Answers) -> Answers:
    floor = FLOOR * usual.mean() + 1e-12
    gain = np.log((found + floor) / (usual + floor))
    result: Answers = (gain - np.median(gain)) / (gain.std() + 1e-12)
    return result


def _answers(network: Network, picture: Image, layers: Collection[str]) -> dict[str, Answers]:
    answers = network.answers(mirrored(picture, network.smallest), layers)
    flat = {layer: answer.reshape(-1, answer.shape[-1]) for layer, answer in answers.items()}
    return {layer: np.mean(np.square(values, dtype=np.float64), 0) for layer, values in flat.items()}
