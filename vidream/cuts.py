"""Whether two frames are of two shots, as PySceneDetect measures it."""

import cv2

from vidream.frames import Pixels


def differs(frame: Pixels, previous: Pixels, threshold: float) -> bool:
    """Whether two frames of one size differ as two shots do: in hue, saturation and luma, px by px.

    Args:
        frame: (H, W, 3) uint8.
        previous: the frame before it.
        threshold: mean difference in levels, 0..255, from which on they do.
    """
    from scenedetect import ContentDetector, FrameTimecode  # takes as long as all else that a picture needs

    detector = ContentDetector(threshold=threshold, min_scene_len=0)
    cuts = [
        detector.process_frame(FrameTimecode(number, 25.0), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        for number, pixels in enumerate((previous, frame))
    ]
    return bool(cuts[1])
