"""One run on a farm: nodes are asked, units given out, what they make is kept, until all outputs have ended."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from vidream.cluster.board import Board
from vidream.cluster.farm import MEMORY, Answered, Asked, Farm, FarmGone, Lost, News, Node, NodeCheck, Told
from vidream.cluster.progress import ClusterProgress, PartEvent
from vidream.cluster.standing import Failure
from vidream.cluster.units import Answer, Refusal, Unit
from vidream.errors import OtherKind, Problems, VidreamError
from vidream.events import StageEvent, WarningEvent, checkpoint, note, tell, warn
from vidream.jobs.item import BatchResult
from vidream.text import counted
from vidream.version import __version__

LOOK = 0.5
"""Seconds between two looks at the cluster."""
ASKING = 20.0
"""Seconds that nodes have to say whether they can take part, before those who can begin; the others may come later."""
PATIENCE = 120.0
"""Seconds that they have while none has answered."""
LONELY = 60.0
"""Seconds without any node that can take part, after which a run ends."""
SILENT = 600.0
"""Seconds in which all nodes may be silent: it may be the network."""
HUNG = 120.0
"""Seconds of silence after which a process is ended whose node answers: where there is no other node, it is in the way.
"""


class Work(Protocol):
    """What a run is to make: see vidream.cluster.outputs.Outputs."""

    frames: int
    messages: set[str]

    @property
    def over(self) -> bool:
        """Whether every output has ended, and been taken."""

    @property
    def total(self) -> int:
        """Output frames in all, as far as can be known."""

    def more(self, wanted: int, room: int) -> Iterable[Unit]:
        """The units that were found since the last time.

        Args:
            wanted: so many are to be found, at least.
            room: units that are made at a time.
        """

    def keep(self, unit: Unit, answer: Answer) -> int:
        """Keep what a unit has made, and return how many frames that is."""

    def fail(self, index: int, error: str | BaseException) -> None:
        """An output cannot be made."""

    def ended(self) -> Iterable[tuple[int, BatchResult]]:
        """What has become of outputs since the last time."""


class Run:
    """One run on a farm: nodes are asked, units given out, answers kept, until all outputs have ended."""

    def __init__(self, farm: Farm, cores: int, paths: Iterable[str] = ()) -> None:
        """Nothing is asked yet.

        Args:
            farm: the machines.
            cores: of a CPU for each unit, where there are no GPUs.
            paths: folders of pictures, which nodes must have themselves.
        """
        nodes = farm.nodes()
        self.farm, self.on_gpu = farm, any(node.gpus for node in nodes.values())
        self._cores, self._paths = cores, {*paths}
        self._said: list[str] | None = []  # until it is known whether anybody takes part
        self._board = Board(cores, self.on_gpu, self._say)
        self._of_item: dict[int, set[int]] = {}  # numbers of an output's units that are not made
        self._asked: dict[str, float] = {}  # when each node was
        self._fresh = 0
        self._lonely: float | None = None
        self._looked = farm.now()

    def _say(self, text: str) -> None:
        if self._said is None:
            warn(text)
        else:
            self._said.append(text)

    def gather(self) -> list[tuple[NodeCheck, int]]:
        """Ask the nodes whether they can take part, until all have answered, or those who have begin without the rest.

        Returns:
            What each that can says of itself, and how many units it makes at a time.

        Raises:
            Problems: none can; why, by name.
            FarmGone: the cluster's head is gone.
        """
        began, places = self.farm.now(), self._board.places
        while True:
            self._look()
            if not places:
                raise Problems([_too_small([*self.farm.nodes().values()], self._cores, self.on_gpu)])
            for news in self.farm.news(LOOK):
                self._take(news)
            self._tell()
            checkpoint()
            asked = any(place.state == "asked" for place in places.values())
            ready = [(each.check, each.room) for each in places.values() if each.state == "ready" and each.check]
            waited = self.farm.now() - began
            if not asked or (ready and waited > ASKING) or waited > PATIENCE:
                break
        if not ready:
            raise Problems(self._said or ["no node of the cluster answers"])
        for place in places.values():
            if place.state == "asked":
                warn(f"node {place.node.name} has not answered yet; it takes part when it does")
        for text in self._said or ():
            warn(text)
        self._said = None
        return ready

    def results(self, work: Work) -> Iterator[tuple[int, BatchResult]]:
        """Make all of it, and yield what becomes of each output as it comes.

        Raises:
            FarmGone: the cluster's head is gone, or all its nodes.
            Cancelled: asked for.
        """
        board, farm = self._board, self.farm
        while not work.over:
            room = board.roster.room
            for unit in work.more(max(1, 2 * room) - board.waiting, room):
                self._of_item.setdefault(unit.item, set()).add(board.add(unit))
            for attempt in board.choose(farm.now()):
                farm.start(attempt.number, attempt.node, board.unit(attempt.unit))
            for news in farm.news(LOOK if board.unmade else LOOK / 5):
                self._take(news, work)
            if farm.now() - self._looked >= LOOK:  # of 1,000 nodes there is news much more often
                self._looked = farm.now()
                self._watch(work)
            for index, result in work.ended():
                self._drop(index)
                yield index, result
            checkpoint()
        self._tell(work)

    def _watch(self, work: Work) -> None:
        """What is done twice a second."""
        board, farm = self._board, self.farm
        self._look()
        self._ask_again()
        for node in board.silence(farm.now()) if farm.hears() else ():
            note(f"node {board.places[node].node.name}: nothing is heard of it; others do its part")
            self._ask(node)
        self._end_hung(work)
        for failure in board.hopeless():
            self._fail(failure, work)
        self._end_if_alone()
        self._tell(work)

    def _end_hung(self, work: Work) -> None:
        """Processes that do not answer, while their nodes do, make room for others."""
        board, now = self._board, self.farm.now()
        for each in [*board.attempts.values()] if self.farm.hears() else ():
            silent = each.silent and each.has_begun and now - each.heard > HUNG
            if silent and board.places[each.node].state == "ready":
                self.farm.stop([each.number])
                self._fail(board.lost(each.number, f"its process has said nothing for {HUNG:g} s"), work)

    def _look(self) -> None:
        """See which nodes there are; ask those that have come."""
        new = self._board.see(self.farm.nodes())
        if new:
            tell(StageEvent("asking nodes", counted(len(new), "node")))
        for node in new:
            self._ask(node)

    def _ask(self, node: str) -> None:
        self._asked[node] = self.farm.now()
        self.farm.ask(node, self._paths)

    def _ask_again(self) -> None:
        """Nothing waits for a node that does not answer; when it does, it takes part."""
        for node, place in self._board.places.items():
            waited = self.farm.now() - self._asked[node]
            if place.state == "asked" and waited > PATIENCE:
                place.state = "silent"
            elif place.state == "silent" and place.check and not place.attempts and waited > PATIENCE / 4:
                self._ask(node)

    def _take(self, news: News, work: Work | None = None) -> None:
        board, now = self._board, self.farm.now()
        if isinstance(news, Asked):
            self._answered(news)
        elif work is None:
            return
        elif isinstance(news, Told):
            board.heard(news.attempt, news.event, now)
            if isinstance(news.event, WarningEvent) and news.event.message not in work.messages:
                work.messages.add(news.event.message)
                tell(news.event)
        elif isinstance(news, Lost):
            self._fail(board.lost(news.attempt, news.reason, memory=news.memory), work)
        elif isinstance(news.answer, Refusal):
            self._fail(board.refused(news.attempt, news.answer), work)
        else:
            self._keep(news, work)

    def _answered(self, asked: Asked) -> None:
        """What a node says of itself."""
        problems = [asked.reason] if asked.check is None else refusals(asked.check)
        if asked.check is None and self._board.places[asked.node].check is not None:
            return  # it could, and is in trouble now, or dead; it is silent until it is heard again
        if problems:
            self._board.roster.leave_out(asked.node, "; ".join(problems))
        elif asked.check is not None:
            self._board.roster.admit(asked.node, asked.check)

    def _keep(self, answered: Answered, work: Work) -> None:
        board = self._board
        attempt = board.attempts.get(answered.attempt)
        if attempt is None:  # another was first
            return
        unit, node = board.unit(attempt.unit), board.places[attempt.node].node.name
        try:
            frames = work.keep(unit, answered.answer)
        except OtherKind as error:
            self._fail(board.refused(answered.attempt, Refusal(str(error), of_node=True)), work)
            return
        except (VidreamError, OSError) as error:
            self._fail(Failure(attempt.unit, str(error)), work)
            return
        made = board.made(answered.attempt, frames, self.farm.now())
        assert made is not None
        self.farm.stop(made[1])
        self._of_item.get(unit.item, set()).discard(made[0])
        self._fresh += frames
        tell(PartEvent(unit, frames, node))

    def _fail(self, failure: Failure | None, work: Work) -> None:
        """An output fails with one of its units; the others are not made."""
        if failure is None:
            return
        index = self._board.unit(failure.number).item
        self._drop(index)
        work.fail(index, failure.reason)

    def _drop(self, index: int) -> None:
        """What is left of an output that has ended is not made."""
        self.farm.stop(self._board.drop(self._of_item.pop(index, set())))

    def _end_if_alone(self) -> None:
        """Raise FarmGone when nobody has been there for too long who could help."""
        board, now = self._board, self.farm.now()
        if board.roster.is_heard() or not board.unmade:
            self._lonely = None
            return
        if self._lonely is None:
            self._lonely = now
            if not board.roster.may_help():
                note("no node is left; waiting for one that comes")
        if now - self._lonely > (SILENT if board.roster.may_help() else LONELY):
            reasons = {f"{place.node.name}: {place.reason}" for place in board.places.values() if place.reason}
            raise FarmGone("; ".join(["no node is left that takes part", *sorted(reasons)]))

    def _tell(self, work: Work | None = None) -> None:
        """Tell how far everything is."""
        running = self._board.running()
        nodes = tuple(place.shown() for place in self._board.places.values())
        frames, total = (work.frames, work.total) if work else (0, 0)
        frames += sum(unit.frames for unit in running)
        tell(ClusterProgress(running, frames, total, nodes, self._board.waiting, self._fresh))


def refusals(check: NodeCheck) -> list[str]:
    """Why a node that answers so cannot take part."""
    if check.version != __version__:
        return [f"it runs vidream {check.version}, this is {__version__}; install the same everywhere"]
    return [*check.problems]


def _too_small(nodes: Sequence[Node], cores: int, on_gpu: bool) -> str:
    need = "a GPU" if on_gpu else counted(cores, "core")
    largest = max(nodes, key=lambda node: (node.cores, node.memory), default=None)
    if largest is None or largest.cores < 1:
        return "no node of the cluster has a core for this; `ray start --address HEAD:PORT` on a machine lends its own"
    said = f"--cores {cores}: no node has {need} and {MEMORY / 2**30:g} GB of memory"
    has = f"{counted(int(largest.cores), 'core')} and {largest.memory / 2**30:.1f} GB"
    less = f"; --cores {int(largest.cores)} would do" if largest.cores < cores else ""
    return f"{said}; the largest, {largest.name}, has {has}{less}"
