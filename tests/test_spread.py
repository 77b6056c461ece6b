"""A run on a farm that is not there: what nodes answer as a test says is kept, told, given to another, or fails."""

import re
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import cut_film

from vidream.cluster import finders
from vidream.cluster import run as driver
from vidream.cluster.farm import Answered, Asked, FarmGone, Node, NodeCheck, Told
from vidream.cluster.finders import Order
from vidream.cluster.outputs import Outputs
from vidream.cluster.post import Correspondent, Mailbox, Post, Sources
from vidream.cluster.progress import ClusterProgress, PartEvent
from vidream.cluster.units import Refusal
from vidream.cluster.units import units_of as all_units_of
from vidream.errors import Cancelled, MediaError, Problems
from vidream.events import Event, FrameEvent, NoteEvent, StageEvent, WarningEvent, scope
from vidream.frames import Size
from vidream.jobs.item import BatchItem, ItemStartEvent
from vidream.jobs.jobspec import JobSpec
from vidream.render.parted import PartedSession
from vidream.version import __version__

OK = NodeCheck(__version__)


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return cut_film(tmp_path_factory.mktemp("film") / "film.mp4", 4)


class Machines:
    """A farm: `answer(attempt, unit)` is what its nodes say of a unit; None: nothing yet."""

    def __init__(self, answer: Callable[[int, Any], Any], count: int = 4, check: NodeCheck | None = OK) -> None:
        self.answer, self.check = answer, check
        self.alive = {f"n{number}": Node(f"n{number}", f"node {number}", 1, 0, 2**40) for number in range(count)}
        self.begun: dict[int, Any] = {}
        self.given: dict[int, str] = {}  # the node of each attempt
        self.asked, self.stopped, self.offered, self.posted = [], [], [], []
        self.clock, self.looks = 0.0, 0

    def now(self):
        return self.clock

    def nodes(self):
        return self.alive

    def ask(self, node, paths):
        self.asked.append(node)

    def offer(self, paths):
        self.offered += paths

    def withdraw(self, paths):
        for path in paths:
            self.offered.remove(path)

    def start(self, attempt, node, unit):
        self.begun[attempt], self.given[attempt] = (node, unit), node

    def stop(self, attempts):
        self.stopped += attempts
        for attempt in attempts:
            self.begun.pop(attempt, None)

    def hears(self):
        return True

    def news(self, seconds):
        self.looks += 1
        assert self.looks < 2000, "waited for without end"
        self.clock += seconds
        time.sleep(0.005)  # the thread that finds units has its turn
        yield from [Asked(node, self.check, "cannot run vidream") for node in self.asked]
        self.asked = []
        posted, self.posted = self.posted, []
        yield from posted
        for attempt, (_, unit) in [*self.begun.items()]:
            answer = self.answer(attempt, unit)
            if answer is not None:
                self.begun.pop(attempt, None)
                yield Answered(attempt, answer)


def run(farm: Machines, *specs: JobSpec, records: Any = None):
    """The results of specs that such a farm makes."""
    items = []
    for spec in specs:
        job = spec.job()
        items.append(BatchItem(spec, job.frames, job.size, done=False))
    with ExitStack() as stack:
        on_it = driver.Run(farm, 1)
        on_it.gather()
        results = dict(on_it.results(stack.enter_context(Outputs(items, farm, records=records))))
    assert farm.offered == []
    return [results[index] for index in range(len(specs))]


def parts_of(spec: JobSpec, folder: Path):
    """What nodes answer for the units of a film, made here, undreamed."""

    def answer(attempt, unit):
        job: Any = replace(spec, arguments={**spec.arguments, "strength": 0}).job()
        here = folder / f"made{unit.first}-{attempt}"
        here.mkdir()
        plan = replace(job.plan, part=unit.part)
        return replace(job, plan=plan, out=here / "x.mp4").render_part(unit.first)

    return answer


