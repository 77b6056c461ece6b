"""OSC packets, taken apart within bounds: whatever comes over a network, this returns soon.

What python-osc does not bound is checked here before it reads a message: the sizes of a bundle's parts, their depth and
number, types that it does not know. https://opensoundcontrol.stanford.edu/spec-1_0.html
"""

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_BYTES = 65_535
"""Of a packet: more does not go into a datagram."""
MOST_MESSAGES = 500
"""In a packet."""
DEEPEST = 8
"""Bundles in bundles."""
MTU = 1400
"""Bytes of an answer that go through any network in one piece."""

_BUNDLE = b"#bundle\0"
_HEAD = re.compile(rb"(/[!-~]{0,300})\0{1,4}(?:,([ifdhsbTFN]{0,32})\0{1,4}(.*))?", re.DOTALL)

_LEAST: Mapping[int, int] = {ord(tag): 8 if tag in "dh" else 4 for tag in "ifdhsb"}
"""A type -> the bytes that a value of it has, at least."""


@dataclass(frozen=True)
class Message:
    """An address with its values."""

    address: str
    """Printable ASCII, from the slash on."""
    values: tuple[Any, ...] = ()
    """Numbers, texts, bytes, booleans, None."""


def messages_of(packet: bytes) -> list[Message]:
    """The messages in a packet, those of bundles in their order; a bundle's time is not waited for.

    Raises:
        ValueError: it is no OSC, or more than anybody sends.
    """
    if len(packet) > MOST_BYTES:
        raise ValueError(f"over {MOST_BYTES} bytes")
    messages = []
    for part in _parts(packet, 0):
        messages.append(_message(part))
        if len(messages) > MOST_MESSAGES:
            raise ValueError(f"over {MOST_MESSAGES} messages")
    return messages


def _parts(packet: bytes, depth: int) -> Iterator[bytes]:
    """A packet that is a message, or those in a bundle."""
    if not packet.startswith(_BUNDLE):
        yield packet
        return
    if depth >= DEEPEST:
        raise ValueError(f"bundles in bundles, over {DEEPEST} deep")
    start = len(_BUNDLE) + 8  # after its time
    if len(packet) < start:
        raise ValueError("a bundle without its time")
    while start < len(packet):
        if start + 4 > len(packet):
            raise ValueError("a bundle that ends in the midst of a size")
        (size,) = struct.unpack_from(">i", packet, start)
        end = start + 4 + size
        if size <= 0 or end > len(packet):
            raise ValueError("a bundle with a part of a size that cannot be")
        yield from _parts(packet[start + 4 : end], depth + 1)
        start = end


def _message(packet: bytes) -> Message:
    from pythonosc.osc_message import OscMessage, ParseError

    head = _HEAD.fullmatch(packet)
    if head is None:
        raise ValueError("no OSC message")
    if head[2] and len(head[3]) + 3 < sum(_LEAST.get(tag, 0) for tag in head[2]):  # python-osc would make up the rest
        raise ValueError("an OSC message that is cut short")
    try:
        message = OscMessage(packet)
    except (ParseError, ValueError) as error:  # ValueError: a text that is not UTF-8
        raise ValueError("an OSC message that is cut short, or damaged") from error
    values = zip((head[2] or b"").decode(), message.params, strict=True)
    return Message(message.address, tuple(_decimal(value) if tag == "f" else value for tag, value in values))


def _decimal(value: float) -> float:
    """The shortest number that is this one in 32 bits: the 0.8 that was sent, not 0.800000011920929."""
    return float(str(np.float32(value)))


def packets_of(messages: Sequence[Message]) -> list[bytes]:
    """Packets of at most about MTU bytes that have these messages, one alone or several in a bundle."""
    parts = [_packed(message) for message in messages]
    packets: list[bytes] = []
    waiting: list[bytes] = []
    for part in parts:
        if waiting and sum(len(each) + 4 for each in waiting) + len(part) > MTU:
            packets.append(_bundled(waiting))
            waiting = []
        waiting.append(part)
    if waiting:
        packets.append(_bundled(waiting))
    return packets


def _bundled(parts: Sequence[bytes]) -> bytes:
    if len(parts) == 1:
        return parts[0]
    at_once = struct.pack(">Q", 1)
    return _BUNDLE + at_once + b"".join(struct.pack(">i", len(part)) + part for part in parts)


def _packed(message: Message) -> bytes:
    from pythonosc.osc_message_builder import OscMessageBuilder

    builder = OscMessageBuilder(message.address)
    for value in message.values:
        builder.add_arg(value)
    return builder.build().dgram
