"""What a person sees of a cluster: that it lives, what each node is at, and a time left that is honest or not there."""

import io
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from made_up_farm import MadeUpNode, beginning, played, units_of_film
from test_output import EVIL, harmless

from vidream.cli import farm, farm_screen, main
from vidream.cli.arguments import farm_of
from vidream.cli.farm_pace import FarmPace
from vidream.cli.farm_screen import Lines, nodes_table, parts_table, showing
from vidream.cli.farm_view import FarmView, rounded
from vidream.cli.output import Console
from vidream.cluster.progress import ClusterProgress, NodeState, PartEvent, RunningUnit
from vidream.errors import ConfigError, RenderError
from vidream.events import Event, StageEvent, StageName
from vidream.frames import Size
from vidream.jobs.item import BatchEvent, BatchResult, ItemEndEvent
from vidream.jobs.job import Rendered

SLACK = 3.0  # seconds that an estimate may be off in any case, beside those of the slowest frame


# Time left


def estimates(events: Iterable[tuple[float, Event]]) -> list[tuple[float, float | None]]:
    """(time, seconds left as they are shown) of a run."""
    pace, shown = FarmPace(), []
    for at, event in events:
        if isinstance(event, PartEvent):
            pace.see_part(event, at)
        elif isinstance(event, ClusterProgress):
            pace.see(event, at)
            shown.append((at, pace.left))
    return shown


RUNS: dict[str, tuple[Callable[[], Sequence[MadeUpNode]], Sequence[int], dict[str, Any]]] = {
    "two nodes": (lambda: [MadeUpNode("a"), MadeUpNode("b")], [48] * 8, {}),
    "that wake long": (lambda: [MadeUpNode("a", waking=40), MadeUpNode("b", waking=60)], [50] * 6, {}),
    "one slow": (lambda: [MadeUpNode("a", pace=1), MadeUpNode("b", pace=4)], [48] * 12, {}),
    "a long part first": (lambda: [MadeUpNode(name) for name in "abc"], [400, *[48] * 6], {}),
    "a single part": (lambda: [MadeUpNode("a"), MadeUpNode("b")], [600], {}),
    "slow frames": (lambda: [MadeUpNode("a", pace=0.2), MadeUpNode("b", pace=0.2)], [48] * 5, {}),
    "fast frames": (lambda: [MadeUpNode("a", pace=60), MadeUpNode("b", pace=60)], [48] * 40, {}),
    "pictures": (lambda: [MadeUpNode("a"), MadeUpNode("b")], [1] * 60, {}),
    "several at a time": (lambda: [MadeUpNode("a", room=4), MadeUpNode("b", room=2)], [48] * 30, {}),
    "a hundred": (lambda: [MadeUpNode(str(n), waking=5 + n / 3) for n in range(100)], [60] * 450, {}),
    "an earlier run": (lambda: [MadeUpNode("a"), MadeUpNode("b")], [48] * 8, {"earlier": 5000}),
    "shots found slowly": (lambda: [MadeUpNode(name) for name in "abc"], [48] * 12, {"found": 4.0}),
}


@pytest.mark.parametrize("name", RUNS)
def test_the_time_left_is_right_within_a_factor_of_two_as_soon_as_it_is_shown(name):
    nodes, lengths, options = RUNS[name]
    total = sum(lengths) + options.get("earlier", 0)
    shown = estimates(played(nodes(), units_of_film(lengths), total=total, **options))
    end, slack = shown[-1][0], SLACK + 1 / min(node.pace for node in nodes())
    said = [(at, left) for at, left in shown if left is not None]
    assert said, "never shown"
    assert said[0][0] < 0.75 * end
    for at, left in said:
        assert (left + slack) < 2 * (end - at + slack), (at, left, end)
        assert (end - at + slack) < 2 * (left + slack), (at, left, end)


def test_nothing_is_said_of_the_time_left_while_nodes_wake():
    nodes = [MadeUpNode("a", waking=40), MadeUpNode("b", waking=40)]
    shown = dict(estimates(played(nodes, units_of_film([50] * 4), total=200)))
    assert all(left is None for at, left in shown.items() if at < 45)


