"""The file whose tags, chapters, time code and further streams a plan's film keeps; and what it keeps, in words."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from vidream.jobs.encoding import encoding_of
from vidream.jobs.keep import SourceFile, keep
from vidream.jobs.song_score import SongScore
from vidream.media.containers import container_of
from vidream.media.extras import may_hold
from vidream.plan.film import FilmPlan
from vidream.plan.source import video_of
from vidream.plan.step import Plan


def source_file_of(plan: Plan) -> SourceFile | None:
    """The file whose tags and more a plan's film keeps: its source, or its song; None: there is none."""
    score = plan.clock.score
    if plan.config.origin.command == "music" and isinstance(score, SongScore):
        assert plan.count is not None
        return SourceFile(score.song, score.start, None if plan.config.film.end is None else plan.count / plan.fps)
    if not isinstance(plan, FilmPlan):
        return None
    video, timeline = video_of(plan.source), plan.timeline
    if video is None or video.pictures:
        return None
    return SourceFile(
        path=video.path,
        start=timeline.start + video.begins,
        duration=None if timeline.end is None else timeline.end - timeline.start,
        picture=video.track,
        frame=timeline.first_index,
        fps=plan.source.fps,
    )


def described(plan: Plan, out: Path) -> Iterator[str]:
    """Lines for --dry-run: what OUT keeps of its source, and its time code.

    Raises:
        ConfigError: no frame of OUT can have the --timecode.
    """
    source, encoding = source_file_of(plan), encoding_of(plan)
    container, video = container_of(out), video_of(plan.source) if isinstance(plan, FilmPlan) else None
    if video is not None and not plan.config.film.sound:
        encoding = replace(encoding, sound=video.sound)
    encoding = keep(encoding, plan.config.film, out, source)
    parts = [name.replace("_", " ") for name in encoding.metadata if name != "timecode"]
    if encoding.chapters:
        parts.append(f"{len(encoding.chapters)} chapters")
    if container is not None and encoding.extras is not None:
        parts += [str(stream) for stream in encoding.extras.streams if may_hold(container.streams, stream)]
    if source is not None and parts:
        yield f"kept of {source.path.name}, if OUT can hold it: {', '.join(parts)}"
    if "timecode" in encoding.metadata:
        yield f"time code of the first frame: {encoding.metadata['timecode']}"
