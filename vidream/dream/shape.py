"""The gradient's shape before a step is taken: smoothing over scales, the size of a step, total variation."""

from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np

from vidream.dream.neutral import COLOURS
from vidream.frames import Image
from vidream.native.library import library
from vidream.native.sampling import blur_sum

CASCADE = (0.5, 1.0, 2.0)
"""px: sigmas of the Gaussians."""

KERNELS = [cv2.getGaussianKernel(round(8 * sigma) | 1, sigma, cv2.CV_32F).ravel() for sigma in CASCADE]
"""The Gaussians' weights along each axis, as many as OpenCV takes."""

LEVELS = 4
"""Of the Laplacian pyramid, as in the tutorial."""

SOFT = (0.3, 0.6, 1.0, 1.0)
"""How much each level of the pyramid counts in the shape "soft", from the finest."""

NATURAL = {"soft": 0.5, "natural": 0.8}
"""How far a shape goes from steps whose colours are free to steps in the colours of photographs; 0..1."""

TINY = 1e-7
"""Added to what a level is divided by, as in the tutorial."""


def plain(gradient: Image) -> Image:
    """The gradient as it is: the finest forms, and grain."""
    return gradient


def cascade(gradient: Image) -> Image:
    """The sum of the gradient blurred by three sigmas: coarse forms gain, grain is lost."""
    if library() is not None:
        return blur_sum(gradient, KERNELS)
    return sum((cv2.GaussianBlur(gradient, (0, 0), sigma) for sigma in CASCADE), np.zeros_like(gradient))


def laplacian(gradient: Image, shares: Sequence[float] = (1,) * LEVELS) -> Image:
    """Each level of the Laplacian pyramid divided by its rms (TensorFlow DeepDream tutorial, 2015).

    A departure: the coarsest level loses its mean first, else the picture's brightness and tint drift with every step.

    Args:
        gradient: (H, W, 3).
        shares: how much each level counts, from the finest.
    """
    if min(gradient.shape[:2]) < 2 ** (LEVELS - 1):
        return gradient  # too small for its pyramid
    levels, low = [], gradient
    for _ in range(LEVELS - 1):
        smaller = cv2.pyrDown(low)
        levels.append(low - cv2.pyrUp(smaller, dstsize=low.shape[1::-1]))
        low = smaller
    result = _by_rms(low - low.mean((0, 1))) * np.float32(shares[-1])
    for level, share in zip(reversed(levels), reversed(shares[:-1]), strict=True):
        result = cv2.pyrUp(result, dstsize=level.shape[1::-1]) + _by_rms(level) * np.float32(share)
    return result


def soft(gradient: Image) -> Image:
    """The Laplacian pyramid with its finest levels held down, and colours as likely as photographs have them.

    Large forms without grain: what is white against black is left alone, rainbows are held back. The gradient goes
    through the covariance of a photograph's colours (as if the picture had been decorrelated: Olah et al. 2017).
    """
    result: Image = cv2.transform(laplacian(gradient, SOFT), _COLOURS["soft"])
    return result


def natural(gradient: Image) -> Image:
    """As `soft`, with hardly a colour that photographs have not: no rainbows, and a whole thing in its own colour."""
    result: Image = cv2.transform(laplacian(gradient, SOFT), _COLOURS["natural"])
    return result


_COVARIANCE = COLOURS @ COLOURS.T
_COLOURS = {
    shape: (share * _COVARIANCE / np.trace(_COVARIANCE) + (1 - share) * np.eye(3)).astype(np.float32)
    for shape, share in NATURAL.items()
}


def _by_rms(level: Image) -> Image:
    return level / np.float32(np.sqrt(np.mean(np.square(level), dtype=np.float64)) + TINY)


def _mean(gradient: Image) -> float:
    return float(cv2.norm(gradient, cv2.NORM_L1)) / gradient.size


def _deviation(gradient: Image) -> float:
    return float(gradient.std(dtype=np.float64))


SHAPES: Mapping[str, Callable[[Image], Image]] = {
    "none": plain,
    "cascade": cascade,
    "laplacian": laplacian,
    "soft": soft,
    "natural": natural,
}
"""What --shape calls it -> gradient (H, W, 3) -> gradient."""

NORMS: Mapping[str, Callable[[Image], float]] = {
    "mean": _mean,  # GoogLeNet tutorial (2015)
    "std": _deviation,  # InceptionV3 tutorial (TensorFlow, 2019)
}
"""What --norm calls it -> gradient (H, W, 3) -> what it is divided by."""


def normalised(gradient: Image, norm: str, epsilon: float = 1e-20, out: Image | None = None) -> Image:
    """The gradient divided by its size; a gradient of zeros stays zero.

    Args:
        gradient: (H, W, 3).
        norm: how its size is measured, a name in NORMS.
        epsilon: added to the size.
        out: what takes the result, which may be `gradient`; None: a new array.
    """
    return np.divide(gradient, np.float32(NORMS[norm](gradient) + epsilon), out=out)


def total_variation_gradient(image: Image) -> Image:
    """d/d(image) of the sum of sqrt(dx^2 + dy^2 + 1) over px and channels (Rudin, Osher and Fatemi 1992).

    It lies in -4..4, so a weight on it means the same for every layer and network. The 1, in levels, keeps it smooth.
    """
    dx, dy = np.zeros_like(image), np.zeros_like(image)
    np.subtract(image[:, 1:], image[:, :-1], out=dx[:, :-1])
    np.subtract(image[1:], image[:-1], out=dy[:-1])
    length = dx * dx
    length += dy * dy
    length += 1
    np.sqrt(length, out=length)
    dx /= length
    dy /= length
    gradient: Image = np.negative(dx, out=length)  # in place: new memory is slow
    gradient[:, 1:] += dx[:, :-1]
    gradient -= dy
    gradient[1:] += dy[:-1]
    return gradient