def test_nothing_is_said_before_enough_frames_are_made():
    pace, said = FarmPace(), []
    for at, event in played([MadeUpNode("a", pace=1)], units_of_film([100] * 4), total=400):
        if isinstance(event, ClusterProgress):
            pace.see(event, at)
            said += [event.frames] if pace.left is not None and pace.rate is not None else []
    assert said[0] >= 24


@pytest.mark.parametrize(("stage", "most"), [("listening", 240), ("waking the network", 60)])
def test_nothing_is_said_while_a_part_may_take_longer_than_all_frames(stage, most):
    """A song is listened to: the other parts are nearly done."""
    (unit, other), pace = units_of_film([2000, 10]), FarmPace()
    states = tuple(NodeState(name, "working", 1, 0, 0) for name in "ab")
    said = set()
    for at in range(1990):
        pace.see(ClusterProgress((RunningUnit(unit, "a", at), RunningUnit(other, "b", 0, stage)), at, 2010, states), at)
        if at > 100:
            assert (pace.left is not None) == (1999 - at >= most) or abs(1999 - at - most) < 5, at
            said.add(pace.left is not None)
    assert said == {True, False}


def test_a_node_that_dies_or_comes_changes_the_time_left():
    for node, since in ((MadeUpNode("b", dies=40), 60), (MadeUpNode("b", comes=60), 80)):
        nodes = [MadeUpNode("a"), node]
        shown = estimates(played(nodes, units_of_film([48] * 8), total=384))
        end = shown[-1][0]
        for at, left in shown:
            if left is not None and at > since:
                assert (left + SLACK) < 2 * (end - at + SLACK)
                assert (end - at + SLACK) < 2 * (left + SLACK)


def test_while_the_number_of_frames_grows_no_time_left_is_said():
    nodes = [MadeUpNode("a"), MadeUpNode("b")]
    view = FarmView("", 0.0)
    said = []
    for at, event in played(nodes, units_of_film([48] * 12), found=6.0):
        view.see(event, at)
        said.append((at, view.summary(named=False)))
    assert all("so far" in line for at, line in said if 6 < at < 66)
    assert not any("left" in line for at, line in said if at < 66)
    assert any("left" in line for at, line in said if at > 100)
    assert not any("so far" in line for at, line in said if at > 100)


def test_films_that_do_not_say_how_long_they_are_are_said_to_be_unknown():
    view = FarmView("", 0.0)
    items = tuple(SimpleNamespace(frames=frames) for frames in (384, None))
    view.see(BatchEvent(items, ()), 0.0)  # type: ignore[arg-type]
    for at, event in played([MadeUpNode("a"), MadeUpNode("b")], units_of_film([48] * 8), total=384):
        view.see(event, at)
    result = BatchResult(units_of_film([1])[0].spec, "done")
    assert view.summary(named=False).startswith("384 of 384 frames so far")
    view.see(ItemEndEvent(0, result), 200.0)
    assert view.summary(named=False).startswith("384 of 384 frames so far")
    view.see(ItemEndEvent(1, result), 200.0)
    assert view.summary(named=False) == "384 of 384 frames, leaving the cluster"


def test_a_unit_that_two_nodes_are_at_ends_with_the_first():
    (unit,) = units_of_film([200])
    pace = FarmPace()
    states = tuple(NodeState(name, "working", 1, 0, 0) for name in "ab")
    for at in range(60):
        running = (RunningUnit(unit, "a", at), RunningUnit(unit, "b", 3 * at))
        pace.see(ClusterProgress(running, 3 * at, 200, states), float(at))
    assert pace.left == pytest.approx((200 - 177) / 3, rel=0.2)


def test_a_thousand_nodes_cost_little():
    nodes = [MadeUpNode(str(number), waking=0, pace=20) for number in range(1000)]
    events = list(played(nodes, units_of_film([48] * 3000), total=48 * 3000))
    began = time.process_time()
    estimates(events)
    assert time.process_time() - began < 0.2 * len({at for at, _ in events})


# What is done


def seen(*events: Event, begin: str = "looking at film.mp4") -> FarmView:
    view = FarmView(begin, 0.0)
    for number, event in enumerate(events):
        view.see(event, float(number))
    return view


