"""The words of --codec, and what people write in their place."""

import reprlib
from dataclasses import dataclass

from vidream.config.kinds import Choice
from vidream.errors import nearest

CODEC_WORDS = (
    *("h264", "hevc", "hevc10", "av1", "vp9", "prores", "prores4444", "dnxhr", "dnxhr444", "hap", "hapq", "hapalpha"),
    *("dxv", "cineform", "ffv1", "v210", "gif", "png", "png16", "tiff16", "exr", "exr32"),
)
_CALLED = {
    "hevc": "h265 h.265 x265 libx265 hevc265 hvc1",
    "hevc10": "hevc_10 h265_10 main10",
    "h264": "h.264 x264 libx264 avc avc1",
    "prores": "prores422 proreshq prores422hq proreslt prores_ks apch apcn apcs",
    "prores4444": "prores444 proresxq prores4444xq ap4h ap4x",
    "dnxhr": "dnxhd dnx avid",
    "hapq": "hap_q",
    "hapalpha": "hap_alpha",
    "cineform": "cfhd",
    "png": "png8",
    "tiff16": "tif tiff tif16",
    "exr": "openexr exr16",
}
CODECS_MEANT = {name: word for word, names in _CALLED.items() for name in names.split()}
"""What else people call a codec, in small letters -> its word."""


@dataclass(frozen=True)
class CodecWord(Choice):
    """One of the words of --codec."""

    def read(self, raw: object) -> str:
        """A word; the error about anything else asks for the one that is meant, where that can be told."""
        if raw in self.names or not isinstance(raw, str):
            return super().read(raw)
        name = raw.strip().lower()
        name = CODECS_MEANT.get(name, name)
        answer = f"did you mean {name}?" if name in self.names else nearest(name, self.names)
        if not answer.startswith("did you mean"):
            return super().read(raw)
        raise ValueError(f"knows no {reprlib.repr(raw)}; {answer}")