def film_spec(film: Path, out: Path, **knobs) -> JobSpec:
    return JobSpec(out.name, "video", str(film), out, arguments=knobs)


def test_a_refusal_is_the_failure_of_one_film_alone(film, tmp_path):
    good, bad = (film_spec(film, tmp_path / f"{name}.mp4", strength=0, persistence=0) for name in ("good", "bad"))
    make = parts_of(good, tmp_path)

    def answer(attempt, unit):
        return Refusal("the film is odd") if unit.spec is bad else make(attempt, unit)

    heard: list[Event] = []
    with scope(heard.append):
        one, other = run(Machines(answer), good, bad)
    assert (one.state, one.rendered.frames) == ("done", 240)
    assert (other.state, other.rendered) == ("failed", None)
    assert other.reason.count("the film is odd") == 2  # two nodes say so
    assert [event.frames for event in heard if isinstance(event, PartEvent)] == [240]
    assert sorted(event.index for event in heard if isinstance(event, ItemStartEvent)) == [0, 1]


def test_the_other_parts_of_a_film_that_failed_are_not_made(film, tmp_path):
    farm = Machines(lambda attempt, unit: Refusal("broken") if unit.first == 60 else None, 5)
    (result,) = run(farm, film_spec(film, tmp_path / "x.mp4", strength=1))
    assert result.state == "failed"
    assert len(farm.stopped) >= 2  # those that were under way
    assert not farm.begun


def test_the_trouble_of_one_node_is_its_own(film, tmp_path):
    spec = film_spec(film, tmp_path / "x.mp4", octaves=1)
    make = parts_of(spec, tmp_path)

    def answer(attempt, unit):
        if farm.given[attempt] == "n2":
            return Refusal("its disk is full; make room", of_node=True)
        return make(attempt, unit)

    farm = Machines(answer)
    told: list[Event] = []
    with scope(told.append):
        (result,) = run(farm, spec)
    assert result.state == "done"
    warned = [event.message for event in told if isinstance(event, WarningEvent)]
    assert warned == ["node node 2 is left out: its disk is full; make room"]
    assert [*farm.given.values()].count("n2") == 1
    last = [event for event in told if isinstance(event, ClusterProgress)][-1]
    assert [(node.state, node.reason) for node in last.nodes if node.name == "node 2"] == [
        ("left out", "its disk is full; make room")
    ]
    assert sum(node.frames for node in last.nodes) == last.fresh == 240


def test_a_node_whose_parts_would_look_otherwise_is_left_out(film, tmp_path):
    """Of another processor, say, where TensorFlow dreams: its part is made by another."""
    spec = film_spec(film, tmp_path / "x.mp4", octaves=1)
    make, first = parts_of(spec, tmp_path), []

    def answer(attempt, unit):
        if farm.given[attempt] == "n2" and not first:
            return None  # until there is a part of the others' kind
        part = make(attempt, unit)
        first.append(part)
        return replace(part, kind="another") if farm.given[attempt] == "n2" else part

    farm = Machines(answer)
    told: list[Event] = []
    with scope(told.append):
        (result,) = run(farm, spec)
    assert (result.state, result.rendered.frames) == ("done", 240)
    (warned,) = [event.message for event in told if isinstance(event, WarningEvent)]
    assert re.match(r"node node 2 is left out: .*x\.mp4: its part is of another kind \(another\) than those", warned)


def test_no_node_that_can_take_part_is_said_before_anything_is_begun(film, tmp_path):
    farm = Machines(lambda *_: None, 2, replace(OK, problems=("no ffmpeg found",)))
    with pytest.raises(Problems) as refused:
        run(farm, film_spec(film, tmp_path / "x.mp4"))
    assert [*refused.value.lines] == [f"node node {number} is left out: no ffmpeg found" for number in (0, 1)]
    assert not farm.begun


