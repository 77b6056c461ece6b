"""An EfficientNet-Lite, computed by the native part: what its layers answer to a picture, and the way back."""

import ctypes
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.native.library import library

Numbers = NDArray[np.float32]

SLICE, PAD = 16, 8
"""Channels of the stem, the expansions, the head and the logits lie in memory in multiples of SLICE, those of the
blocks' answers in multiples of PAD; `network.h` has the same.
"""

KERNELS, STRIDES = (3, 5), (1, 2)
"""Px: sides and strides of the depthwise convolutions that there are kernels for."""

MOST_PASSES = 6
"""Rooms of passes that a network keeps for pictures of the same size: a dream comes back to each of its octaves."""

Key = tuple[int, int, int]
"""Rows and columns of a picture, and the level of the highest layer."""


@dataclass(frozen=True)
class Convolution:
    """Numbers of a convolution with its batch norm folded in."""

    kernel: Numbers
    """(h, w, inputs, outputs); of a depthwise convolution (h, w, channels)."""

    bias: Numbers
    """(outputs,)."""


@dataclass(frozen=True)
class BlockNumbers:
    """Numbers of one inverted residual."""

    expand: Convolution | None
    """1x1; None where the inside is as wide as what the block reads."""

    depthwise: Convolution
    """Of each channel by itself."""

    project: Convolution
    """1x1, without ReLU6."""

    stride: int
    """Of the depthwise convolution, px."""

    adds_input: bool
    """Whether what the block reads is added to its projection."""


