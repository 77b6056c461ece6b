"""The native engine gives the gradients that TensorFlow gives, and the same bytes on any number of threads."""

from itertools import product

import cv2
import numpy as np
import pytest
from synthetic import SAMPLES, TINY, needs_native, textured, tiny_weights

from vidream.config import configure
from vidream.dream.architecture import EFFICIENTNET_LITE0
from vidream.dream.families.in_the_box import EMBEDDED, embedded
from vidream.dream.network import Network
from vidream.dream.objective import Objective, answer, channels, features, l2_of, match_of, mean_of, near_of
from vidream.dream.octaves import OctaveDreamer
from vidream.dream.settings import RuntimeSettings, set_runtime
from vidream.dream.tiles import TiledGradient

pytestmark = needs_native

LAYERS = tuple(EFFICIENTNET_LITE0.layers)
SIZES = ((161, 121), (97, 64), (33, 250), (1, 1), (224, 224), (5, 18), (130, 131), (64, 96), (200, 79), (31, 33))
"""Width and height of ten pictures."""


def native_network(name: str) -> Network:
    from vidream.dream.native_engine import NativeNetwork

    return NativeNetwork(EMBEDDED[name].architecture, EMBEDDED[name].read_weights())


@pytest.fixture(scope="module")
def native() -> Network:
    return native_network("efficientnet-lite0")


@pytest.fixture(scope="module")
def tensors() -> Network:
    return embedded("efficientnet-lite0")


@pytest.fixture
def threads(monkeypatch):
    """Set how many threads a run may use."""
    monkeypatch.setattr("vidream.dream.settings._settings", RuntimeSettings())
    return lambda count: set_runtime(RuntimeSettings(threads=count))


def picture(index: int) -> np.ndarray:
    """One of ten: photos and soft forms, small and large, of odd sizes."""
    width, height = SIZES[index]
    if index % 3 == 2:
        return textured(height, width, seed=index).astype(np.float32)
    photo = cv2.imread(str(SAMPLES / ("cat.png", "dandelion.jpg", "mountains.jpg")[index % 3]))[..., ::-1]
    return cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)


def distance(wanted: Objective, native: Network, tensors: Network, image: np.ndarray, tile: int = 4096) -> float:
    """The relative L2 distance of the two gradients of a picture, whose values and directions agree."""
    value, mine = TiledGradient(native, wanted, tile)(image)
    expected, theirs = TiledGradient(tensors, wanted, tile)(image)
    assert value == pytest.approx(expected, rel=1e-3, abs=1e-5)
    assert (mine.shape, mine.dtype) == (image.shape, np.float32)
    if not theirs.any():
        assert not mine.any()
        return 0.0
    mine, theirs = mine.astype(np.float64), theirs.astype(np.float64)
    assert np.vdot(mine, theirs) > 0.9999 * np.linalg.norm(mine) * np.linalg.norm(theirs)
    return float(np.linalg.norm(mine - theirs) / np.linalg.norm(theirs))


def assert_agree(wanted: Objective, native: Network, tensors: Network, image: np.ndarray, tile: int = 4096) -> None:
    assert distance(wanted, native, tensors, image, tile) < 1e-2


@pytest.mark.parametrize("layer", ["stem", "block0", "block4_expand", "block10", "head", "logits"])
def test_gradients_are_those_of_tensorflow(native, tensors, layer):
    for index in (0, 5):
        assert_agree(l2_of(layer), native, tensors, picture(index))


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("layer", LAYERS)
def test_gradients_of_ten_pictures_are_those_of_tensorflow(native, tensors, layer):
    """Most differ by 1e-6; one in which a ReLU6 that lies on its corner falls to the other side, by up to 1e-2."""
    distances = [distance(l2_of(layer), native, tensors, picture(index)) for index in range(len(SIZES))]
    assert np.sqrt(np.mean(np.square(distances))) < 1e-2
    assert np.median(distances) < 3e-3


def mixtures(tensors: Network) -> dict[str, Objective]:
    """Objectives of all kinds: negative weights, one layer twice, several layers, channels, a guide, classes."""
    some, classifier = channels(112, [(3, 20), (66, 66)]), tensors.classifier
    assert classifier is not None
    guide = features(tensors, textured(70, 90, seed=5).astype(np.float32), "block10")
    return {
        "channels": mean_of("block10", some),
        "twice": l2_of("block10", some) + mean_of("block10", weight=-0.5),
        "several": l2_of("block4", weight=0.3) + l2_of("block12_expand", weight=20) + mean_of("stem", weight=-1),
        "guide": near_of("block10", guide) + l2_of("block7", weight=0.01),
        "class": match_of("head", classifier.patterns[207:208]) + mean_of("logits", weight=0),
        "group": match_of("head", classifier.patterns[151:269], weight=-2),
    }


