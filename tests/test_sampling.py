"""The native part fetches and blurs what the formulas say, as OpenCV does, and never reads what lies outside."""

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from synthetic import textured

from vidream.dream.shape import CASCADE, cascade
from vidream.frames import Size
from vidream.native import library, sampling
from vidream.resample import resize
from vidream.spline import PREFILTER, WEIGHTS, _sample_linearly
from vidream.warp import LANCZOS, STEPS, _mirrored_places

pytestmark = pytest.mark.skipif(library.library() is None, reason=library.missing())

RNG = np.random.default_rng


def spline(image, places, *, relative=False):
    return sampling.sample_spline(image, places, PREFILTER, WEIGHTS, relative=relative)


def lanczos(image, places, *, relative=False):
    return sampling.sample_lanczos(image, places, LANCZOS, relative=relative)


def mirrored(index, side):
    """BORDER_REFLECT, for any index."""
    index = np.mod(index, 2 * side)
    return np.where(index < side, index, 2 * side - 1 - index).astype(int)


def weighed(image, first, weights):
    """The sum of weights[..., i] * image[first + i] along axis 0, mirrored, in double precision."""
    taps = range(weights.shape[-1])
    parts = (
        image[mirrored(first + i, len(image))] * weights[..., i].reshape(-1, *[1] * (image.ndim - 1)) for i in taps
    )
    return sum(parts)


def by_formula(image, columns, rows, first, weights):
    """A tensor product of taps at each place, in double precision."""
    result = np.empty((columns.size, image.shape[2]))
    for number, (column, row) in enumerate(zip(columns.ravel(), rows.ravel(), strict=True)):
        (left, across), (top, down) = first(column, weights), first(row, weights)
        lines = image[mirrored(top + np.arange(len(down)), image.shape[0])]
        block = lines[:, mirrored(left + np.arange(len(across)), image.shape[1])]
        result[number] = np.einsum("y,x,yxc->c", down, across, block)
    return result.reshape(*columns.shape, -1)


def spline_taps(place, weights):
    floor = np.floor(place)
    return int(floor) - 2, weights.astype(np.float64) @ (place - floor) ** np.arange(6) / 120


def lanczos_taps(place, weights):
    steps = int(np.rint(np.float32(place) * np.float32(STEPS)))
    return steps // STEPS - 3, weights[steps % STEPS].astype(np.float64)


def spline_by_formula(image, columns, rows):
    coefficients, reach = image.astype(np.float64), PREFILTER.size // 2
    for _ in range(2):
        every = np.arange(len(coefficients)) - reach
        coefficients = weighed(coefficients, every, np.tile(PREFILTER.astype(np.float64), (len(every), 1)))
        coefficients = coefficients.swapaxes(0, 1)
    return by_formula(coefficients, columns, rows, spline_taps, WEIGHTS)


def lanczos_by_formula(image, columns, rows):
    return by_formula(image.astype(np.float64), columns, rows, lanczos_taps, LANCZOS)


def picture(height, width, channels=3, seed=0):
    """Forms of some px, as in a photo."""
    noise = RNG(seed).uniform(0, 255, (height, width, channels)).astype(np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 0.8).reshape(height, width, channels)


WAYS = [(spline, spline_by_formula), (lanczos, lanczos_by_formula)]


@pytest.mark.parametrize(("fetch", "formula"), WAYS)
def test_it_is_the_formula_to_a_ten_thousandth_of_a_level(fetch, formula):
    image = picture(36, 52)
    places = RNG(1).uniform((-8, -8), (60, 44), (30, 40, 2)).astype(np.float32)
    expected = formula(image, places[..., 0], places[..., 1])
    np.testing.assert_allclose(fetch(image, places), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [(96, 128), (37, 53)])
