"""The board of a cluster's run: who gets which unit, and what becomes of it when a node is silent, gone, in trouble."""

from pathlib import Path

import pytest

from vidream.cluster.board import AGAIN, GAP, LEAST_SLOW, LOSSES, Board
from vidream.cluster.farm import Node, NodeCheck
from vidream.cluster.standing import COMING_BACK, FIRST_WORD, SILENCE
from vidream.cluster.units import Refusal, Unit
from vidream.cluster.waiting import Waiting
from vidream.events import StageEvent
from vidream.jobs.jobspec import JobSpec

SPEC = JobSpec("it", "zoom", "noise", Path("it.mp4"))
OK = NodeCheck("9", native="native 1 avx2")


def unit(first: int = 0, *, item: int = 0, **given) -> Unit:
    return Unit(item, SPEC, None, first, 48, **given)


class Played:
    """A board with nodes, and a clock that a test moves."""

    def __init__(self, *rooms: int, check: NodeCheck = OK) -> None:
        self.said, self.now = [], 0.0
        self.board = Board(1, say=self.said.append)
        self.alive = {
            f"n{number}": Node(f"n{number}", f"N{number}", room, 0, 2**40) for number, room in enumerate(rooms)
        }
        for node in self.board.see(self.alive):
            self.board.roster.admit(node, check)

    def given(self) -> list[tuple[str, int]]:
        """Who has got what now: (node, first frame)."""
        chosen = [*self.board.choose(self.now)]
        self.last = {each.node: each.number for each in chosen}
        return [(each.node, self.board.unit(each.unit).first) for each in chosen]

    def state(self, node: str) -> str:
        return self.board.places[node].shown().state


def test_free_nodes_get_the_units_that_wait_in_their_order():
    play = Played(1, 2)
    for first in range(4):
        play.board.add(unit(first))
    assert play.given() == [("n1", 0), ("n0", 1), ("n1", 2)]
    assert play.given() == []
    number, others = play.board.made(2, 48, 1)
    assert (number, others) == (2, [])
    assert play.given() == [("n0", 3)]


def test_the_heavy_come_first():
    play = Played(1)
    play.board.add(unit(1))
    play.board.add(unit(2, weight=5))
    play.board.add(unit(3, weight=9))
    made = []
    while play.board.unmade:
        ((node, first),) = play.given()
        made.append(first)
        play.board.made(play.last[node], 48, 0)
    assert made == [3, 2, 1]


def test_a_head_without_cores_is_no_node():
    assert Played(0, 1).board.places.keys() == {"n1"}


@pytest.mark.parametrize("has_begun", [False, True])
def test_what_a_silent_node_is_at_goes_to_another_and_the_first_answer_counts(has_begun):
    play = Played(1, 1)
    play.board.add(unit())
    assert play.given() == [("n0", 0)]
    frozen = play.last["n0"]
    if has_begun:
        play.board.heard(frozen, None, 1)
    patience = 1 + SILENCE if has_begun else FIRST_WORD
    for second in range(int(patience) + 1):
        assert play.board.silence(second) == []
    assert play.given() == []
    assert play.board.silence(patience + 0.1) == ["n0"]
    assert play.state("n0") == "silent"
    assert play.given() == [("n1", 0)]
    _, stopped = play.board.made(frozen, 48, patience + 5)  # it has thawed, and was first
    assert stopped == [play.last["n1"]]
    assert play.state("n0") == "idle"
    assert play.board.made(play.last["n1"], 48, patience + 6) is None
    assert not play.board.unmade


def test_a_unit_that_is_made_has_time_to_come_home():
    """Its process has ended, and says nothing more, while a large answer travels."""
    play = Played(1, 1)
    play.board.add(unit())
    ((node, _),) = play.given()
    play.board.heard(play.last[node], StageEvent("sending back"), 0)
    for second in range(int(COMING_BACK)):
        assert play.board.silence(second) == []
    assert play.given() == []
    assert play.board.silence(COMING_BACK + 1) == [node]


def test_a_silent_node_that_is_heard_again_goes_on_and_nothing_is_begun_twice():
    play = Played(1)
    play.board.add(unit())
    play.given()
    attempt = play.last["n0"]
    for second in range(50):
        play.board.silence(second)
    assert play.state("n0") == "silent"
    play.board.heard(attempt, None, 50)
    assert play.state("n0") == "working"
    assert play.given() == []
    play.board.made(attempt, 48, 60)
    assert play.given() == []
    assert not play.board.unmade


