"""Pictures fetched from between their pixels, blurred and shrunk by the native part."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.native.library import library

Numbers = NDArray[np.float32]


class _Picture(ctypes.Structure):
    """`Picture` of sampling.h."""

    _fields_ = (
        ("px", ctypes.c_void_p),
        ("next_row", ctypes.c_ssize_t),
        ("height", ctypes.c_int),
        ("width", ctypes.c_int),
        ("channels", ctypes.c_int),
    )


class _Places(ctypes.Structure):
    """`Places` of sampling.h."""

    _fields_ = (
        ("columns", ctypes.c_void_p),
        ("rows", ctypes.c_void_p),
        ("next", ctypes.c_ssize_t),
        ("next_row", ctypes.c_ssize_t),
        ("relative", ctypes.c_bool),
    )


class _Result(ctypes.Structure):
    """`Result` of sampling.h."""

    _fields_ = (
        ("px", ctypes.c_void_p),
        ("next_row", ctypes.c_ssize_t),
        ("height", ctypes.c_int),
        ("width", ctypes.c_int),
    )


class _Axis(ctypes.Structure):
    """`Axis` of sampling.h."""

    _fields_ = (("first", ctypes.c_void_p), ("weights", ctypes.c_void_p), ("taps", ctypes.c_int))


@dataclass(frozen=True, eq=False)
class Axis:
    """Of one axis of a smaller picture: what each of its px is the weighted sum of."""

    first: NDArray[np.int32]
    """(px,): the first of its px in the larger picture."""

    weights: Numbers
    """(px, taps): of that one and those after it."""


def sample_spline(image: Numbers, places: Numbers, taps: Numbers, weights: Numbers, *, relative: bool) -> Numbers:
    """A picture's values between its pixels, by a quintic B-spline, mirrored outside.

    Args:
        image: (H, W, C).
        places: (h, w, 2) px: column and row of each, counted from the middle of the picture's first px; one that is not
            finite fetches NaN.
        taps: (2 reach + 1,) of the prefilter, symmetric.
        weights: (6, 6): of each of the px from two before a place on, the coefficients of 1, f, ... f^5, f = 0..1 past
            a px. They add up to a number that is the same for all f.
        relative: the places are counted from the result's own px.

    Returns:
        (h, w, C).

    Raises:
        MemoryError: there is no room for it.
    """
    half = np.ascontiguousarray(taps[taps.size // 2 :])
    numbers = half.ctypes.data, half.size - 1, weights.ctypes.data, float(weights[:, 0].sum())
    return _fetched(_functions().vidream_spline, image, places, numbers, relative=relative)


def sample_lanczos(image: Numbers, places: Numbers, weights: Numbers, *, relative: bool) -> Numbers:
    """A picture's values between its pixels, by Lanczos' window, mirrored outside.

    Args:
        image: (H, W, C).
        places: (h, w, 2) px, as of `sample_spline`; they are rounded to 1/32 px.
        weights: (32, 8): of the px from three before a place on, for each 1/32 px past a px.
        relative: the places are counted from the result's own px.

    Returns:
        (h, w, C).

    Raises:
        MemoryError: there is no room for it.
    """
    return _fetched(_functions().vidream_lanczos, image, places, (weights.ctypes.data,), relative=relative)


def blur_sum(image: Numbers, kernels: Sequence[Numbers]) -> Numbers:
    """The sum of a picture blurred by three kernels, mirrored about the middles of its outermost px.

    Args:
        image: (H, W, C), at most 4 channels.
        kernels: (2 reach + 1,) each, symmetric, for both axes; from the narrowest to the widest, at most 33 taps.

    Returns:
        (H, W, C).

    Raises:
        MemoryError: there is no room for it.
    """
    image = np.ascontiguousarray(image, np.float32)
    result = np.empty_like(image)
    halves = [kernel[kernel.size // 2 :] for kernel in kernels]
    taps, reach = np.concatenate(halves).astype(np.float32), np.array([half.size - 1 for half in halves], np.int32)
    call = _functions().vidream_blur_sum
    _check(call(_picture(image), _result(result), taps.ctypes.data, reach.ctypes.data, _threads()), image)
    return result


def shrink(image: Numbers, down: Axis, across: Axis) -> Numbers:
    """A smaller picture whose px are weighted sums of a picture's.

    Args:
        image: (H, W, C).
        down: of its rows.
        across: of its columns.

    Returns:
        (rows, columns, C).

    Raises:
        MemoryError: there is no room for it.
    """
    image = np.ascontiguousarray(image, np.float32)
    result = np.empty((down.first.size, across.first.size, image.shape[2]), np.float32)
    axes = [_Axis(axis.first.ctypes.data, axis.weights.ctypes.data, axis.weights.shape[1]) for axis in (down, across)]
    _check(_functions().vidream_shrink(_picture(image), _result(result), *axes, _threads()), image)
    return result


@cache
def _functions() -> ctypes.CDLL:
    """The native part, with the types of what is called here."""
    native = library()
    assert native is not None
    pointers = [ctypes.POINTER(kind) for kind in (_Picture, _Places, _Result)]
    address, number, real = ctypes.c_void_p, ctypes.c_int, ctypes.c_float
    native.vidream_spline.argtypes = [*pointers, address, number, address, real, number]
    native.vidream_lanczos.argtypes = [*pointers, address, number]
    axis = ctypes.POINTER(_Axis)
    native.vidream_shrink.argtypes = [pointers[0], pointers[2], axis, axis, number]
    native.vidream_blur_sum.argtypes = [pointers[0], pointers[2], address, address, number]
    return native


def _fetched(function: Any, image: Numbers, places: Numbers, numbers: tuple[Any, ...], *, relative: bool) -> Numbers:
    """What a C function fetches."""
    image, places = (np.ascontiguousarray(values, np.float32) for values in (image, places))
    result = np.empty((*places.shape[:2], image.shape[2]), np.float32)
    begin = places.ctypes.data
    where = _Places(begin, begin + places.itemsize, 2, places.shape[1] * 2, relative)
    _check(function(_picture(image), where, _result(result), *numbers, _threads()), image)
    return result


def _picture(image: Numbers) -> _Picture:
    return _Picture(image.ctypes.data, image.shape[1] * image.shape[2], *image.shape)


def _result(image: Numbers) -> _Result:
    return _Result(image.ctypes.data, image.shape[1] * image.shape[2], *image.shape[:2])


def _threads() -> int:
    """As many as OpenCV has."""
    return max(1, int(cv2.getNumThreads()))


def _check(status: int, image: Numbers) -> None:
    if status == 1:
        raise MemoryError(f"no room to work on {image.shape} px")
    assert status == 0, "no such shape or kernel"