def test_another_vidream_takes_no_part(film, tmp_path):
    said = driver.refusals(replace(OK, version="0.0.1"))
    assert said == [f"it runs vidream 0.0.1, this is {__version__}; install the same everywhere"]


def test_a_run_whose_nodes_are_all_gone_ends_in_words(film, tmp_path):
    farm = Machines(lambda *_: None)

    def listener(event: Event) -> None:
        if isinstance(event, ClusterProgress) and event.running:
            farm.alive = {}

    with scope(listener), pytest.raises(FarmGone, match="no node is left that takes part"):
        run(farm, film_spec(film, tmp_path / "x.mp4"))
    assert farm.clock < driver.LONELY + 30


def test_a_node_that_comes_later_is_asked_and_takes_part(film, tmp_path):
    spec = film_spec(film, tmp_path / "x.mp4", octaves=1)
    make = parts_of(spec, tmp_path)
    farm = Machines(lambda attempt, unit: make(attempt, unit) if unit.first < 60 or "late" in farm.alive else None, 1)

    def listener(event: Event) -> None:
        if isinstance(event, PartEvent):
            farm.alive = {"late": Node("late", "late", 3, 0, 2**40)}

    nodes = []
    with scope(lambda event: nodes.append(event.node) if isinstance(event, PartEvent) else None), scope(listener):
        (result,) = run(farm, spec)
    assert result.state == "done"
    assert nodes == ["node 0", "late", "late", "late"]


def test_a_run_that_waits_for_a_cluster_is_cancelled_and_keeps_its_parts(film, tmp_path):
    spec = film_spec(film, tmp_path / "x.mp4", octaves=1)
    cancel = threading.Event()
    job: Any = spec.job()
    make, stages = parts_of(spec, tmp_path), []

    def listener(event: Event) -> None:
        if isinstance(event, StageEvent):
            stages.append(event.stage)
        if isinstance(event, PartEvent):
            cancel.set()

    farm = Machines(lambda attempt, unit: make(attempt, unit) if unit.first == 0 else None)
    with scope(listener, cancel), pytest.raises(Cancelled):
        run(farm, spec)
    assert stages[:2] == ["asking nodes", "finding shots"]
    assert not job.out.exists()
    with job.parted_session() as session:
        assert session.taken == {0}


def test_what_nodes_tell_is_told_once(film, tmp_path):
    spec = film_spec(film, tmp_path / "x.mp4", octaves=1)
    frame = FrameEvent(spec.out, 30, 60, 1.0, np.zeros((9, 16, 3), np.uint8))
    damaged = WarningEvent("damaged", film)
    farm = Machines(lambda attempt, unit: Refusal("broken") if said else None, 1)
    said = []
    told: list[Event] = []

    def listener(event: Event) -> None:
        if isinstance(event, ClusterProgress | WarningEvent):
            told.append(event)
        if farm.begun and not farm.posted and not said:
            farm.posted = [Told(1, None), Told(1, frame), Told(1, damaged), Told(1, damaged)]
        if isinstance(event, ClusterProgress) and event.running and event.running[0].frames:
            said.append(event)

    with scope(listener):
        run(farm, spec)
    assert [event for event in told if isinstance(event, WarningEvent)] == [damaged]
    assert [(each.node, each.unit.first, each.frames) for each in said[0].running] == [("node 0", 0, 30)]
    assert (said[0].frames, said[0].at_work) == (30, 1)


@pytest.mark.parametrize(("room", "expected"), [(9, [3, 1, 2, 0, 4]), (1, [0, 3, 1, 4, 2]), (4, [0, 3, 1, 2, 4])])
def test_the_longest_are_begun_first_and_films_last_when_few_are_left(room, expected):
    def item(command: str, frames: int) -> BatchItem:
        return BatchItem(JobSpec("it", command, "x", Path("x")), frames, Size(100, 100), done=False)

    items = [item("video", 900), item("zoom", 10), item("image", 1), item("zoom", 500), item("video", 5)]
    order = Order(items)
    assert [order.take(room)[0] for _ in items] == expected
    assert not order


