"""A window, on any display, over all of it if wanted; in the main thread, as the windows of most systems must be."""

import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import cv2
import numpy as np

from vidream.errors import ConfigError, RenderError, first_line
from vidream.frames import Pixels, Size, size_of
from vidream.live.desktop import Cursor, Place, check_desktop, displays
from vidream.live.keys import WINDOW_KEYS, key_name
from vidream.live.output import Shown

NAME = "vidream"
SHARE = 0.9  # of a display's sides, that a window has at most when it begins
REMARK = 2.0  # seconds that a remark is seen
SETTLE = 0.1  # seconds that a window manager has to do what was asked
FONT, ROW = cv2.FONT_HERSHEY_SIMPLEX, 18  # px of a line of text at its usual size
LEGIBLE, LARGE = 0.3, 1.0  # of the font's size
COLUMN, MARGIN = 160, 1.04  # px where the second column begins; room for what smaller letters are wider
GREY, DIMMED = (230, 230, 230), 4  # of text; by what is behind it divided


class Window:
    """Shows frames, as large as it is, with black round them; takes the keys that are pressed in it."""

    def __init__(self, size: Size, *, full_screen: bool = False, display: int | None = None) -> None:
        """Open it.

        Args:
            size: of the frames, px.
            full_screen: whether it begins over all of its display.
            display: on which it begins, from 1; None: where the system puts it.

        Raises:
            ConfigError: it cannot be: no display, no such display, not the main thread.
        """
        if threading.current_thread() is not threading.main_thread():
            raise ConfigError("a window needs the main thread; call from there, or give window=False")
        check_desktop()
        self.lines: Callable[[], Sequence[str]] = tuple
        """Asked for the lines of the overlay, while that is seen."""
        self.dark: Callable[[], bool] = bool
        """Asked whether it shall be black: then no remark is seen."""
        self._full, self._overlay, self._closed = False, False, False
        self._keys: list[str] = []
        self._remark, self._until = "", 0.0  # by time.monotonic
        self._cursor = Cursor()
        try:
            self._open(size, display)
        except cv2.error as error:
            raise ConfigError(f"no window can be opened: {first_line(error)}; give --no-window with --to") from None
        if full_screen:
            self._set_full_screen(True)
        self.show(Shown(np.zeros((size.height, size.width, 3), np.uint8), 0, 0.0))

    @property
    def trouble(self) -> str:
        return ""

    @property
    def closed(self) -> bool:
        """Whether somebody has closed it, or pressed a key that ends the show."""
        if not self._closed:
            self._closed = not _visible()
        return self._closed

    def __str__(self) -> str:
        return "window"

    def show(self, shown: Shown) -> None:
        if self.closed:
            return
        try:
            cv2.imshow(NAME, self._picture(shown.pixels))
        except cv2.error as error:
            raise RenderError(f"window: {first_line(error)}") from None
        self._look()

    def poll(self) -> list[str]:
        """The keys that were pressed since it was last asked, by the names of vidream.live.keys, but for its own."""
        self._look()
        pressed, self._keys = self._keys, []
        return pressed

    def say(self, remark: str) -> None:
        """Show a line for a moment, such as what a key has done, where no audience sees it.

        It is seen with the overlay, or else while the window is not over all of the screen, and nothing is black.
        """
        self._remark, self._until = remark, time.monotonic() + REMARK

    def close(self) -> None:
        self._cursor.hide(False)
        with suppress(cv2.error):
            if _visible():
                cv2.destroyWindow(NAME)
                cv2.waitKeyEx(1)

    def _open(self, size: Size, display: int | None) -> None:
        cv2.namedWindow(NAME, cv2.WINDOW_NORMAL | cv2.WINDOW_GUI_NORMAL | cv2.WINDOW_FREERATIO)
        places = displays()
        if display is not None and display > max(1, len(places)):
            self.close()
            raise ConfigError(f"--display {display}: {_count(places)}")
        room = places[(display or 1) - 1] if places else None
        if room is not None:
            scale = min(1.0, SHARE * room.width / size.width, SHARE * room.height / size.height)
            size = Size(round(size.width * scale), round(size.height * scale))
        cv2.resizeWindow(NAME, size.width, size.height)
        if display is not None and room is not None:
            self._move(room)

    def _look(self) -> None:
        """Let the window be drawn, and take its keys."""
        if self._closed:
            return
        key = key_name(cv2.waitKeyEx(1))
        if key in WINDOW_KEYS:
            self._do(WINDOW_KEYS[key].order)
        elif key:
            self._keys.append(key)

    def _do(self, order: str) -> None:
        if order == "full screen":
            self._set_full_screen(not self._full)
        elif order == "display":
            self._next_display()
        elif order == "overlay":
            self._overlay = not self._overlay
        elif order == "quit":
            self._closed = True

    def _set_full_screen(self, full: bool) -> None:
        self._full = full
        wanted = cv2.WINDOW_FULLSCREEN if full else cv2.WINDOW_NORMAL
        cv2.setWindowProperty(NAME, cv2.WND_PROP_FULLSCREEN, wanted)
        self._cursor.hide(full)

    def _next_display(self) -> None:
        places = displays()
        if len(places) < 2:
            self.say(_count(places))
            return
        left, top, width, height = cv2.getWindowImageRect(NAME)
        centre = left + width / 2, top + height / 2
        here = next((number for number, place in enumerate(places) if _holds(place, *centre)), -1)
        self._move(places[(here + 1) % len(places)])

    def _move(self, place: Place) -> None:
        """Go to a display; a window over all of one is over all of the other."""
        full = self._full
        if full:
            self._set_full_screen(False)
            self._settle()
        _, _, width, height = cv2.getWindowImageRect(NAME)
        left, top = (place.width - width) // 2, (place.height - height) // 2
        cv2.moveWindow(NAME, place.left + max(0, left), place.top + max(0, top))
        self._settle()
        if full:
            self._set_full_screen(True)

    def _settle(self) -> None:
        """Let the window manager do what was asked, since what is asked next depends on it."""
        until = time.monotonic() + SETTLE
        while time.monotonic() < until:
            self._look()

    def _picture(self, pixels: Pixels) -> Pixels:
        """A frame as the window shows it: (H, W, 3), BGR, of the window's own size."""
        _, _, width, height = cv2.getWindowImageRect(NAME)
        picture = fitted(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), Size(max(1, width), max(1, height)))
        lines = tuple(self.lines()) if self._overlay else ()
        private = self._overlay or not (self._full or self.dark())
        if self._remark and private and time.monotonic() < self._until:
            lines = (self._remark, *lines)
        if lines:
            write_lines(picture, lines)
        return picture


