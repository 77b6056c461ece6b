"""A gradient in tiles is that of the whole picture."""

import cv2
import numpy as np
import pytest
from synthetic import SAMPLES, tensor_engine, textured

from vidream.dream import tiles
from vidream.dream.families.in_the_box import embedded
from vidream.dream.objective import l2_of
from vidream.dream.tiles import MARGIN, TiledGradient, spans


@pytest.mark.parametrize("stride", [8, 32])
@pytest.mark.parametrize("tile", [128, 200, 512])
def test_spans_cover_every_px_and_their_weights_add_to_one(tile, stride):
    for side in [*range(1, 1500, 13), 1920, 3840, 2160, tile, tile + 1]:
        total = np.zeros(side)
        for span in spans(side, tile, stride):
            total[span.start : span.start + span.length] += span.weight
            assert span.start % stride == 0
            assert span.length % stride == side % stride or span.length == side
            assert 0 <= span.start <= span.start + span.length <= side
            assert len(span.weight) == span.length
            assert span.weight.min() > 0
            assert span.length <= max(tile, 3 * MARGIN) + 2 * stride
        np.testing.assert_allclose(total, 1, atol=1e-5)


def picture(width: int, height: int) -> np.ndarray:
    photo = cv2.imread(str(SAMPLES / "mountains.jpg"))[..., ::-1]
    return cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def borders(side: int, tile: int, reach: int) -> np.ndarray:
    """(side,) bool: within `reach` px of where a tile begins or ends inside the picture."""
    near = np.zeros(side, bool)
    for span in spans(side, tile, 32):
        for edge in (span.start, span.start + span.length):
            if 0 < edge < side:
                near[max(0, edge - reach) : edge + reach] = True
    return near


@pytest.mark.parametrize(("width", "height"), [(640, 480), (601, 433)])
def test_a_shallow_layer_is_exact_beyond_32_px_of_a_border(width, height):
    image = picture(width, height)
    lite = embedded("efficientnet-lite0")
    _, whole = TiledGradient(lite, l2_of("block2"), 4096)(image)
    _, tiled = TiledGradient(lite, l2_of("block2"), 256)(image)
    inside = ~(borders(height, 256, 32)[:, None] | borders(width, 256, 32))
    assert inside.mean() > 0.2
    assert np.abs(tiled - whole)[inside].max() <= 1e-5 * np.abs(whole).max()
    assert np.abs(tiled - whole).max() <= 1e-4 * np.abs(whole).max()  # blended: the borders count next to nothing


@pytest.mark.parametrize(("width", "height"), [(960, 720), (1001, 667)])
def test_the_default_layer_agrees_with_the_whole_picture_and_shows_no_seam(width, height, monkeypatch):
    image = picture(width, height)
    lite = embedded("efficientnet-lite0")
    value, whole = TiledGradient(lite, l2_of("block10"), 4096)(image)

    def energy_at_borders(gradient: np.ndarray) -> float:
        """Mean g^2 within 2 px of where tiles end, against elsewhere; the whole picture's own is 1."""
        near = borders(height, 512, 2)[:, None] | borders(width, 512, 2)
        at, own = np.square(gradient).mean(-1), np.square(whole).mean(-1)
        return float(at[near].mean() / own[near].mean() / (at[~near].mean() / own[~near].mean()))

    tiled_value, tiled = TiledGradient(lite, l2_of("block10"), 512)(image)
    assert tiled_value == pytest.approx(value, rel=0.15)  # a tile's own border raises it a little
    assert cosine(tiled, whole) >= 0.98
    assert energy_at_borders(tiled) == pytest.approx(1, abs=0.1)

    monkeypatch.setattr(tiles, "MARGIN", 0)  # plain tiles that only touch: what the known tutorials do
    monkeypatch.setattr(tiles, "RAMP", 1e-3)
    monkeypatch.setattr(tiles, "OVERLAP", 0)
    _, plain = TiledGradient(lite, l2_of("block10"), 512)(image)
    assert cosine(plain, whole) < 0.98
    assert energy_at_borders(plain) != pytest.approx(1, abs=0.1)


def test_a_picture_no_larger_than_a_tile_is_one_tile(tiny_network, monkeypatch):
    calls = []
    gradient = TiledGradient(tiny_network, l2_of("block3"), 128)
    compute = gradient.engine
    monkeypatch.setattr(gradient, "engine", lambda tile, *rest: calls.append(tile.shape) or compute(tile, *rest))
    gradient(textured(64, 256).astype(np.float32))  # 128 x 128 px in all
    assert calls == [(64, 256, 3)]
    calls.clear()
    gradient(textured(130, 256).astype(np.float32))
    assert len(calls) > 1
    assert all(height * width <= 130 * 256 for height, width, _ in calls)


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (7, 400)])
def test_the_smallest_pictures_have_a_gradient(tiny_network, size):
    _, gradient = TiledGradient(tiny_network, l2_of("block3"), 128)(textured(*size).astype(np.float32))
    assert gradient.shape == (*size, 3)
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() > 0


def test_what_differs_in_its_wishes_alone_is_compiled_once(tiny_network):
    one, other = l2_of("block3"), l2_of("block3", np.ones(1, np.float32) * 3, weight=2)
    first, second = TiledGradient(tiny_network, one, 512), TiledGradient(tiny_network, other, 128)
    image = np.full((40, 50, 3), 90, np.float32)
    value, slope = first(image)
    assert second(image)[0] == pytest.approx(6 * value)
    assert np.allclose(second(image)[1], 6 * slope, rtol=1e-4)
    assert first(image)[0] == value
    assert first.engine is second.engine
    assert tensor_engine(first).traces == 1
