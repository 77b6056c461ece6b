"""The command `vidream composite`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from vidream.cli.film import render_film


def composite(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The film that was dreamed over.")],
    dream: Annotated[Path, typer.Argument(metavar="DREAM", help="The folder that --passes dream wrote, film.dream.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="mp4, mov, mkv, webm, gif, or frames/%05d.png.")],
    *,
    knobs: dict[str, Any],
) -> None:
    """Lay a dream pass over its source again, with another strength, mask or colours; no network runs.

    Without flags its pixels are those of the film beside which the pass was written; codec, quality and streams have
    to be given again. --strength multiplies the dream in the pass.
    """
    from vidream.jobs.composite import render_composite

    render_film(out, lambda listen: render_composite(source, dream, out, on_event=listen, **knobs))