def fitted(pixels: Pixels, size: Size) -> Pixels:
    """Pixels as large as `size` allows, in the middle of it, black round them. A copy."""
    own = size_of(pixels)
    scale = min(size.width / own.width, size.height / own.height)
    width, height = max(1, round(own.width * scale)), max(1, round(own.height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas = np.zeros((size.height, size.width, 3), np.uint8)
    left, top = (size.width - width) // 2, (size.height - height) // 2
    canvas[top : top + height, left : left + width] = cv2.resize(pixels, (width, height), interpolation=way)
    return canvas


def write_lines(picture: Pixels, lines: Sequence[str]) -> None:
    """Write lines of text into the upper left of a picture, as small as it takes for all of them to be seen.

    Args:
        picture: (H, W, 3); it is changed.
        lines: what follows two spaces or more in one stands in a second column.
    """
    height, width = picture.shape[:2]
    cells = [re.split(" {2,}", line, maxsplit=1) for line in lines]
    longest = MARGIN * max(_width(cell) + COLUMN * place for row in cells for place, cell in enumerate(row)) + 2 * ROW
    scale = min(LARGE, height / (2 * ROW * (len(lines) + 1)), width / longest)
    scale = max(LEGIBLE, scale)
    row_height = 2 * ROW * scale
    bottom, right = round(row_height * (len(lines) + 0.5)), round(longest * scale)
    picture[:bottom, :right] //= DIMMED
    for number, row in enumerate(cells, 1):
        for place, cell in enumerate(row):
            corner = round((ROW + COLUMN * place) * scale), round(row_height * number)
            cv2.putText(picture, cell, corner, FONT, scale, GREY, 1, cv2.LINE_AA)


def _width(text: str) -> int:
    """Px of a line at the font's own size."""
    return int(cv2.getTextSize(text, FONT, 1.0, 1)[0][0])


def _visible() -> bool:
    try:
        return bool(cv2.getWindowProperty(NAME, cv2.WND_PROP_VISIBLE) >= 1)
    except cv2.error:  # it was the only one, and is gone
        return False


def _holds(place: Place, left: float, top: float) -> bool:
    return place.left <= left < place.left + place.width and place.top <= top < place.top + place.height


def _count(places: Sequence[Place]) -> str:
    """What to do about a display that is not there."""
    if not places:
        return "which displays there are is not known here; move the window there, and press f"
    return f"there {'is one display' if len(places) == 1 else f'are {len(places)} displays'}"