def asked(count: int) -> ClusterProgress:
    return ClusterProgress((), 0, 240, tuple(NodeState(f"n{number}", "asked", 1, 0, 0) for number in range(count)))


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([], "looking at film.mp4"),
        ([StageEvent("connecting", "head:6379")], "connecting to head:6379"),
        ([StageEvent("asking nodes")], "asking nodes"),
        ([StageEvent("asking nodes"), asked(1)], "asking 1 node"),
        ([StageEvent("asking nodes"), asked(3)], "asking 3 nodes"),
        ([StageEvent("asking nodes", "3 nodes")], "asking 3 nodes"),
        ([StageEvent("finding shots", Path("clips/film.mp4"))], "finding shots in film.mp4"),
        ([StageEvent("finding shots", "clips/film.mp4")], "finding shots in film.mp4"),
        ([StageEvent("listening", Path("song.wav"))], "listening to song.wav"),
        ([StageEvent("connecting", "h:1"), StageEvent("waking the network", "efficientnet")], "connecting to h:1"),
    ],
)
def test_what_is_done_before_frames_is_said(events, line):
    assert seen(*events).summary(named=True) == line


def progress(*stages: StageName | None, frames: int = 0, lengths: Sequence[int] = (48, 48), **more) -> ClusterProgress:
    """Nodes n0, n1, ... at a part each."""
    units = units_of_film(lengths)
    running = tuple(RunningUnit(units[n], f"n{n}", frames, stage) for n, stage in enumerate(stages))
    states = tuple(NodeState(f"n{n}", "working", 1, 0, 0) for n in range(len(stages)))
    given = {"frames": frames * len(stages), "total": sum(lengths), "nodes": states, **more}
    return ClusterProgress(running, **given)


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (progress(None), "0 of 96 frames, 1 part on 1 node"),
        (progress(None, None, frames=1), "2 of 96 frames, 2 parts on 2 nodes"),
        (progress(None, lengths=[1]), "0 of 1 frame, 1 part on 1 node"),
        (progress("waking the network"), "0 of 96 frames, 1 part on 1 node, n0: waking the network"),
        (progress("listening", "listening"), "0 of 96 frames, 2 parts on 2 nodes, 2 listening"),
        (progress(None, frames=1, total=0), "1 frame, 1 part on 1 node"),
        (progress("warming up", frames=9), "9 of 96 frames, 1 part on 1 node"),
        (
            replace(progress(None), nodes=(NodeState("n0", "working", 1, 0, 0), NodeState("n1", "silent", 1, 0, 0))),
            "0 of 96 frames, 1 part on 1 node, 1 node is silent",
        ),
    ],
)
def test_counts_and_stages_are_one_line(told, line):
    assert seen(told).summary(named=True) == line


def test_a_part_that_two_nodes_are_at_is_one_part():
    (unit,) = units_of_film([48])
    states = tuple(NodeState(name, "working", 1, 0, 0) for name in "ab")
    view = seen(ClusterProgress((RunningUnit(unit, "a", 0), RunningUnit(unit, "b", 0)), 0, 48, states))
    assert view.summary(named=True) == "0 of 48 frames, 1 part on 2 nodes"


@pytest.mark.parametrize(("rate", "said"), [(590.4, "590"), (41.2, "41"), (7.36, "7.4"), (0.0123, "0.012")])
def test_rates_are_read_at_a_glance(rate, said):
    assert rounded(rate) == said


def test_in_the_end_nobody_is_said_to_be_idle():
    nodes = (NodeState("n0", "idle", 1, 1, 48),)
    assert "idle" not in drawn(nodes_table(seen(ClusterProgress((), 48, 48, nodes)), 80), 80)
    assert "idle" in drawn(nodes_table(seen(ClusterProgress((), 47, 48, nodes)), 80), 80)


def test_what_is_sent_is_said_with_its_size(tmp_path):
    source = tmp_path / "source.mp4"
    with source.open("wb") as file:
        file.truncate(1_100_000_000)
    told = ClusterProgress(
        tuple(RunningUnit(unit, "n0", 0, "sending") for unit in units_of_film([48], source=str(source))),
        0, 48, (NodeState("n0", "working", 1, 0, 0),),
    )  # fmt: skip
    assert "sending source.mp4 to n0: 1.1 GB" in seen(told).summary(named=True)
    assert "sending 1.1 GB" in drawn(parts_table(seen(told), 80, 9), 80)


