"""The process beside the server that listens: a look's film laid out in time, its curves, its song, its cuts."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from vidream.config.commands import knob_name
from vidream.curve_parts import drivers_of, markers_of
from vidream.curves import Curve
from vidream.errors import VidreamError
from vidream.jobs.laid_out import LaidOut, Look, Sampled, marked
from vidream.jobs.song_shelf import songs_kept_in
from vidream.media.picture_formats import PICTURES_READ
from vidream.notation import MIDI_ENDINGS, TABLE_ENDINGS, is_curve
from vidream.plan.film import FilmPlan
from vidream.plan.seed import NOISE
from vidream.studio.child import Inbox, Send
from vidream.studio.ears import Ears, is_heard, tasks_of

OUT = "timeline.mp4"
"""What the film is called, that is laid out here, and never made."""


def work(inbox: Inbox, send: Send) -> None:
    """Lay out what comes, and answer what its curves come to; listen and find cuts meanwhile, in a thread.

    What comes: {"lay": number, "look": ..., "folder": ...}, of which the newest counts, and {"sample": number, ...}.
    """
    with ExitStack() as stack:
        table: Table | None = None
        while True:
            message, _ = inbox.wait()
            if table is None:
                folder = Path(message["folder"])
                stack.enter_context(songs_kept_in(folder))
                table = Table(folder, send)
            if "lay" in message:
                table.lay(message)
            elif "sample" in message:
                send({"sampled": message["sample"], **table.sample(message)})
            else:
                table.rest()


class Table:
    """The look that lies here, and what it goes by."""

    def __init__(self, folder: Path, send: Send) -> None:
        """folder: where what is heard is kept."""
        self._out, self._send = folder / OUT, send
        self._ears = Ears(folder, self._tell_of_sound, send)
        self._laid: LaidOut | None = None
        self._look, self._key, self._number = Look("image", ""), "", 0

    def rest(self) -> None:
        """Nothing is wanted."""
        self._laid, self._key = None, ""
        self._ears.want([])

    def lay(self, message: Mapping[str, Any]) -> None:
        """Lay out a look, and say where its film's frames are."""
        look, key = _look(message["look"]), _skeleton(message["look"])
        self._number = message["lay"]
        try:
            if self._laid is not None and key == self._key:
                self._laid = self._laid.with_look(look)
            else:
                self._laid = LaidOut(look.plan(self._out), self._out)
        except VidreamError as error:
            self.rest()
            self._send({"laid": self._number, "problem": str(error)})
            return
        self._look, self._key = look, key
        self._send({"laid": self._number, **self._described(self._laid)})
        self._ears.want(tasks_of(self._laid))

    def _tell_of_sound(self) -> None:
        """Say anew where beats are: a sound has been listened to."""
        laid = self._laid
        if laid is not None:
            self._send({"laid": self._number, **self._described(laid)})

    def _described(self, laid: LaidOut) -> dict[str, Any]:
        plan, score = laid.plan, laid.score
        table: dict[str, Any] = {
            "key": hashlib.sha256(self._key.encode()).hexdigest()[:16],
            "fps": float(plan.fps),
            "frames": laid.count,
            "seconds": float(laid.count / plan.fps),
            "start": float(laid.start),
            "sound": None if laid.sound is None else laid.sound.name,
            "source_sound": str(laid.sound),
            "source_film": str(plan.source) if isinstance(plan, FilmPlan) else "",
            **_source_places(laid, self._look),
            "musical": score is not None,
            "pulsed": [name for name in plan.config.moving if name not in self._own(self._look)],
            "markers": self._markers(laid),
        }
        if score is None or not is_heard(score.song):
            return table
        first, places = laid.beat_places
        heard = {"first": first, "places": places, **laid.marks, "metre": score.analysis.metre}
        return {**table, "music": {**heard, "tempo": score.analysis.tempo}}

    def _own(self, look: Look) -> dict[str, Curve]:
        return look.config(pulsed=False).moving

    def _markers(self, laid: LaidOut) -> dict[str, float]:
        """The seconds at which the markers are that curves have keys at."""
        names = {marker.name for curve in self._own(self._look).values() for marker in markers_of(curve)}
        return {name: laid.marker_second(name) for name in sorted(names)}

    def sample(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """What a lane's curve comes to: as the look has it, and where the film does otherwise, as that does."""
        laid = self._laid
        if laid is None:
            return {"problem": "nothing is laid out yet"}
        lane = message["lane"]
        try:
            own = self._own(self._look).get(lane)
            film = laid.plan.config.moving.get(lane)
            waits = [curve for curve in (own, film) if curve is not None and not self._known(curve, laid)]
            arguments = message["first"], message["last"], message["pieces"], message["whole"]
            drawn = shown = None
            if own is not None and own not in waits:
                drawn = laid.sampled(marked(own, laid), *arguments)
            if film is not None and film not in waits and film != own:
                shown = laid.sampled(film, *arguments)
        except VidreamError as error:
            return {"problem": str(error)}
        films = None if shown == drawn else _rounded(shown)
        return {"own": _rounded(drawn), "film": films, "listening": bool(waits)}

    def _known(self, curve: Curve, laid: LaidOut) -> bool:
        """Whether all that a curve goes by has been listened to."""
        score = laid.plan.score
        if curve.musical and score is not None and laid.score is not None and not is_heard(laid.score.song):
            return False
        files = (Path(driver.file) for driver in drivers_of(curve))
        return all(is_heard(file) for file in files if file.suffix.lower() not in (*MIDI_ENDINGS, *TABLE_ENDINGS))


def _rounded(sampled: Sampled | None) -> dict[str, Any] | None:
    """For the page: as exact as anybody can draw."""
    if sampled is None:
        return None
    lows, highs = ([float(f"{value:.5g}") for value in values] for values in (sampled.lows, sampled.highs))
    return {"frames": [*sampled.frames], "lows": lows, "highs": highs}


def _source_places(laid: LaidOut, look: Look) -> dict[str, Any]:
    """How a film lies over the moments of its source.

    first_shown: the second of the source at which the film begins; repeats: after how many seconds the source begins
    again, 0: it does not; moments: whether a moment of the film can be looked at, which a seed that is a film's frame
    leaves no room for.
    """
    plan = laid.plan
    if not isinstance(plan, FilmPlan):
        begins = laid.start if look.command == "music" else 0
        return {"first_shown": float(begins), "repeats": 0.0, "moments": "@" not in look.source}
    repeats = 0.0 if plan.length is None or not plan.source.count else float(plan.source.count / plan.source.fps)
    return {"first_shown": float(plan.timeline.start), "repeats": repeats, "moments": True}


def _look(wire: Mapping[str, Any]) -> Look:
    knobs = {knob_name(name): value for name, value in wire["knobs"].items()}
    source = wire["source"]
    if wire["command"] == "zoom" and source != NOISE and Path(source).suffix.lower() not in PICTURES_READ:
        source = f"{source}@{wire['second']}"
    return Look(wire["command"], source, wire.get("song"), wire.get("preset") or None, knobs)


def _skeleton(wire: Mapping[str, Any]) -> str:
    """All of a look but what its curves are: what lies in time as another does has the same."""

    def still(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [still(part) for part in value]
        if isinstance(value, Mapping):
            return "~" if is_curve(value) else {key: still(part) for key, part in value.items()}
        return value

    parts = {name: still(value) for name, value in wire.items() if name not in ("second", "out")}
    return json.dumps(parts, sort_keys=True, default=str)
