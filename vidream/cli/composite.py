"""The command `vidream composite`."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from vidream.cli.arguments import DryRun
from vidream.cli.film import make_film


def composite(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The film that was dreamed over.")],
    dream: Annotated[Path, typer.Argument(metavar="DREAM", help="The folder that --passes dream wrote, film.dream.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="mp4, mov, mkv, webm, gif, or frames/%05d.png.")],
    dry_run: DryRun = False,
    *,
    knobs: dict[str, Any],
) -> None:
    """Lay a dream pass over its source again, with another strength, mask or colours; no network runs.

    Without flags its pixels are those of the film beside which the pass was written; codec, quality and streams have
    to be given again. --strength multiplies the dream in the pass.
    """
    from vidream.jobs.composite import composite_job

    make_film(partial(composite_job, source, dream, out, **knobs), out, dry_run=dry_run, plot=None)