class Letters:
    """An actor's handle that keeps what is posted."""

    def __init__(self) -> None:
        self.posted: list[Any] = []
        self.post = self

    def remote(self, attempt, event):
        self.posted.append((attempt, event))


def test_a_node_sends_its_warnings_with_the_drivers_paths_and_few_frames_and_that_it_lives(monkeypatch):
    monkeypatch.setattr("vidream.cluster.post.HEARTBEAT", 0.01)
    letters = Letters()
    frame = FrameEvent(Path("x.mp4"), 1, None, 0.1, np.zeros((9, 16, 3), np.uint8))
    with Correspondent(Post(7, letters, None, 60.0), {"/tmp/copy/look.mp4": "/films/look.mp4"}) as correspondent:
        for event in (WarningEvent("damaged", Path("/tmp/copy/look.mp4")), frame, frame, NoteEvent("a note")):
            correspondent.listener(event)
        while len([event for _, event in letters.posted if event is None]) < 3:
            time.sleep(0.001)
    assert {attempt for attempt, _ in letters.posted} == {7}
    sent = [event for _, event in letters.posted if event is not None]
    assert sent[0] == WarningEvent("damaged", "/films/look.mp4")
    assert [event.frames for event in sent[1:]] == [1]
    assert sent[1].picture.size == 3  # nobody looks at it
    correspondent._heart.join()
    count = len(letters.posted)
    time.sleep(0.05)
    assert len(letters.posted) == count


def test_a_mailbox_keeps_the_latest_frame_of_each_attempt():
    box = Mailbox()
    frames = [FrameEvent(Path("x"), number, None, 0.1, np.zeros((9, 16, 3), np.uint8)) for number in range(3)]
    for attempt, event in ((0, frames[0]), (1, None), (0, frames[2]), (0, None), (1, StageEvent("rendering"))):
        box.post(attempt, event)
    assert box.collect() == [(1, StageEvent("rendering")), (0, frames[2])]
    for event in (frames[0], StageEvent("sending back"), None):
        box.post(0, event)
    assert box.collect() == [(0, StageEvent("sending back")), (0, None)]  # a frame that came before does not come after
    assert box.collect() == []


def test_files_are_read_in_pieces_while_they_are_offered_and_no_others(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(range(100)))
    sources = Sources()
    with pytest.raises(PermissionError):
        sources.read(str(path), 0, 10)
    for _ in range(2):
        sources.offer(str(path))
    sources.withdraw(str(path))
    assert sources.read(str(path), 90, 20) == bytes(range(90, 100))
    sources.withdraw(str(path))
    with pytest.raises(PermissionError):
        sources.read(str(path), 0, 10)


def found_of(outputs: Outputs, room: int, films: int) -> list[list[int]]:
    """The frames of each unit of each output, once all are found."""
    units, deadline = [], time.monotonic() + 60
    while len({unit.item for unit in units}) < films or sum(unit.frames for unit in units) < films * 240:
        assert time.monotonic() < deadline
        units += outputs.more(100, room)
    return [[unit.frames for unit in units if unit.item == index] for index in range(films)]


@pytest.mark.parametrize(("room", "cut"), [(2, 0), (3, 3), (9, 5)])
def test_a_film_that_is_little_of_what_is_left_is_not_cut_up(film, tmp_path, room, cut):
    specs = [film_spec(film, tmp_path / f"{number}.mp4") for number in range(5)]
    items = [BatchItem(spec, 240, Size(128, 96), done=False) for spec in specs]
    with Outputs(items, Machines(lambda *_: None)) as outputs:
        assert found_of(outputs, room, 5) == [*[[240]] * (5 - cut), *[[60] * 4] * cut]