def test_shots_that_are_still_being_found_are_said_where_nodes_wait_for_them():
    finding = StageEvent("finding shots", "film.mp4")
    nodes = (NodeState("n0", "working", 1, 0, 0), NodeState("n1", "idle", 1, 0, 0))
    assert seen(finding, progress(None, nodes=nodes)).summary(named=True).endswith(", finding shots in film.mp4")
    for told in (progress(None, nodes=nodes, waiting=1), progress(None, lengths=[48], nodes=nodes), progress(None)):
        assert "finding" not in seen(finding, told).summary(named=True)


# On a terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(width: int, height: int = 24) -> Console:
    return Console(file=Terminal(), force_terminal=True, width=width, height=height, color_system=None)


def pipe() -> Console:
    return Console(file=io.StringIO(), force_terminal=False)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def drawn(what: Any, width: int) -> str:
    console = terminal(width)
    console.print(what)
    return text_of(console)


SENDING: tuple[StageName, None] = ("sending", None)
LONG = "ip-10-0-12-101.eu-central-1.compute.internal 10.0.12.101:41429"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_tables_fit_the_terminal_whatever_names_are(width):
    units = units_of_film([48] * 3, name=f"{'a long film, ' * 20}.mp4")
    units = [replace(unit, item=number) for number, unit in enumerate(units)]
    running = tuple(RunningUnit(unit, LONG, 12, None) for unit in units)
    nodes = (NodeState(LONG, "working", 3, 1, 48), NodeState("b", "left out", 1, 0, 0, f"no ffmpeg {'found ' * 40}"))
    view = seen(ClusterProgress(running, 36, 144, nodes))
    for table in (parts_table(view, width, 9), nodes_table(view, width, 9)):
        lines = drawn(table, width).splitlines()
        assert max(map(len, lines)) <= width
        assert any("0-47" in line for line in lines)
    assert "12 of 48" in drawn(parts_table(view, width, 9), width)


def test_more_rows_than_the_terminal_has_are_counted():
    many = tuple(RunningUnit(unit, f"n{unit.first}", 0, None) for unit in units_of_film([48] * 50))
    states = tuple(NodeState(f"n{48 * number}", "working", 1, 0, 0) for number in range(50))
    view = seen(ClusterProgress(many, 0, 2400, states))
    assert drawn(parts_table(view, 80, 10), 80).splitlines()[-1].strip() == "and 40 more"
    assert drawn(nodes_table(view, 80, 10), 80).splitlines()[-1].strip() == "and 40 more"
    assert "more" not in drawn(nodes_table(view, 80), 80)


def test_the_table_of_nodes_says_what_each_is_at_and_has_made():
    nodes = (
        NodeState("left", "left out", 1, 0, 0, "no ffmpeg found"),
        NodeState("quiet", "silent", 1, 2, 96),
        NodeState("new", "asked", 4, 0, 0),
        NodeState("dead", "gone", 1, 1, 48),
        NodeState("busy", "working", 2, 3, 144),
    )
    units = units_of_film([48] * 3)
    running = tuple(RunningUnit(unit, "busy", 0, stage) for unit, stage in zip(units, SENDING, strict=False))
    rows = [
        re.split(r"  +", line.strip())
        for line in drawn(nodes_table(seen(ClusterProgress(running, 0, 144, nodes)), 99), 99).splitlines()
    ]
    assert rows == [
        ["node", "at a time", "parts", "frames", "a second"],
        ["busy", "2", "3", "144", "0-47, sending; 1 more"],
        ["new", "4", "0", "0", "asked"],
        ["quiet", "1", "2", "96", "silent"],
        ["left", "1", "0", "0", "left out: no ffmpeg found"],
        ["dead", "1", "1", "48", "gone"],
    ]


def test_the_terminal_shows_something_before_anything_is_told():
    console = terminal(80)
    with showing(console, "looking at film.mp4"):
        deadline = time.monotonic() + 10
        while "looking at film.mp4 (0 s)" not in text_of(console) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "looking at film.mp4 (0 s)" in text_of(console)


