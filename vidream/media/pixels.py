"""How an encoder's px are stored, a row each, and how raw frames become them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.frames import Frame, Size
from vidream.media.raw import RGB24, RGB48, RGBA32, RGBA64, RawFormat

# Raw frames are full range; without these, ffmpeg converts by BT.601 and says nothing, and HD players shift the hue
SHARED = "flags=accurate_rnd+full_chroma_inp+lanczos"
"""swscale's options where px begin to share samples of colour."""


WHOLE, HALF, QUARTER = Size(1, 1), Size(2, 1), Size(2, 2)
"""Px that share a sample of colour, across and down, in 4:4:4, 4:2:2 and 4:2:0."""


@dataclass(frozen=True)
class Colours:
    """What samples of colour mean, in ffmpeg's words."""

    matrix: str = "bt709"
    """Of luma and colour differences."""
    primaries: str = "bt709"
    """What red, green and blue are."""
    transfer: str = "bt709"
    """How light becomes samples."""
    range: str = "tv"
    """Of the samples: tv is limited, pc full."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The options of an output."""
        tags = ("-colorspace", self.matrix, "-color_primaries", self.primaries, "-color_trc", self.transfer)
        return ("-color_range", self.range, *tags)

    @property
    def filter(self) -> str:
        """The filter that says it of frames."""
        return f"setparams=color_primaries={self.primaries}:color_trc={self.transfer}"


BT709 = Colours()


@dataclass(frozen=True)
class PixelFormat:
    """How an encoder's px are stored."""

    name: str
    """ffmpeg's name of it, which --pix-fmt takes."""
    bits: int
    """Of a sample; frames are fed with 16 bits where these are more than 8."""
    chroma: Size = WHOLE
    """Px of the picture that share one sample of colour, across and down; 2x2 is 4:2:0."""
    rgb: bool = False
    """Whether it stores RGB, full range; else YCbCr."""
    full: bool = False
    """Whether its YCbCr is full range, as JPEG's is; else limited."""
    matrix: str = ""
    """Of its YCbCr, in ffmpeg's words, where readers expect that one alone: bt470bg in JPEG; "" is the film's own."""
    alpha: bool = False
    """Whether its px have an alpha that is kept."""
    tagged: bool = True
    """Whether what it stores is said to be BT.709."""

    @property
    def deep(self) -> bool:
        """Whether its samples have more than 8 bits."""
        return self.bits > 8

    @property
    def raw(self) -> RawFormat:
        """How frames are fed to ffmpeg."""
        if self.alpha:
            return RGBA64 if self.deep else RGBA32
        return RGB48 if self.deep else RGB24

    def arguments(self, colours: Colours = BT709) -> tuple[str, ...]:
        """ffmpeg's, of an output: the format, and how raw frames become it.

        Args:
            colours: what raw frames are, and what is stored; others than BT.709's of more than 8 bits alone.
        """
        if not self.tagged:
            return ("-pix_fmt", self.name)
        if self.rgb:
            gbr = f"{colours.filter}:colorspace=gbr:range=pc"
            return ("-pix_fmt", self.name, "-vf", ",".join((*self._converted(colours), gbr)))
        colours = self._own(colours)
        filters = ",".join((*self._converted(colours), colours.filter))
        return ("-pix_fmt", self.name, "-vf", filters, *colours.tags)

    def stored(self, colours: Colours = BT709) -> tuple[str, ...]:
        """Ffmpeg's arguments of an output whose px come as they are to be stored; colours: what they are."""
        if self.rgb:
            return ("-pix_fmt", self.name, "-vf", f"{colours.filter}:colorspace=gbr:range=pc")
        colours = self._own(colours)
        said = f"{colours.filter}:colorspace={colours.matrix}:range={colours.range}"
        return ("-pix_fmt", self.name, "-vf", said, *colours.tags)

    def _own(self, colours: Colours) -> Colours:
        """Colours, with the matrix and the range of its YCbCr."""
        return replace(colours, matrix=self.matrix or colours.matrix, range="pc" if self.full else "tv")

    def _converted(self, stored: Colours) -> tuple[str, ...]:
        """The filters that make of raw frames what is stored. What has more bits than 8 goes through zimg."""
        if self.rgb and self.bits in (8, 16):
            return ()  # raw frames are that
        matrix, span = stored.matrix, "full" if self.full else "limited"
        if not self.deep:
            return (f"scale=in_range=full:out_range={span}:out_color_matrix={matrix}:{SHARED}",)
        raw, planes, options = "gbrp", "yuv444p", f"matrix={matrix}:range={span}"  # of white, swscale makes 65280
        if self.alpha:
            raw, planes = "gbrap", "yuva444p"
        if self.rgb:
            planes, options = raw, "matrix=gbr:range=full"
        filters = (f"format={raw}16le", f"zscale=matrixin=gbr:rangein=full:{options}", f"format={planes}{self.bits}le")
        return filters if self.rgb else (*filters, f"scale={SHARED}")  # colour is shared as with 8 bits

    def fed(self, frame: Frame) -> NDArray[Any]:
        """The samples of a frame as they are fed to ffmpeg, (H, W, channels).

        zimg multiplies the colours by the alpha, and divides them again: where it is nothing, they would be lost. So it
        is fed the least that there is, which it rounds to nothing.
        """
        samples = self.raw.samples(frame)
        if self.alpha and self.deep and not (self.rgb and self.bits == 16):
            np.maximum(samples[..., 3:], 1, out=samples[..., 3:])
        return samples


YUV420 = PixelFormat("yuv420p", 8, QUARTER)
YUV422 = PixelFormat("yuv422p", 8, HALF)
YUV444 = PixelFormat("yuv444p", 8)
YUVA420 = PixelFormat("yuva420p", 8, QUARTER, alpha=True)
YUV420_10 = PixelFormat("yuv420p10le", 10, QUARTER)
YUV422_10 = PixelFormat("yuv422p10le", 10, HALF)
YUV444_10 = PixelFormat("yuv444p10le", 10)
YUVA444_10 = PixelFormat("yuva444p10le", 10, alpha=True)
YUV420_12 = PixelFormat("yuv420p12le", 12, QUARTER)
YUV422_12 = PixelFormat("yuv422p12le", 12, HALF)
YUV444_12 = PixelFormat("yuv444p12le", 12)
PALETTED = PixelFormat("rgb24", 8, rgb=True, tagged=False)
RGB_8 = PixelFormat("bgr0", 8, rgb=True)
RGBA_8 = PixelFormat("bgra", 8, rgb=True, alpha=True)
RGB_12 = PixelFormat("gbrp12le", 12, rgb=True)
RGBA_12 = PixelFormat("gbrap12le", 12, rgb=True, alpha=True)
RGB_16 = PixelFormat("gbrp16le", 16, rgb=True)
RGBA_16 = PixelFormat("gbrap16le", 16, rgb=True, alpha=True)
TEXTURE = PixelFormat("rgba", 8, rgb=True)
"""What encoders of textures are fed, whose alpha is opaque, or not stored."""
TEXTURE_ALPHA = PixelFormat("rgba", 8, rgb=True, alpha=True)
