"""What a row of pixel formats says of range and matrix is how its px are stored, told, and read again."""

import av
import numpy as np
import pytest
from synthetic import ffmpeg

from vidream.frames import Frame
from vidream.media.pixels import QUARTER, YUV420, YUV444_10, PixelFormat
from vidream.media.reader import frames, open_video

LIMITED, FULL, BT709, BT601 = 1, 2, 1, 5
JPEG = PixelFormat("yuvj420p", 8, QUARTER, full=True, matrix="bt470bg")
FULL_10 = PixelFormat("yuv444p10le", 10, full=True)
SIDE = 32
COLOURS = [(255, 255, 255), (0, 0, 0), (230, 40, 40), (40, 200, 60), (50, 60, 220), (128, 128, 128), (250, 220, 30)]
MJPEG, FFV1 = ("-c:v", "mjpeg", "-q:v", "1"), ("-c:v", "ffv1")


@pytest.mark.parametrize(
    ("row", "encoder", "told", "off"),
    [
        pytest.param(JPEG, MJPEG, (FULL, BT601), 3, id="JPEG"),
        pytest.param(YUV420, FFV1, (LIMITED, BT709), 3, id="limited, 8 bits"),
        pytest.param(FULL_10, FFV1, (FULL, BT709), 0.5, id="full, 10 bits"),
        pytest.param(YUV444_10, FFV1, (LIMITED, BT709), 0.5, id="limited, 10 bits"),
    ],
)
def test_colours_come_back(tmp_path, row, encoder, told, off):
    """off: in code values of 8 bits."""
    shown = np.repeat(np.repeat(np.array([COLOURS], np.uint8), SIDE, 0), SIDE, 1)
    samples = row.fed(Frame(shown, 255))
    (tmp_path / "in.raw").write_bytes(samples.tobytes())
    size = f"{shown.shape[1]}x{shown.shape[0]}"
    path = tmp_path / "film.mkv"
    raw = ("-f", "rawvideo", "-pix_fmt", row.raw.name, "-s", size, "-i", tmp_path / "in.raw")
    said = ffmpeg(*raw, *row.arguments(), *encoder, path)
    assert path.exists(), said
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
    assert (frame.color_range, frame.colorspace) == told
    (read,) = frames(open_video(path))
    values = read.samples.astype(float) * 255 / read.peak
    middles = values[SIDE // 2, SIDE // 2 :: SIDE]
    assert np.abs(middles - COLOURS).max() <= off
