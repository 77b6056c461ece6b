"""Undo and redo: what a document was before, and what was taken back; a drag is one step."""

from collections.abc import Sequence
from typing import Any

from vidream.studio.document import Document, read_document

MOST = 200
"""Steps that can be taken back."""
TOGETHER = 0.8
"""Seconds within which changes of the same thing are one step."""


class History:
    """A document, with what it was and what it was going to be."""

    def __init__(self, now: Document, past: Sequence[Document] = (), future: Sequence[Document] = ()) -> None:
        self.now = now
        """The document."""
        self._past, self._future = [*past[-MOST:]], [*future[-MOST:]]
        self._key, self._when = "", 0.0

    def change(self, document: Document, key: str, when: float, *, gesture: bool = False) -> bool:
        """Go over to another document; whether it is another.

        Args:
            document: the new one.
            key: what is changed; changes with the same key, soon after each other, are one step; "" is always one.
            when: seconds of a clock that only rises.
            gesture: whether changes with this key are one step however long they last, as those of one drag.
        """
        if document == self.now:
            return False
        soon = gesture or when - self._when < TOGETHER
        if not (key and key == self._key and soon and self._past):
            self._past = [*self._past, self.now][-MOST:]
        self.now, self._future, self._key, self._when = document, [], key, when
        return True

    def show(self, document: Document) -> bool:
        """Go over to a document that differs only in what is looked at: no step; whether it is another."""
        changed, self.now = document != self.now, document
        return changed

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back."""
        return bool(self._future)

    def undo(self) -> Document | None:
        """Take a step back; the document that is now; None: there was nothing."""
        return self._step(self._past, self._future)

    def redo(self) -> Document | None:
        """Take back an undo; the document that is now; None: there was nothing."""
        return self._step(self._future, self._past)

    def _step(self, taken: list[Document], given: list[Document]) -> Document | None:
        if not taken:
            return None
        given.append(self.now)
        self.now, self._key = taken.pop(), ""
        return self.now

    def stored(self) -> dict[str, Any]:
        """It as JSON."""
        past, future = ([each.stored() for each in steps] for steps in (self._past, self._future))
        return {"now": self.now.stored(), "past": past, "future": future}


def read_history(stored: object) -> History:
    """A history that was stored; a new one where it is none."""
    try:
        assert isinstance(stored, dict)
        past, future = ([read_document(each) for each in stored[name]] for name in ("past", "future"))
        return History(read_document(stored["now"]), past, future)
    except (AssertionError, KeyError, TypeError, ValueError):
        return History(Document())
