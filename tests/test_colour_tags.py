"""Every codec in every kind of file tells its colours, in the file itself and as PyAV reads them."""

from fractions import Fraction

import av
import numpy as np
import pytest
from synthetic import panned, write_film

from vidream.frames import Frame
from vidream.hdr import PQ
from vidream.media.containers import CONTAINERS
from vidream.media.reader import open_video
from vidream.media.video import Hdr, Mastering

BT709, BT709_TRANSFER, LIMITED, FULL, UNTOLD = 1, 1, 1, 2, 0
ROWS = [
    pytest.param(ending, codec.word, id=f"{codec.word}{ending}")
    for ending, container in CONTAINERS.items()
    if not container.palette
    for codec in container.codecs
]
COLOUR_BOX = b"colr"  # of ISO files
COLOUR_ELEMENT, CLUSTER = b"\x55\xb0", b"\x1f\x43\xb6\x75"  # of Matroska


@pytest.mark.parametrize(("ending", "word"), ROWS)
def test_colours_are_told(tmp_path, ending, word):
    path = write_film(tmp_path / f"film{ending}", panned(2, 128, 256), crf=None, pix_fmt=None, codec=word)
    with av.open(str(path)) as film:
        stream = film.streams.video[0].codec_context
        frame = next(film.decode(video=0))
    stored_rgb = frame.format.name.startswith(("rgb", "bgr", "gbr"))
    for told in (stream, frame):
        assert (told.color_primaries, told.color_trc) == (BT709, BT709_TRANSFER)
        assert told.colorspace == (UNTOLD if stored_rgb else BT709)  # what is RGB has no matrix
        assert told.color_range in ((UNTOLD, FULL) if stored_rgb else (UNTOLD, LIMITED))
    if word not in ("v210", "cineform") and not stored_rgb:  # .mov says no range; these codecs neither
        assert frame.color_range == LIMITED
    data = path.read_bytes()
    if ending in (".mp4", ".mov"):
        assert COLOUR_BOX in data
    else:
        assert COLOUR_ELEMENT in data.split(CLUSTER)[0]


BT2020, PQ_TRANSFER, BT2020_MATRIX = 9, 16, 9
DISPLAY = Mastering(
    tuple(Fraction(each, 1000) for each in (708, 292, 170, 797, 131, 46, 313, 329)), Fraction(1, 200), Fraction(1000)
)
HDR_ROWS = [
    pytest.param(ending, codec.word, id=f"{codec.word}{ending}")
    for ending, container in CONTAINERS.items()
    for codec in container.codecs
    if not codec.sdr and any(form.deep for grade in codec.grades for form in grade.pixel_formats)
]
STORES_LIGHT = ("hevc", "hevc10", "av1")
"""The other codecs have no place for it but the container, which ffmpeg writes only where a codec has it."""


@pytest.mark.parametrize(("ending", "word"), HDR_ROWS)
def test_colours_of_hdr_are_told(tmp_path, ending, word):
    shown = [Frame(frame.astype(np.uint16) * 257, 65535, transfer=PQ) for frame in panned(2, 128, 256)]
    hdr = Hdr(PQ, "bt2020", mastering=DISPLAY, brightest=(800, 200))
    pix_fmt = "yuv420p10le" if word == "h264" else None
    path = write_film(tmp_path / f"film{ending}", shown, crf=None, pix_fmt=pix_fmt, codec=word, deep=True, hdr=hdr)
    with av.open(str(path)) as film:
        stream = film.streams.video[0].codec_context
        frame = next(film.decode(video=0))
    for told in (stream, frame):
        assert (told.color_primaries, told.color_trc) == (BT2020, PQ_TRANSFER)
        assert told.colorspace == (UNTOLD if word == "ffv1" else BT2020_MATRIX)
    if word not in STORES_LIGHT:
        return
    kinds = {str(getattr(side, "type", "")) for side in frame.side_data}
    assert {"Type.MASTERING_DISPLAY_METADATA", "Type.CONTENT_LIGHT_LEVEL"} <= kinds
    again = open_video(path).hdr
    assert again.brightest == (800, 200)
    points = [[float(each) for each in display.points] for display in (again.mastering, DISPLAY)]
    assert points[0] == pytest.approx(points[1], abs=1e-4)
    assert (float(again.mastering.least), float(again.mastering.most)) == pytest.approx((0.005, 1000), rel=0.02)
