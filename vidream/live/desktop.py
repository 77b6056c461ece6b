"""What OpenCV's windows cannot be asked for: whether there is a display, which there are, and that no cursor is seen.

OpenCV's wheels for Linux bring Qt 5. Qt is in this process then, and is asked by its own C++ functions, whose names and
records are the same in all of Qt 5. Where they are not found, nothing is known, and the cursor stays.
"""

import ctypes
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2

from vidream.errors import ConfigError

NO_CURSOR = 10  # Qt::BlankCursor
INSTEAD = "give --no-window with --to, or start it from a desktop"
SYMBOLS = {
    "cursor": "_ZN14QtOpenCVPython7QCursorC1ENS_2Qt11CursorShapeE",
    "hide": "_ZN14QtOpenCVPython15QGuiApplication17setOverrideCursorERKNS_7QCursorE",
    "show": "_ZN14QtOpenCVPython15QGuiApplication21restoreOverrideCursorEv",
    "screens": "_ZN14QtOpenCVPython15QGuiApplication7screensEv",
    "geometry": "_ZNK14QtOpenCVPython7QScreen8geometryEv",
}
"""Functions of the Qt in the wheels, which lies in a namespace of its own."""


class Place(NamedTuple):
    """A display, in px of the whole desktop."""

    left: int
    """Of its first column."""
    top: int
    """Of its first row."""
    width: int
    """Of it."""
    height: int
    """Of it."""


class _Rectangle(ctypes.Structure):
    """QRect: its first and last column and row."""

    _fields_ = tuple((name, ctypes.c_int) for name in ("left", "top", "right", "bottom"))


class _List(ctypes.Structure):
    """What a QList points at; its pointers follow."""

    _fields_ = tuple((name, ctypes.c_int) for name in ("owners", "room", "begin", "end"))


def check_desktop() -> None:
    """Raise ConfigError unless a window can be shown: where there is no display, Qt would end the process."""
    if not cv2.currentUIFramework():
        raise ConfigError(
            "this OpenCV has no windows: pip install opencv-python instead of -headless, or give --no-window"
        )
    if sys.platform != "linux":
        return
    display = os.environ.get("DISPLAY")
    if not display:
        raise ConfigError(f"no display: DISPLAY is not set; {INSTEAD}")
    if not _answers():
        raise ConfigError(f"no display: {display} does not answer; {INSTEAD}")


def displays() -> tuple[Place, ...]:
    """Every display, the first one first; () where that is not known. To be called once there is a window."""
    qt = _qt()
    if qt is None:
        return ()
    found = ctypes.c_void_p()
    qt["screens"](ctypes.byref(found))
    if not found.value:
        return ()
    head = _List.from_address(found.value)
    pointers = found.value + ctypes.sizeof(_List) + head.begin * ctypes.sizeof(ctypes.c_void_p)
    screens = (ctypes.c_void_p * (head.end - head.begin)).from_address(pointers)
    places = [qt["geometry"](screen) for screen in screens]
    return tuple(Place(at.left, at.top, at.right - at.left + 1, at.bottom - at.top + 1) for at in places)


class Cursor:
    """The cursor over our windows. It is seen at first."""

    def __init__(self) -> None:
        self.hidden = False
        """Whether it is not seen, as far as that could be done."""

    def hide(self, hidden: bool) -> None:
        """Show it no more over our windows, or again."""
        if hidden == self.hidden:
            return
        self.hidden = hidden
        qt = _qt()
        if qt is None:
            return
        if hidden:
            blank = ctypes.c_void_p()
            qt["cursor"](ctypes.byref(blank), NO_CURSOR)
            qt["hide"](ctypes.byref(blank))
        else:
            qt["show"]()


def _answers() -> bool:
    """Whether the X server that DISPLAY names lets us in; True where there is no libxcb to ask by."""
    with suppress(OSError, AttributeError):
        xcb = ctypes.CDLL("libxcb.so.1")
        xcb.xcb_connect.restype = ctypes.c_void_p
        xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
        xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
        connection = xcb.xcb_connect(None, None)
        fault = xcb.xcb_connection_has_error(connection)
        xcb.xcb_disconnect(connection)
        return not fault
    return True


@cache
def _qt() -> dict[str, Callable[..., Any]] | None:
    """Functions of the Qt 5 of OpenCV's wheels; None where it is not in this process."""
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    maps = Path("/proc/self/maps").read_text("utf-8", "replace")
    for path in dict.fromkeys(re.findall(r"^\S+ r-xp .*? (/.*libQt5Gui.*)$", maps, re.MULTILINE)):
        with suppress(OSError, AttributeError):
            return _functions(ctypes.CDLL(path))
    return None


def _functions(library: ctypes.CDLL) -> dict[str, Callable[..., Any]]:
    """Those of SYMBOLS, by name; AttributeError where one is not there."""
    functions = {name: library[symbol] for name, symbol in SYMBOLS.items()}
    for name in ("cursor", "hide", "show", "screens"):
        functions[name].restype = None
    functions["cursor"].argtypes = [ctypes.c_void_p, ctypes.c_int]
    functions["geometry"].argtypes, functions["geometry"].restype = [ctypes.c_void_p], _Rectangle
    return dict(functions)