@pytest.mark.parametrize("nodes", [False, True])
def test_hostile_names_do_no_harm(nodes):
    units = units_of_film([48] * 2, name=f"{EVIL}.mp4", source=f"{EVIL}.mp4")
    units = [replace(unit, item=number) for number, unit in enumerate(units)]
    running = tuple(RunningUnit(unit, EVIL, 0, stage) for unit, stage in zip(units, SENDING, strict=True))
    told = ClusterProgress(
        running, 0, 96, (NodeState(EVIL, "working", 2, 0, 0), NodeState("b", "left out", 1, 0, 0, EVIL))
    )
    for width in (80, 200):
        view = seen(StageEvent("finding shots", f"{EVIL}.mp4"), told, begin=EVIL)
        for what in (parts_table(view, width, 9), nodes_table(view, width, 9)):
            harmless(drawn(what, width))
    for events in ([], [StageEvent("connecting", EVIL)], [StageEvent("finding shots", Path(f"{EVIL}.mp4"))], [told]):
        console, view = pipe(), seen(*events, begin=EVIL)
        console.say(view.summary(named=True))
        harmless(text_of(console))
        screen = farm_screen._Drawing(view, terminal(80), threading.Lock(), nodes=nodes)
        harmless(drawn(screen.draw(), 80))


# On a pipe


def lines_of(
    events: Iterable[tuple[float, Event]], monkeypatch, begin: str = "looking at film.mp4"
) -> list[tuple[float, str]]:
    """(time, line) of what a pipe gets, looked at ten times a second."""
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    console = pipe()
    said: list[tuple[float, str]] = []
    monkeypatch.setattr(console, "say", lambda text: said.append((clock[0], text)))
    view = FarmView(begin, 0.0)
    lines = Lines(view, console)
    for at, event in events:
        while clock[0] + 0.1 < at:
            clock[0] += 0.1
            lines.tick(clock[0])
        clock[0] = at
        view.see(event, at)
        lines.tick(at)
    return said


def test_on_a_pipe_each_stage_has_a_line_and_then_there_is_one_now_and_then(monkeypatch):
    made = [MadeUpNode("a", sending=4, waking=20), MadeUpNode("b")]
    run = ((at + 8, event) for at, event in played(made, units_of_film([48] * 6), total=288))
    said = lines_of([*beginning(Path("film.mp4"), 2), *run], monkeypatch)
    lines = [line for _, line in said]
    assert lines[:3] == ["connecting to head.example:6379", "asking 2 nodes", "finding shots in film.mp4"]
    assert said[0][0] < 3
    assert lines[3] == ("0 of 288 frames, 2 parts on 2 nodes, sending source.mp4 to a, b: waking the network")
    times = [at for at, _ in said]
    gaps = [after - before for before, after in pairwise(times)]
    assert max(gaps) < 10.2
    assert len(said) < 8 + (times[-1] - times[0]) / 10
    assert "left" in lines[-1]


def test_on_a_pipe_there_is_a_line_even_while_nothing_is_told(monkeypatch):
    said = lines_of([(0.2, StageEvent("connecting", "head:1")), (31.0, StageEvent("asking nodes"))], monkeypatch)
    assert [line for _, line in said] == ["connecting to head:1"] * 4
    said = lines_of([(31.0, StageEvent("asking nodes"))], monkeypatch)
    assert said[0] == (pytest.approx(2.0, abs=0.2), "looking at film.mp4")


def test_on_a_pipe_what_is_over_at_once_has_no_line(monkeypatch):
    assert lines_of([(0.1, StageEvent("connecting", "h:1")), (0.3, StageEvent("asking nodes"))], monkeypatch) == []


def test_on_a_pipe_lines_come_while_the_run_blocks(monkeypatch):
    """Nobody calls: a thread looks."""
    monkeypatch.setattr(farm_screen, "FIRST", 0.0)
    monkeypatch.setattr("vidream.cli.progress.TICK", 0.01)
    console = pipe()
    with showing(console, "looking at film.mp4"):
        deadline = time.monotonic() + 10
        while not text_of(console) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert text_of(console) == "looking at film.mp4\n"


@pytest.mark.parametrize("make", [pipe, lambda: terminal(99)])
def test_the_table_of_nodes_is_printed_once_in_the_end(make):
    """However it ends."""
    console = make()

    def run() -> None:
        with showing(console, "x", nodes=True) as (_, listen):
            listen(progress(None, None))
            raise RenderError("ended")

    with pytest.raises(RenderError):
        run()
    before, _, after = text_of(console).rpartition("at a time")
    assert ("n0" in after, "n1" in after) == (True, True)
    assert console.is_terminal or "n0" not in before


