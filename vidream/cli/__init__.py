"""The command line: flags in, one line of what went wrong out."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from vidream.cli import complete
from vidream.cli.answers import ANSWERS
from vidream.cli.arguments import (
    Cache,
    Cluster,
    Cores,
    Draft,
    DryRun,
    Jobs,
    Nodes,
    Plot,
    Preset,
    Version,
    farm_of,
    film_out,
)
from vidream.cli.composite import composite
from vidream.cli.demo import demo
from vidream.cli.film import draw_timeline, make_film, render_picture, side_file, where
from vidream.cli.help_order import KnobCommand
from vidream.cli.lead_on import led_on
from vidream.cli.measuring import bench, report
from vidream.cli.options import with_knobs
from vidream.cli.output import say
from vidream.cli.process import run
from vidream.cli.studio import studio
from vidream.cli.welcome import ABOUT, DEEPDREAM, begin_with, introduce, welcome
from vidream.errors import ConfigError

app = typer.Typer(
    name="vidream",
    help=f"{ABOUT}\n\n{DEEPDREAM}",
    epilog=begin_with(),
    pretty_exceptions_enable=False,  # a bug keeps its plain traceback
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def vidream_(context: typer.Context, version: Version = False) -> None:  # noqa: ARG001 (its callback ends the command)
    """What comes before a command, or stands in its place."""
    if context.invoked_subcommand is None:
        welcome()


@app.command(cls=KnobCommand)
@with_knobs("video")
def video(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A film.")],
    out: Annotated[Path | None, film_out("SOURCE-dream.mp4")] = None,
    preset: Preset = None,
    draft: Draft = False,
    dry_run: DryRun = False,
    plot: Plot = None,
    cluster: Cluster = None,
    cores: Cores = 2,
    nodes: Nodes = False,
    cache: Cache = None,
    *,
    knobs: dict[str, Any],
) -> None:
    """Dream a film, sound and all."""
    from vidream.jobs.video import video_job

    with led_on("video", str(source)):
        farm = farm_of(cluster, cores, nodes, cache)
        out = where(out, "video", source, preset, draft, knobs, dry_run=dry_run)
        drawing = side_file(plot, knobs, [source], out)
        if farm and not dry_run:
            from vidream.cli.farm import spread_film

            if drawing:
                draw_timeline(video_job(source, out, preset=preset, draft=draft, **knobs), drawing)
            say(spread_film(source, out, {"preset": preset, "draft": draft, **knobs}, farm))
            return
        job = partial(video_job, source, out, preset=preset, draft=draft, **knobs)
        make_film(job, out, dry_run=dry_run, plot=drawing)


@app.command(cls=KnobCommand)
@with_knobs("zoom")
def zoom(
    source: Annotated[str, typer.Argument(metavar="SEED", help="A picture, a film's frame (clip.mp4@12.5), or noise.")],
    out: Annotated[Path | None, film_out("SEED-zoom.mp4")] = None,
    preset: Preset = None,
    draft: Draft = False,
    dry_run: DryRun = False,
    plot: Plot = None,
    *,
    knobs: dict[str, Any],
) -> None:
    """Fall into a picture without end."""
    from vidream.jobs.zoom import seed_file, zoom_job

    with led_on("zoom", source):
        out = where(out, "zoom", source, preset, draft, knobs, dry_run=dry_run)
        drawing = side_file(plot, knobs, [seed_file(source)], out)
        job = partial(zoom_job, source, out, preset=preset, draft=draft, **knobs)
        make_film(job, out, dry_run=dry_run, plot=drawing)


@app.command(cls=KnobCommand)
@with_knobs("music")
def music(
    song: Annotated[Path, typer.Argument(metavar="SONG", help="A sound file, or a film's sound.")],
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SEED", help="A picture, a film's frame (clip.mp4@12.5) or noise, to zoom into; or a film."
        ),
    ] = None,
    out: Annotated[Path | None, film_out("SONG-music.mp4")] = None,
    preset: Preset = None,
    draft: Draft = False,
    dry_run: DryRun = False,
    plot: Plot = None,
    *,
    knobs: dict[str, Any],
) -> None:
    """Dream a picture or a film in time with a song."""
    from vidream.jobs.music import music_job
    from vidream.jobs.zoom import seed_file
    from vidream.plan.seed import NOISE

    with led_on("music", str(song), source, None if out is None else str(out)):
        if source is None and not dry_run:
            raise ConfigError("SEED is missing: a picture, noise, or a film; without it there is --dry-run")
        seed = source or NOISE
        out = where(out, "music", song, preset, draft, knobs, dry_run=dry_run, seed=seed)
        drawing = side_file(plot, knobs, [song, seed_file(seed)], out)
        job = partial(music_job, song, seed, out, preset=preset, draft=draft, **knobs)
        make_film(job, out, dry_run=dry_run, plot=drawing, costs=source is not None)


@app.command()
def batch(
    jobs: Annotated[Path, typer.Argument(metavar="JOBS", help="A job file (.toml): films, albums, matrices of looks.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the work: frames, time, disk; dream nothing.")
    ] = False,
    side_by_side: Jobs = None,
    cluster: Cluster = None,
    cores: Cores = 2,
    nodes: Nodes = False,
    cache: Cache = None,
) -> None:
    """Make many films from a job file, unattended; run again, it goes on where it was."""
    from vidream.cli.batch import make

    farm = farm_of(cluster, cores, nodes, cache)
    with led_on("batch", str(jobs)):
        well = make(jobs, dry_run=dry_run, side_by_side=side_by_side, farm=farm)
    if not well:
        raise typer.Exit(1)


@app.command(cls=KnobCommand)
@with_knobs("live")
def live(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="camera, camera:1, screen, screen:1280x720+1920+0 (a part of it), a clip, - (standard input), a named"
            " pipe, an address such as udp://127.0.0.1:5000; or a picture or noise, to zoom into. Untried: cameras"
            " other than a stand-in, screens of Windows and macOS, rtsp://.",
            show_default=False,
        ),
    ] = "camera",
    preset: Preset = None,
    *,
    knobs: dict[str, Any],
) -> None:
    """Dream while you look: a camera, the screen or a clip in, a window out; play it by keys, OSC, MIDI and ear."""
    from vidream.cli.live import play

    play(source, preset, knobs)


app.command()(studio)


@app.command(cls=KnobCommand)
@with_knobs("image")
def image(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A picture, or a film's frame, clip.mp4@12.5.")],
    out: Annotated[
        Path | None, typer.Argument(metavar="OUT", help="png, tif, exr, jpg or webp. [SOURCE-dream.png]")
    ] = None,
    preset: Preset = None,
    draft: Draft = False,
    *,
    knobs: dict[str, Any],
) -> None:
    """Dream one picture."""
    with led_on("image", source):
        render_picture(source, where(out, "image", source, preset, draft, knobs), preset, draft, knobs)


app.command(cls=KnobCommand)(with_knobs("composite")(composite))


@app.command(cls=KnobCommand)
@with_knobs("image")
def preview(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A picture, or a film's frame, clip.mp4@12.5.")],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="png, jpg or webp; a page with its commands goes beside it.")
    ],
    layers: Annotated[bool, typer.Option("--layers", help="Try each layer of the network.")] = False,
    channels: Annotated[
        str | None,
        typer.Option(
            "--channels",
            metavar="LAYER",
            help="Try the channels that the picture excites most.",
            autocompletion=complete.layers,
        ),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option("--like", metavar="PICTURE", help="Try the layers and channels that answer to this picture most."),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", metavar="N", min=1, max=200, help="How many channels. \\[24]", show_default=False)
    ] = 24,
    presets: Annotated[bool, typer.Option("--presets", help="Try the looks that come with vidream.")] = False,
    some: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="NAMES",
            help="Try some of them: coral,silk; or those that are made for a command: video, zoom, music or image.",
            autocompletion=complete.some_looks,
        ),
    ] = None,
    side_by_side: Jobs = None,
    *,
    knobs: dict[str, Any],
) -> None:
    """See one picture under many looks, to choose by eye."""
    from vidream.cli.preview import make

    asked = {"layers": layers, "channels": channels, "like": like, "top": top, "presets": some or presets}
    make(source, out, knobs, asked, side_by_side)


for answer in (*ANSWERS, demo, report, bench):
    app.command()(answer)
introduce(app)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0 done, 1 failed on the way, 2 not as asked, 130 Ctrl-C, 128 + n ended by signal n.
    """
    return run(app, arguments)