def test_it_is_what_opencv_fetches(size):
    image, flow = picture(*size), RNG(2).normal(0, 5, (*size, 2)).astype(np.float32)
    by_opencv = cv2.remap(image, *_mirrored_places(flow), cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
    np.testing.assert_allclose(lanczos(image, flow, relative=True), by_opencv, rtol=0, atol=3e-4)
    by_opencv = _sample_linearly(image, *_mirrored_places(flow))
    np.testing.assert_allclose(spline(image, flow, relative=True), by_opencv, rtol=0, atol=2e-3)


def test_it_is_nearer_to_the_formula_than_opencv():
    """OpenCV's way by nine linear fetches rounds more."""
    image = picture(36, 52)
    places = RNG(1).uniform(0, (51, 35), (30, 40, 2)).astype(np.float32)
    expected = spline_by_formula(image, places[..., 0], places[..., 1])
    by_opencv = _sample_linearly(image, places[..., 0].copy(), places[..., 1].copy())
    assert np.abs(spline(image, places) - expected).max() < np.abs(by_opencv - expected).max()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("fetch", "formula"), WAYS)
def test_pictures_and_results_of_any_shape(fetch, formula, seed):
    rng = RNG(seed)
    height, width, channels = rng.integers(1, 24), rng.integers(1, 24), rng.integers(1, 10)
    image = picture(height, width, channels, seed)
    shape = rng.integers(1, 9, 2)
    places = rng.normal(0, 3 * max(height, width), (*shape, 2)).astype(np.float32)
    result = fetch(image, places)
    assert result.shape == (*shape, channels)
    near = np.abs(formula(image, places[..., 0], places[..., 1]) - result)
    assert near.max() < (2e-3 if fetch is spline else 0.5)  # what is far out is folded first, and may round otherwise
    assert np.median(near) < 1e-4


@pytest.mark.parametrize("side", [1, 2, 3, 5, 130])
@pytest.mark.parametrize("fetch", [spline, lanczos])
def test_no_place_leads_out_of_the_picture(fetch, side):
    """A picture of one colour has it everywhere; what is no place at all is not a number."""
    image = np.full((side, 3, 3), 7, np.float32)
    edges = np.array([-0.5, side - 0.5, -1e-9, side, 2 * side, -side - 0.5], np.float32)
    far = np.array([1e5, -1e5, 2**31, -(2**31), 1e18, 3e38, -3e38], np.float32)
    rows = np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf), far])
    places = np.stack([np.zeros_like(rows), rows], -1)[None]
    np.testing.assert_allclose(fetch(image, places), 7, atol=1e-4)
    np.testing.assert_allclose(fetch(image.swapaxes(0, 1), places[..., ::-1]), 7, atol=1e-4)
    nowhere = np.array([[[np.nan, 0], [0, np.nan], [np.inf, 0], [0, -np.inf], [np.inf, -np.inf], [0, 0]]], np.float32)
    result = fetch(image, nowhere)
    assert np.isnan(result[0, :5]).all()
    np.testing.assert_allclose(result[0, 5], 7, atol=1e-4)


@pytest.mark.parametrize("fetch", [spline, lanczos])
def test_no_bit_depends_on_the_number_of_threads(fetch):
    image, flow = picture(97, 131), RNG(3).normal(0, 2, (97, 131, 2)).astype(np.float32)
    threads = cv2.getNumThreads()
    try:
        results = []
        for count in (1, 2, 8):
            cv2.setNumThreads(count)
            results.append(fetch(image, flow, relative=True).tobytes())
    finally:
        cv2.setNumThreads(threads)
    assert len(set(results)) == 1


@pytest.mark.parametrize("fetch", [spline, lanczos])
def test_arrays_may_lie_in_memory_as_they_like(fetch):
    image, flow = picture(24, 30), RNG(3).normal(0, 2, (24, 30, 2)).astype(np.float32)
    expected = fetch(image, flow, relative=True)
    spread = np.zeros((48, 60, 5), np.float32)
    spread[::2, ::2, 1:4] = image
    np.testing.assert_array_equal(fetch(spread[::2, ::2, 1:4], flow[:, :, ::-1][:, :, ::-1], relative=True), expected)
    np.testing.assert_array_equal(fetch(image.astype(np.float64), np.asfortranarray(flow), relative=True), expected)


