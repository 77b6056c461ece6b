"""The rooms of a studio, put together."""

import logging
from collections.abc import Sequence
from functools import partial

from vidream.studio.busy import Busy
from vidream.studio.files import Files
from vidream.studio.folder import Folder
from vidream.studio.gallery import Gallery
from vidream.studio.gallery_subject import Shown
from vidream.studio.hub import Hub
from vidream.studio.live import Live
from vidream.studio.look import Look
from vidream.studio.look_files import saved_looks
from vidream.studio.look_words import Parse
from vidream.studio.preview import PreviewRoom
from vidream.studio.queue import queue_of
from vidream.studio.room import Room
from vidream.studio.scene import scene_of
from vidream.studio.state import State
from vidream.studio.timeline import TimelineRoom

_LOG = logging.getLogger("vidream")


class House:
    """Everything that a studio is made of. Rooms come in the order in which a page is told of them."""

    def __init__(self, folder: Folder, parse: Parse) -> None:
        """Put the rooms together.

        Args:
            folder: whose sources are dreamed, and into which films go.
            parse: reads the words of a command line.

        Raises:
            MediaError: nothing can be kept in the folder.
        """
        self.folder, self.hub, self.state = folder, Hub(), State(folder.root)
        self.busy = Busy()
        self.files = Files(folder, self.hub, self.state)
        self.look = Look(self.hub, self.state, folder, parse)
        self.gallery = Gallery(folder.root, self.hub, self.state, self.busy, Shown(self.look, folder))
        songs = self.state.folder_of("songs")
        self.timeline = TimelineRoom(self.hub, songs, partial(scene_of, self.look, folder))
        self.files.listen(self.look.look_again)
        self.look.listen(lambda _: self.timeline.look_changed())
        self.queue = queue_of(folder, self.hub, self.state, self.look.wire)
        self.preview = PreviewRoom(self.hub, self.look, self.busy, self.state.folder_of("songs"))
        self.live = Live(self.hub, self.busy, self.state, folder, self.look, saved_looks)
        self.rooms: Sequence[Room] = (
            self.files,
            self.look,
            self.preview,
            self.gallery,
            self.timeline,
            self.queue,
            self.live,
        )

    async def start(self) -> None:
        """Begin, every room."""
        for room in self.rooms:
            await room.start()

    async def stop(self) -> None:
        """End, every room, in turned order; what is remembered is written."""
        for room in reversed(self.rooms):
            try:
                await room.stop()
            except Exception:  # noqa: BLE001 (the others end in order all the same)
                _LOG.exception("%s: did not end in order", room.name)
        self.state.flush()

    def partings(self) -> list[str]:
        """What goes on without the studio, in lines."""
        return [line for room in self.rooms if (line := room.parting())]
