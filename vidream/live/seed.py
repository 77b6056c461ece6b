"""A still, or noise, as live steps of the loop: a zoom without end."""

from vidream.camera import camera_flow, uncovered
from vidream.config import RunConfig
from vidream.frames import PEAK, Frame, Image, Size
from vidream.plan.mask import Masks
from vidream.plan.step import ZoomStep
from vidream.plan.zoom import move_of, per_frame
from vidream.resample import resize


class ZoomSteps:
    """The steps of a zoom into a picture, at the size of the dream."""

    captured: None = None
    """It is made of no frame."""
    idle: float = 0.0
    """Nor is one waited for."""

    def __init__(self, seed: Image, config: RunConfig, size: Size) -> None:
        """Nothing has moved yet.

        Args:
            seed: (H, W, 3), 0..255.
            config: of the run, whose mask holds all along.
            size: of what is shown, px.
        """
        self._seed, self._size, self._rate = seed, size, config.live.rate
        self._masks = Masks(config, size, config.live.rate)
        self._index = -1

    def step(self, config: RunConfig, *, frozen: bool = False) -> ZoomStep:
        """The next step.

        Args:
            config: a number for each knob; its dream_size is that of the step.
            frozen: the camera stands.
        """
        self._index += 1
        size = self._size.at_most(config.dream.dream_size)
        mask = self._masks.at(self._index, Frame(self._seed, PEAK), None)
        if mask is not None:
            mask = resize(mask, size).reshape(*size[::-1], 1)
        if self._index == 0:
            return ZoomStep(0, config, cut=True, seed=resize(self._seed, size), mask=mask)
        config = per_frame(config, self._rate)
        seconds = 0.0 if frozen else float(1 / self._rate)
        camera = move_of(config.camera, size, seconds)
        return ZoomStep(
            self._index, config, cut=False, flow=camera_flow(size, camera), trust=uncovered(size, camera), mask=mask
        )