def test_it_is_not_the_nodes_that_were_silent_when_the_driver_slept():
    play = Played(1)
    play.board.add(unit())
    play.given()
    assert play.board.silence(1) == []
    assert play.board.silence(1 + GAP + 3600) == []
    assert play.board.silence(2 + GAP + 3600) == []
    assert play.state("n0") == "working"


def test_the_units_of_a_node_that_is_gone_wait_at_once():
    play = Played(2, 1)
    for first in range(3):
        play.board.add(unit(first))
    play.given()
    play.board.see({"n1": play.alive["n1"]})
    assert play.state("n0") == "gone"
    assert play.said == ["node N0 is gone; others make what it was at"]
    play.board.made(play.last["n1"], 48, 1)
    assert len(play.given()) == 1
    assert play.board.waiting == 1


def test_a_node_with_trouble_of_its_own_is_left_out_and_named_once():
    play = Played(2, 1)
    for first in range(3):
        play.board.add(unit(first))
    play.given()
    attempts = [each.number for each in play.board.attempts.values() if each.node == "n0"]
    for attempt in attempts:
        assert play.board.refused(attempt, Refusal("its disk is full; make room", of_node=True)) is None
    assert play.said == ["node N0 is left out: its disk is full; make room"]
    assert play.board.roster.room == 1
    assert play.board.places["n0"].shown().reason == "its disk is full; make room"


def test_a_unit_that_two_nodes_refuse_fails_and_they_go_on():
    play = Played(1, 1, 1)
    play.board.add(unit())
    ((first, _),) = play.given()
    assert play.board.refused(play.last[first], Refusal("the film is damaged")) is None
    ((second, _),) = play.given()
    assert second != first
    failure = play.board.refused(play.last[second], Refusal("the film is damaged"))
    assert failure.reason == "node N0: the film is damaged; node N1: the film is damaged"
    assert {play.state(node) for node in play.alive} == {"idle"}


def test_a_unit_that_fills_every_disk_fails_and_the_nodes_go_on():
    play = Played(*[1] * 9)
    play.board.add(unit())
    refused = []
    while not refused or refused[-1] is None:
        ((node, _),) = play.given()
        refused.append(play.board.refused(play.last[node], Refusal("no room for it", of_node=True)))
    assert len(refused) == 4
    assert refused[-1].reason.count("no room for it") == 4
    assert {play.state(node) for node in play.alive} == {"idle"}
    assert len(play.said) == 4


def test_a_unit_that_the_only_node_refuses_fails():
    play = Played(1)
    number = play.board.add(unit())
    play.given()
    failure = play.board.refused(play.last["n0"], Refusal("the film is damaged"))
    assert (failure.number, failure.reason) == (number, "node N0: the film is damaged")


def test_a_node_that_is_asked_yet_may_still_make_it():
    play = Played(1)
    play.board.add(unit())
    play.given()
    play.board.see({**play.alive, "late": Node("late", "LATE", 1, 0, 2**40)})
    assert play.board.refused(play.last["n0"], Refusal("the film is damaged")) is None
    play.board.roster.admit("late", OK)
    assert play.given() == [("late", 0)]


def test_processes_that_end_are_begun_again_but_not_for_ever():
    play = Played(1, 1)
    play.board.add(unit())
    for time in range(1, 2 * AGAIN + 1):
        play.given()
        failure = play.board.lost(next(iter(play.board.attempts)), "killed")
        assert (failure is not None) == (time == 2 * AGAIN)
    assert failure.reason == "node N0: killed; node N1: killed"


def test_a_node_on_which_every_process_ends_fails_no_unit_and_is_left_out():
    """It is always free, and so it is given everything that its own processes have ended with."""
    play = Played(1, 1)
    for first in range(9):
        play.board.add(unit(first))
    play.given()
    while play.board.unmade > 1:
        broken = [each for each, attempt in play.board.attempts.items() if attempt.node == "n1"]
        assert play.board.lost(broken[0], "killed") is None if broken else play.state("n1") == "left out"
        if not broken:
            play.board.made(next(iter(play.board.attempts)), 48, 1)
        play.given()
    assert play.said == ["node N1 is left out: its processes end (killed); look at its memory and its log"]