def test_a_film_that_came_home_whole_is_not_cut_up_when_it_is_gone_on_with(film, tmp_path):
    spec = film_spec(film, tmp_path / "x.mp4")
    (tmp_path / "made").mkdir()
    job: Any = spec.job()
    undreamed: Any = film_spec(film, tmp_path / "made" / "x.mp4", strength=0).job()
    with job.parted_session() as session:  # its command was killed before it was joined
        session.add(undreamed.render_part(0))
    (result,) = run(Machines(lambda *_: Refusal("nothing is to be made")), spec)
    assert result.state == "done", result.reason
    assert result.rendered.frames == 240


def test_a_run_whose_only_node_dies_when_nothing_else_is_known_to_do_ends_in_words(film, tmp_path, monkeypatch):
    monkeypatch.setattr(finders, "FINDERS", 1)
    specs = [film_spec(film, tmp_path / f"{number}.mp4") for number in range(3)]

    def answer(attempt, unit):
        farm.alive.clear()
        return Refusal("the film is odd")

    farm = Machines(answer, 1)
    with pytest.raises(FarmGone, match="no node is left that takes part"):
        run(farm, *specs)


def test_the_trouble_of_the_only_node_with_one_film_leaves_it_to_the_others(film, tmp_path, monkeypatch):
    monkeypatch.setattr(finders, "FINDERS", 1)
    large, small = (film_spec(film, tmp_path / f"{name}.mp4", strength=0) for name in ("large", "small"))
    make = parts_of(small, tmp_path)

    def answer(attempt, unit):
        return Refusal("no room for 90 GB", of_node=True) if unit.spec is large else make(attempt, unit)

    failed, done = run(Machines(answer, 1), large, small)
    assert (failed.state, failed.reason) == ("failed", "node node 0: no room for 90 GB")
    assert done.state == "done"


def test_a_node_that_is_silent_and_cannot_be_asked_is_asked_again(film, tmp_path):
    """Nobody says that vidream is to be installed there."""
    spec = film_spec(film, tmp_path / "x.mp4", strength=0)
    make = parts_of(spec, tmp_path)

    def answer(attempt, unit):
        if farm.given[attempt] == "n1" and farm.clock < 100:
            farm.check = None if farm.clock > 5 else OK
            return None
        farm.check = OK if farm.clock > 70 else farm.check
        return make(attempt, unit) if unit.first < 180 or farm.given[attempt] == "n1" else None

    farm, told = Machines(answer, 2), list[Event]()
    with scope(told.append):
        (result,) = run(farm, spec)
    assert result.state == "done"
    assert not [event for event in told if isinstance(event, WarningEvent)]


def test_a_run_whose_only_other_node_never_answers_ends_in_words(film, tmp_path, monkeypatch):
    farm, ask = Machines(lambda *_: None, 2), Machines.ask
    monkeypatch.setattr(Machines, "ask", lambda self, node, paths: node == "n1" or ask(self, node, paths))
    monkeypatch.setattr(driver, "SILENT", 200.0)

    def listener(event: Event) -> None:
        if farm.begun:
            farm.alive.pop("n0", None)

    with scope(listener), pytest.raises(FarmGone, match="no node is left that takes part"):
        run(farm, film_spec(film, tmp_path / "x.mp4"))


def test_a_process_that_hangs_on_the_only_node_is_begun_again(film, tmp_path):
    spec = film_spec(film, tmp_path / "x.mp4", strength=0)
    make = parts_of(spec, tmp_path)

    def answer(attempt, unit):
        if attempt == 1:
            farm.posted += [Told(1, None)] * (farm.clock < 5)
            return None
        return make(attempt, unit)

    farm = Machines(answer, 1)
    (result,) = run(farm, spec)
    assert result.state == "done"
    assert 1 in farm.stopped


