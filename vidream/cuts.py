"""Whether two frames are of two shots, as PySceneDetect measures it."""

import cv2
from scenedetect import ContentDetector, FrameTimecode

from vidream.frames import Pixels


def differs(now: Pixels, before: Pixels, threshold: float) -> bool:
    """Whether two frames of one size differ as two shots do: in hue, saturation and luma, px by px.

    threshold  mean difference in levels, 0..255
    """
    detector = ContentDetector(threshold=threshold, min_scene_len=0)
    found = [
        detector.process_frame(FrameTimecode(number, 25.0), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        for number, frame in enumerate((before, now))
    ]
    return bool(found[1])