def test_a_unit_whose_process_always_ends_leaves_no_node_out():
    play = Played(1)
    play.board.add(unit())
    play.board.add(unit(item=1))
    failure = None
    while failure is None:
        play.given()
        failure = play.board.lost(next(iter(play.board.attempts)), "killed")
    play.board.drop([failure.number])
    assert play.state("n0") == "idle"
    assert play.given() == [("n0", 0)]


def test_a_unit_that_takes_its_nodes_with_it_fails_in_the_end():
    play = Played(*[1] * 20)
    play.board.add(unit())
    losses = 0
    while play.board.attempts or play.given():
        losses += 1
        ((number, attempt),) = play.board.attempts.items()
        failure = play.board.lost(number, "the node died")
        if failure:
            break
        play.alive.pop(attempt.node)
        play.board.see(play.alive)
    assert losses == LOSSES


def test_a_node_whose_memory_is_full_makes_fewer_at_a_time():
    play = Played(2)
    for first in range(2):
        play.board.add(unit(first))
    play.given()
    play.board.lost(next(iter(play.board.attempts)), "its memory is full", memory=True)
    assert play.board.roster.room == 1
    assert play.board.unmade == 2


def test_what_no_node_sees_or_has_fails_with_the_reason():
    play = Played(1, check=NodeCheck("9", unseen=("/frames",)))
    play.board.add(unit(needs=frozenset({"/frames"})))
    play.board.add(unit(item=1, engine="native 1 avx7"))
    assert play.given() == []
    reasons = [failure.reason for failure in play.board.hopeless()]
    assert reasons == [
        "no node sees /frames; put it into a folder that all nodes share",
        "no node has the engine native 1 avx7, with which it was begun",
    ]


def test_a_slow_last_unit_has_a_second_attempt_elsewhere():
    play = Played(1, 1)
    for first in range(4):
        play.board.add(unit(first, work=10))
    for _ in range(2):
        play.given()
        play.board.made(next(iter(play.board.attempts)), 48, play.now + 10)
        play.now += 10
    play.given()
    slow = next(iter(play.board.attempts))
    for other in [each for each in play.board.attempts if each != slow]:
        play.board.made(other, 48, play.now + 10)
    play.now += 20
    assert play.given() == []  # not slow yet
    play.now += LEAST_SLOW
    ((node, _),) = play.given()
    assert node != play.board.attempts[slow].node
    assert play.given() == []


def test_units_that_are_not_wanted_any_more_are_stopped():
    play = Played(1)
    numbers = [play.board.add(unit(first)) for first in range(3)]
    play.given()
    assert play.board.drop(numbers[:2]) == [play.last["n0"]]
    assert play.given() == [("n0", 2)]


def test_of_an_output_that_nobody_can_make_one_unit_is_named():
    play = Played(1, check=NodeCheck("9"))
    for first in range(3):
        play.board.add(unit(first, engine="native 1 avx7"))
    play.board.add(unit(item=1, engine="native 1 avx7"))
    assert [play.board.unit(failure.number).item for failure in play.board.hopeless()] == [0, 1]


def test_units_that_are_not_wanted_any_more_do_not_wait():
    play = Played(1)
    numbers = [play.board.add(unit(first)) for first in range(5)]
    play.given()
    play.board.drop(numbers[:4])
    assert play.board.waiting == 1
    play.now += FIRST_WORD + 1
    assert play.board.silence(play.now) == []


def test_what_waits_is_each_once_and_the_first_first_whatever_goes_meanwhile():
    waiting = Waiting()
    for number in range(1000):
        waiting.add(number, float(number % 7))
    for number in range(1000):
        if number % 10:
            waiting.discard(number)
    waiting.add(500)
    waiting.add(500, 3.0)  # it does not go later
    taken = []
    while (first := waiting.take()) is not None:
        taken.append(first[0])
    rest = sorted(
        (number for number in range(0, 1000, 10) if number != 500), key=lambda number: (-(number % 7), number)
    )
    assert taken == [500, *rest]
    assert len(waiting) == 0
