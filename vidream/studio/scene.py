"""The look as a timeline needs it: what its knobs hold, and whether its film can be laid out in time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vidream.errors import VidreamError
from vidream.studio import settings
from vidream.studio.look import Look
from vidream.studio.named_files import Table

APART = ("second", "out")
"""What of a look lays out no film anew: the moment that is looked at, and what the film is called."""


@dataclass(frozen=True)
class Scene:
    """A look, in time."""

    command: str
    """A name in COMMANDS."""
    base: str | None = None
    """The command that a music visual is like."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Every knob, as TOML holds it."""
    wire: Mapping[str, Any] | None = None
    """What a child is told of it; None: it is not whole yet."""
    missing: str = ""
    """What it lacks to be whole, in words; or what is wrong with it."""

    @property
    def lasting(self) -> Mapping[str, Any] | None:
        """What of `wire` lays out another film where it is another."""
        return self.wire and {key: value for key, value in self.wire.items() if key not in APART}


def scene_of(look: Look, table: Table) -> Scene:
    """The scene of a look. table: the files of FOLDER."""
    document = look.document
    base = settings.base_of(document, table)
    try:
        values = settings.values_of(settings.run_config(document, table), table)
        if document.source is None and not document.noise:
            return Scene(
                document.command, base, values, missing="Choose a film or a picture; its time is laid out here."
            )
        if document.command == "music" and document.song is None:
            return Scene(document.command, base, values, missing="Choose a song; its beats are laid out here.")
        return Scene(document.command, base, values, look.wire())
    except VidreamError as error:
        return Scene(document.command, base, missing=str(error))