@pytest.mark.parametrize("kind", ["channels", "twice", "several", "guide", "class", "group"])
def test_objectives_of_all_kinds_agree(native, tensors, kind):
    assert_agree(mixtures(tensors)[kind], native, tensors, picture(0))


@pytest.mark.parametrize("layer", ["block2", "block10"])
def test_tiles_agree(native, tensors, layer):
    assert_agree(l2_of(layer), native, tensors, textured(333, 401).astype(np.float32), tile=200)


def test_a_batch_is_the_mean_of_its_pictures(native, tensors):
    """As TensorFlow has it."""
    wanted = l2_of("block5") + mean_of("block3", weight=-2)
    images = np.stack([textured(60, 80, seed=number) for number in range(3)]).astype(np.float32)
    value, gradient = native.engine(wanted.terms)(images, wanted.weights, wanted.wanted)
    expected, theirs = tensors.engine(wanted.terms)(images, wanted.weights, wanted.wanted)
    assert value == pytest.approx(expected, rel=1e-4)
    assert (gradient.shape, gradient.dtype) == (images.shape, np.float32)
    assert np.linalg.norm(gradient - theirs) < 1e-2 * np.linalg.norm(theirs)
    alone = [native.engine(wanted.terms)(each, wanted.weights, wanted.wanted)[1] for each in images]
    np.testing.assert_allclose(gradient, np.stack(alone) / 3, rtol=1e-6)


def test_what_pulls_nowhere_costs_nothing_and_changes_nothing(native):
    wanted = l2_of("block3") + l2_of("logits", weight=0)
    image = picture(1)
    _, both = TiledGradient(native, wanted, 512)(image)
    _, alone = TiledGradient(native, l2_of("block3"), 512)(image)
    np.testing.assert_array_equal(both, alone)
    value, none = TiledGradient(native, l2_of("block3", weight=0), 512)(image)
    assert (value, none.any()) == (0, False)


def test_what_a_layer_answers_agrees(native, tensors):
    image = picture(4)
    for layer in ("stem", "block10", "logits"):
        np.testing.assert_allclose(answer(native, image, layer), answer(tensors, image, layer), rtol=1e-3, atol=1e-3)


def test_a_network_of_other_widths_agrees(tiny_network):
    from vidream.dream.native_engine import NativeNetwork

    for layer in TINY.layers:
        assert_agree(l2_of(layer), NativeNetwork(TINY, tiny_weights()), tiny_network, picture(0))


@pytest.mark.parametrize("name", ["efficientnet-lite1", "efficientnet-lite2"])
def test_larger_networks_agree(name):
    larger, theirs = native_network(name), embedded(name)
    for layer in ("block0", "block3_expand", "block6", "block14", "logits"):
        assert_agree(l2_of(layer), larger, theirs, picture(0))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["efficientnet-lite1", "efficientnet-lite2"])
def test_every_layer_of_larger_networks_agrees(name):
    """On average: see the test of ten pictures."""
    larger, theirs = native_network(name), embedded(name)
    for layer in larger.layers:
        distances = [distance(l2_of(layer), larger, theirs, picture(index)) for index in (0, 5, 8)]
        assert np.median(distances) < 3e-3, layer
        assert max(distances) < 2e-2, layer


def test_the_same_bytes_on_any_number_of_threads(native, tensors, threads):
    image, made = textured(91, 117).astype(np.float32), []
    for count in (1, 2, 8):
        threads(count)
        made.append([TiledGradient(native, each, 512)(image) for each in mixtures(native).values()])
    for other in made[1:]:
        for (value, gradient), (expected, first) in zip(other, made[0], strict=True):
            assert value == expected
            assert gradient.tobytes() == first.tobytes()


def test_a_dream_is_the_same_bytes_on_any_number_of_threads(threads):
    config = configure("image", engine="native", octaves=3, steps=2, toward=["goldfish"], layer=["block10", "block4"])
    image, made = textured(96, 150).astype(np.float32), set()
    for count, _ in product((1, 2, 8), range(2)):
        threads(count)
        made.add(OctaveDreamer(config)(image, config, 2).tobytes())
    assert len(made) == 1
