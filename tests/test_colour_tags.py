"""Every codec in every kind of file tells its colours, in the file itself and as PyAV reads them."""

import av
import pytest
from synthetic import panned, write_film

from vidream.media.containers import CONTAINERS

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