@pytest.mark.parametrize("fetch", ["spline", "lanczos"])
def test_every_vector_set_fetches_the_same(fetch):
    code = (
        "import sys, numpy as np, test_sampling as t\n"
        "flow = t.RNG(3).normal(0, 2, (41, 66, 2)).astype(np.float32)\n"
        f"sys.stdout.buffer.write(t.{fetch}(t.picture(41, 66), flow, relative=True).tobytes())"
    )
    results = []
    for name in library.vector_sets():
        environment = {**os.environ, "VIDREAM_VECTORS": name, "PYTHONPATH": os.pathsep.join(sys.path)}
        made = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True).stdout
        results.append(np.frombuffer(made, np.float32))
    for result in results[1:]:
        np.testing.assert_allclose(result, results[0], rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2), (2, 130), (40, 129), (33, 300), (260, 3)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_blurs_are_opencvs_and_are_added(size, channels):
    image = picture(size[0], size[1], channels)
    kernels = [cv2.getGaussianKernel(taps, taps / 6, cv2.CV_32F).ravel() for taps in (3, 3, 33)]
    result = sampling.blur_sum(image, kernels)
    expected = sum(
        cv2.sepFilter2D(image.astype(np.float64), -1, *2 * [kernel]).reshape(image.shape) for kernel in kernels
    )
    np.testing.assert_allclose(result, expected, rtol=0, atol=2e-4)


def test_no_bit_of_a_blur_depends_on_the_number_of_threads():
    image, threads = picture(97, 331), cv2.getNumThreads()
    try:
        results = []
        for count in (1, 2, 8):
            cv2.setNumThreads(count)
            results.append(cascade(image).tobytes())
    finally:
        cv2.setNumThreads(threads)
    assert len(set(results)) == 1


@pytest.mark.parametrize(
    ("size", "larger"),
    [((457, 257), (640, 360)), ((327, 184), (640, 360)), ((20, 10), (40, 30)), ((1, 1), (7, 5)), ((9, 3), (9, 11))],
)
@pytest.mark.parametrize("channels", [1, 2, 3, 5, 8])
def test_a_picture_is_shrunk_by_area_as_opencv_does(size, larger, channels):
    image = picture(larger[1], larger[0], channels)
    by_opencv = np.dstack([cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in cv2.split(image)])
    np.testing.assert_allclose(resize(image, Size(*size)), by_opencv, rtol=0, atol=1e-4)


def test_a_picture_is_not_shrunk_from_px_that_it_has_not():
    image = picture(9, 12)
    inside, outside = (
        sampling.Axis(np.array([first], np.int32), np.full((1, 3), 1 / 3, np.float32)) for first in (6, 7)
    )
    np.testing.assert_allclose(sampling.shrink(image, inside, inside)[0, 0], image[6:9, 6:9].mean((0, 1)), atol=1e-4)
    with pytest.raises(AssertionError):
        sampling.shrink(image, outside, inside)


def test_a_cascade_is_what_opencv_makes():
    gradient = RNG(4).normal(0, 1, (90, 160, 3)).astype(np.float32)
    by_opencv = sum(cv2.GaussianBlur(gradient, (0, 0), sigma) for sigma in CASCADE)
    np.testing.assert_allclose(cascade(gradient), by_opencv, rtol=0, atol=1e-5)


def test_a_picture_of_textures_stays_where_it_is():
    image = textured(40, 60).astype(np.float32)
    still = np.zeros((40, 60, 2), np.float32)
    np.testing.assert_allclose(spline(image, still, relative=True), image, atol=5e-3)
    np.testing.assert_array_equal(lanczos(image, still, relative=True), image)
