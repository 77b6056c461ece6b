"""What ffmpeg writes of undecoded streams with `-f framecrc`: a header, and a line for each packet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from vidream.media.timing import Packet

PACKETS = ("-c", "copy", "-f", "framecrc", "-")
"""ffmpeg's arguments, of an output."""
UNKNOWN = -(2**63)
"""A time that is not told."""

DISCARDED = 4  # ffmpeg's flag of packets that are decoded but not shown, as an edit list says


@dataclass(frozen=True)
class Row:
    """A packet, as framecrc lists it; its times in ticks of its stream's clock."""

    time: int
    """When its frame is shown; UNKNOWN where that is not told."""
    decode_time: int
    """When it is decoded; UNKNOWN where that is not told."""
    duration: int
    """How long its frame is shown."""
    discarded: bool
    """Whether it is decoded but not shown."""
    has_side_data: bool
    """Whether data lie beside it, such as a picture's alpha."""


def header_of(output: str) -> dict[str, str]:
    """The header: "tb 0" -> "1/25", "codec_id 0" -> "h264", "dimensions 0", "channel_layout_name 1", ..."""
    pairs = re.findall(r"^#(\w+ \d+): (.*)$", output, re.MULTILINE)
    return {name: value.strip() for name, value in pairs}


def rows_of(output: str, stream: int = 0) -> Iterator[Row]:
    """The packets of a stream, in the file's order."""
    for line in output.splitlines():
        parts = line.split(",")
        if parts[0] != str(stream) or len(parts) < 6:
            continue
        _, decode_time, time, duration = map(int, parts[:4])
        flags = next((int(part[3:], 16) for part in parts[6:] if part.startswith(" F=")), 0)
        has_side_data = "BlockAdditional" in line or re.search(r", S=1, +\d+(?:,|$)", line) is not None
        yield Row(time, decode_time, duration, bool(flags & DISCARDED), has_side_data)


def packets_of(rows: list[Row], begins: Fraction, tick: Fraction) -> tuple[Packet, ...]:
    """The packets of frames that are shown, by the times of decoding where the others are not told.

    Args:
        rows: of the picture, in the file's order.
        begins: second of the first frame that can be decoded; what lies before is left out.
        tick: seconds of a tick of the picture's clock.
    """
    first = round(begins / tick)
    if any(row.time <= UNKNOWN for row in rows):
        return _in_turn([Packet(row.decode_time, row.duration) for row in rows if row.decode_time > UNKNOWN], first)
    return tuple(Packet(row.time, row.duration) for row in rows if not row.discarded and row.time >= first)


def _in_turn(packets: list[Packet], first: int) -> tuple[Packet, ...]:
    """When each frame is shown, of packets of which only the time of decoding is told.

    A decoder that puts frames in order shows each when a later packet is decoded, and the last ones at the end.
    """
    visible = [packet for packet in packets if packet.time >= first]
    if not visible:
        return tuple(packets)
    while len(visible) < len(packets):
        visible.append(Packet(visible[-1].time + visible[-1].duration, visible[-1].duration))
    return tuple(visible)