@dataclass(frozen=True)
class Place:
    """Where a layer stands in its network, and how its activations lie in memory."""

    level: int
    """How far up it is, as the library counts: the stem is 0, a block's expansion comes before the block."""

    channels: int
    """That it has."""

    width: int
    """Channels in memory; those beyond its own are zero."""

    stride: int
    """Px of the picture for one of its own; 0: it has no place in the picture."""

    def shape(self, rows: int, columns: int) -> tuple[int, ...]:
        """The shape of its activations in memory for a picture of that many px."""
        if self.stride == 0:
            return (1, self.width)
        return (1, -(-rows // self.stride), -(-columns // self.stride), self.width)


class Lite:
    """An EfficientNet-Lite (Tan and Le 2019): stem, blocks, head and logits, padded as TensorFlow pads (SAME).

    Its layers are "stem", "block0", "block1_expand", "block1", ..., "head", "logits", from the picture up.
    """

    places: Mapping[str, Place]
    """By the layers' names, from the picture up."""

    def __init__(
        self, stem: Convolution, blocks: Sequence[BlockNumbers], head: Convolution, logits: Convolution
    ) -> None:
        """Lay the numbers out as the kernels read them; they are copied.

        Args:
            stem: 3x3, stride 2, of three colours; it reads (level - 127) / 128.
            blocks: from the picture up.
            head: 1x1.
            logits: (1, 1, channels of the head, classes).

        Raises:
            ValueError: there are no kernels for such a network.
            RuntimeError: there is no native part; `library.missing` says why.
            MemoryError: there is no room for the numbers.
        """
        self._native = _functions()
        self.places = dict(_places(stem, blocks, head, logits))
        specs = np.array([_spec(block) for block in blocks], np.int32)
        parts = [
            stem,
            *(part for block in blocks for part in (block.expand, block.depthwise, block.project)),
            head,
            logits,
        ]
        arrays = [_contiguous(values) for part in parts if part is not None for values in (part.kernel, part.bias)]
        counts = [part.bias.size for part in (stem, head, logits)]
        address = self._native.vidream_network_new(*counts, len(blocks), specs.ctypes.data, _addresses(arrays))
        self._network = _Handle(address, self._native.vidream_network_free)
        self._free: list[tuple[Key, _Handle]] = []

    def forward(self, picture: Numbers, layers: Collection[str], threads: int) -> "Pass":
        """What layers answer to a picture; nothing above the highest of them is computed.

        Args:
            picture: (H, W, 3), sRGB 0..255.
            layers: names in `places`, at least one.
            threads: at most; no result depends on their number.

        Raises:
            MemoryError: there is no room for it.
        """
        return Pass(self, picture, layers, threads)

    def _take(self, key: Key) -> "_Handle":
        """Room for a pass: one that was given back, or a new one."""
        for entry in [*self._free]:
            if entry[0] == key:
                with suppress(ValueError):  # another thread has taken it
                    self._free.remove(entry)
                    return entry[1]
        return _Handle(self._native.vidream_pass_new(self._network.address, *key), self._native.vidream_pass_free)

    def _give_back(self, key: Key, room: "_Handle") -> None:
        self._free.append((key, room))
        del self._free[:-MOST_PASSES]


class Pass:
    """A picture on its way through a network: the activations that were asked for, and the way back from them."""

    activations: Mapping[str, Numbers]
    """(1, h, w, channels) of each layer; (1, classes) of the logits."""

    def __init__(self, lite: Lite, picture: Numbers, layers: Collection[str], threads: int) -> None:
        """Compute the activations. Arguments: see Lite.forward."""
        self._lite, self._threads = lite, threads
        rows, columns, _ = picture.shape
        self._places = {name: lite.places[name] for name in layers}
        self._key = rows, columns, max(place.level for place in self._places.values())
        self._room = lite._take(self._key)
        weakref.finalize(self, lite._give_back, self._key, self._room).atexit = False
        source = _contiguous(picture)
        values = self._rooms()
        self._call("vidream_forward", source.ctypes.data, self._taps(values))
        self.activations = {name: room[..., : self._places[name].channels] for name, room in values.items()}

    def backward(self, slopes: Mapping[str, Numbers]) -> Numbers:
        """The slope of the picture.

        Args:
            slopes: of layers among those that were asked for, shaped as their activations; of the highest, too.

        Returns:
            (H, W, 3).
        """
        values = self._rooms()
        for name, room in values.items():
            room[...] = 0
            if name in slopes:
                room[..., : self._places[name].channels] = slopes[name]
        gradient = np.empty((*self._key[:2], 3), np.float32)
        self._call("vidream_backward", self._taps(values), gradient.ctypes.data)
        return gradient

    def _rooms(self) -> dict[str, Numbers]:
        """Memory for a number of each layer's activations."""
        return {name: np.empty(place.shape(*self._key[:2]), np.float32) for name, place in self._places.items()}

    def _taps(self, values: Mapping[str, Numbers]) -> Any:
        """Addresses of what is asked for, by level, for the library."""
        addresses: list[int | None] = [None] * (1 + max(place.level for place in self._lite.places.values()))
        for name, room in values.items():
            addresses[self._places[name].level] = room.ctypes.data
        return (ctypes.c_void_p * len(addresses))(*addresses)

    def _call(self, function: str, *arguments: Any) -> None:
        if getattr(self._lite._native, function)(
            self._lite._network.address, self._room.address, *arguments, self._threads
        ):
            raise MemoryError("no room for the gradient")


class _Handle:
    """Something that the library has made, until nobody holds it."""

    def __init__(self, address: int | None, free: Callable[[int], None]) -> None:
        if not address:
            raise MemoryError("no room for the network")
        self.address = address
        weakref.finalize(self, free, address).atexit = False


def _places(
    stem: Convolution, blocks: Sequence[BlockNumbers], head: Convolution, logits: Convolution
) -> Iterator[tuple[str, Place]]:
    """The layers of a network, from the picture up."""
    stride = 2
    below = _place(0, stem.bias.size, SLICE, stride)
    yield "stem", below
    for index, block in enumerate(blocks):
        if block.expand is not None:
            yield f"block{index}_expand", _place(2 * index + 1, block.expand.bias.size, SLICE, stride)
        elif below.width % SLICE:
            raise ValueError(f"there is no kernel for {below.width} channels without an expansion")
        stride *= block.stride
        answer = _place(2 * index + 2, block.project.bias.size, PAD, stride)
        if block.adds_input:  # it lies as what is added to it
            answer = replace(answer, width=below.width)
        yield f"block{index}", answer
        below = answer
    yield "head", _place(2 * len(blocks) + 1, head.bias.size, SLICE, stride)
    yield "logits", _place(2 * len(blocks) + 2, logits.bias.size, SLICE, 0)


def _place(level: int, channels: int, multiple: int, stride: int) -> Place:
    return Place(level, channels, -(-channels // multiple) * multiple, stride)


def _spec(block: BlockNumbers) -> tuple[int, ...]:
    """What the library wants to know of a block: inputs, outputs, kernel, stride, expand, adds_input."""
    side, inside = block.depthwise.kernel.shape[0], block.depthwise.bias.size
    inputs = inside if block.expand is None else block.expand.kernel.shape[2]
    if side not in KERNELS or block.stride not in STRIDES:
        raise ValueError(f"there is no kernel of side {side} and stride {block.stride}")
    return inputs, block.project.bias.size, side, block.stride, inside // inputs, block.adds_input


def _contiguous(values: Numbers) -> Numbers:
    return np.ascontiguousarray(values, np.float32)


def _addresses(arrays: Sequence[Numbers]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))


@cache
def _functions() -> Any:
    """The library with its functions' types. Raises RuntimeError where there is none."""
    native = library()
    if native is None:
        raise RuntimeError("there is no native part")
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for name, result, arguments in (
        ("vidream_network_new", pointer, (number, number, number, number, pointer, pointer)),
        ("vidream_network_free", None, (pointer,)),
        ("vidream_pass_new", pointer, (pointer, number, number, number)),
        ("vidream_pass_free", None, (pointer,)),
        ("vidream_forward", number, (pointer, pointer, pointer, pointer, number)),
        ("vidream_backward", number, (pointer, pointer, pointer, pointer, number)),
    ):
        function = getattr(native, name)
        function.restype, function.argtypes = result, arguments
    return native