def test_an_output_that_fails_twice_ends_once(film, tmp_path, monkeypatch):
    """At a node, and when the thread beside finds that its source is damaged."""
    goes_on, over, begin = threading.Event(), threading.Event(), Outputs._begin

    def units_of(index, *arguments, **options):
        yield next(all_units_of(index, *arguments, **options))
        assert goes_on.wait(60)
        raise MediaError("damaged")

    def begin_and_say(self, *arguments):
        begin(self, *arguments)
        over.set()

    monkeypatch.setattr("vidream.cluster.outputs.units_of", units_of)
    monkeypatch.setattr(Outputs, "_begin", begin_and_say)
    monkeypatch.setattr(finders, "FINDERS", 1)
    specs = [film_spec(film, tmp_path / f"{number}.mp4") for number in range(2)]
    items = [BatchItem(spec, 240, Size(128, 96), done=False) for spec in specs]
    with Outputs(items, Machines(lambda *_: None)) as outputs:
        deadline, found = time.monotonic() + 60, list[Any]()
        while not found:
            assert time.monotonic() < deadline
            found = outputs.more(1, 9)
        outputs.fail(found[0].item, "two nodes say no")
        goes_on.set()
        assert over.wait(60)
        outputs.more(0, 9)
        assert [result.reason for _, result in outputs.ended()] == ["two nodes say no"]
        assert not outputs.over


def test_the_units_of_a_film_that_is_found_to_be_damaged_are_made_no_more(film, tmp_path, monkeypatch):

    def units_of(*arguments, **options):
        yield from all_units_of(*arguments, **options)
        raise MediaError("damaged")

    monkeypatch.setattr("vidream.cluster.outputs.units_of", units_of)
    farm = Machines(lambda *_: None, 2)
    (result,) = run(farm, film_spec(film, tmp_path / "x.mp4"))
    assert (result.state, result.reason) == ("failed", "damaged")
    assert not farm.begun


class Unwritable:
    """Records of a batch whose logs cannot be written."""

    def begin(self, mark):
        pass

    def end(self, out, frames):
        pass

    def log_of(self, spec):
        return spec.out.parent / "not there" / "x.log"


@pytest.mark.parametrize("state", ["done", "failed"])
def test_an_output_ends_though_its_log_cannot_be_written(film, tmp_path, state):
    spec = film_spec(film, tmp_path / "x.mp4", **({"strength": 0} if state == "done" else {"passes": "flow"}))
    farm, told = Machines(parts_of(spec, tmp_path)), list[Event]()
    with scope(told.append):
        (result,) = run(farm, spec, records=Unwritable())
    assert result.state == state
    warned = [event.message for event in told if isinstance(event, WarningEvent)]
    assert warned == [f"{tmp_path}/not there/x.log: cannot be written: No such file or directory"]


def test_a_disk_of_the_drivers_that_refuses_is_the_failure_of_that_film(film, tmp_path, monkeypatch):
    spec = film_spec(film, tmp_path / "x.mp4", strength=0)

    def add(self, part):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(PartedSession, "add", add)
    (result,) = run(Machines(parts_of(spec, tmp_path)), spec)
    assert (result.state, result.reason) == ("failed", "[Errno 24] Too many open files")


def test_a_listener_that_raises_ends_the_run_and_no_thread_dies_of_it(film, tmp_path, monkeypatch):
    died = []
    monkeypatch.setattr(threading, "excepthook", died.append)

    def listener(event: Event) -> None:
        if isinstance(event, ItemStartEvent):
            raise KeyboardInterrupt

    specs = [film_spec(film, tmp_path / f"{number}.mp4") for number in range(3)]
    with pytest.raises(KeyboardInterrupt), scope(listener):
        run(Machines(lambda *_: None), *specs)
    assert not died


def test_what_ends_a_finders_thread_ends_the_run(film, tmp_path, monkeypatch):
    def begin(self, index, item, left):
        raise RuntimeError("odd")

    monkeypatch.setattr(Outputs, "_begin", begin)
    with pytest.raises(RuntimeError, match="odd"):
        run(Machines(lambda *_: None), film_spec(film, tmp_path / "x.mp4"))