def test_nobody_asks_for_a_table_of_nodes():
    console = pipe()
    with showing(console, "x") as (_, listen):
        listen(progress(None))
    assert text_of(console) == ""


# The commands


def made(monkeypatch, *events: Event, raises: BaseException | None = None) -> dict[str, Any]:
    """A driver that tells these events; what it was called with."""
    called: dict[str, Any] = {}

    def render_video(source, out, address, *, on_event, **arguments):
        called.update(arguments, address=address)
        for event in events:
            on_event(event)
        if raises:
            raise raises
        return Rendered(Path(out), 96, Size(320, 180), 21.0)

    monkeypatch.setattr(farm, "render_video", render_video)
    return called


def test_in_the_end_it_is_said_how_many_nodes_took_part(monkeypatch, capsys):
    units = units_of_film([48, 48])
    nodes = (
        NodeState("a", "idle", 1, 1, 48),
        NodeState("b", "idle", 1, 1, 48),
        NodeState("c", "left out", 1, 0, 0, "full"),
    )
    events = [PartEvent(unit, 48, name) for unit, name in zip(units, "ab", strict=True)]
    called = made(monkeypatch, *events, ClusterProgress((), 96, 96, nodes))
    assert main(["video", "x.mp4", "y.mp4", "--cluster", "h:1", "--cores", "3", "--strength", "0.5"]) == 0
    assert capsys.readouterr().out == "y.mp4: 96 frames, 320x180, 21 s, by 2 nodes; left out: c\n"
    assert (called["address"], called["cores"], called["strength"]) == ("h:1", 3, "0.5")
    assert "cache" not in called
    made(monkeypatch, events[0])
    assert main(["video", "x.mp4", "y.mp4", "--cluster", "h:1"]) == 0
    assert capsys.readouterr().out == "y.mp4: 96 frames, 320x180, 21 s, by 1 node\n"
    made(monkeypatch)
    assert main(["video", "x.mp4", "y.mp4", "--cluster", "h:1"]) == 0
    assert capsys.readouterr().out == "y.mp4: 96 frames, 320x180, 21 s\n"


def test_a_cache_has_a_size(monkeypatch, capsys):
    called = made(monkeypatch)
    assert main(["video", "x.mp4", "y.mp4", "--cluster", "h:1", "--cache", "1.5 GB"]) == 0
    assert called["cache"] == 1_500_000_000
    assert main(["video", "x.mp4", "y.mp4", "--cluster", "h:1", "--cache", "much"]) == 2
    assert capsys.readouterr().err == "vidream: --cache is 'much', which must be a size such as 20GB or 500MB\n"


@pytest.mark.parametrize("command", [["video", "x.mp4", "y.mp4"], ["batch", "x.toml"]])
@pytest.mark.parametrize("flag", [["--nodes"], ["--cache", "1GB"]])
def test_flags_of_a_cluster_are_refused_without_one(capsys, command, flag):
    assert main([*command, *flag]) == 2
    assert capsys.readouterr().err == f"vidream: {flag[0]}: is for a cluster; give --cluster, or leave it out\n"


def test_without_flags_there_is_no_farm():
    assert farm_of(None, 2, False, None) is None
    with pytest.raises(ConfigError):
        farm_of(None, 2, True, None)


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (KeyboardInterrupt(), 130, "stopped: no part was done yet"),
        (
            RenderError("the cluster's head is gone; 48 frames are safe"),
            1,
            "the cluster's head is gone; 48 frames are safe",
        ),
    ],
)
def test_what_ends_it_is_one_line(monkeypatch, capsys, raised, status, said):
    made(monkeypatch, progress(None), raises=raised)
    assert main(["video", "x.mp4", "nowhere/y.mp4", "--cluster", "h:1"]) == status
    assert capsys.readouterr().err.splitlines()[-1] == f"vidream: {said}"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent")
def test_ended_by_a_signal_it_says_so_as_without_a_cluster(monkeypatch, capsys):
    def render_video(*_, **__):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)

    monkeypatch.setattr(farm, "render_video", render_video)
    assert main(["video", "x.mp4", "nowhere/y.mp4", "--cluster", "h:1"]) == 143
    assert capsys.readouterr().err.splitlines()[-1] == "vidream: stopped: no part was done yet"
