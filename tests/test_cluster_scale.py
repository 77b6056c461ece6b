"""The driver of a cluster, on farms that are made up: every output is made once, whatever befalls 2 or 1,000 nodes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from show_farm import FRAMES_A_SECOND, KINDS, MadeUpWork, films, one_trouble, plagued, run, usual
from simulated_farm import KNOWN_DEAD, SimulatedFarm, Trouble, key, machines

from vidream.cluster.farm import NodeCheck
from vidream.events import NoteEvent, WarningEvent

SOON = {"dies": 2, "vanishes": 2, "freezes": 30, "fills": 1, "loses a worker": 2, "slows": 1000}
"""Seconds until what a node was at is begun again, at most, by its trouble; a slow one has twice the time of others."""


def batch(machines_, made, seed=1, told=None, **more):
    farm = SimulatedFarm(machines_, usual, seed, **more)
    work = MadeUpWork(farm, made)
    return run(farm, work, told=told), farm, work


def names(node: int) -> str:
    return f"node{node:04}"


def where(farm: SimulatedFarm, after: float = 0.0) -> set[str]:
    """The nodes that were given units."""
    return {node for starts in farm.starts.values() for at, node in starts if at >= after}


def test_a_farm_without_trouble_makes_each_unit_once_and_wastes_nothing():
    made = films(200)
    report, farm, work = batch(machines(20), made)
    assert report.done == 200
    assert not report.failed
    assert work.kept == set(farm.made) == {key(unit) for film in work.units for unit in film}
    assert report.idle < 0.08
    assert report.thrown < 0.01


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_trouble_on_a_fifth_of_the_nodes_everything_is_made(seed):
    made = films(200, seed)
    nodes = plagued(machines(20, seed), seed, sum(map(sum, made)) / FRAMES_A_SECOND / 20)
    report, farm, work = batch(nodes, made, seed)
    assert report.done == 200
    assert work.kept == {key(unit) for film in work.units for unit in film}
    assert report.thrown < 0.05
    assert report.idle < 0.1
    assert len(farm.troubles) >= 3


@pytest.mark.parametrize("what", KINDS)
def test_what_a_node_in_trouble_was_at_is_soon_begun_again(what):
    for seed in range(5):
        report, _ = one_trouble(what, seed)
        assert report.done == 16
        assert report.noticed[what]
        assert max(report.noticed[what]) < SOON[what]


def test_a_frozen_node_is_named_once_and_takes_part_again_when_it_thaws():
    nodes = machines(3, spread=0)
    nodes[1].troubles = [Trouble(100, "freezes"), Trouble(150, "thaws")]
    told = []
    report, farm, _ = batch(nodes, [[200] * 20] * 3, told=told)
    assert report.done == 3
    notes = [event.text for event in told if isinstance(event, NoteEvent) and "host0001" in event.text]
    assert len(notes) == 1
    assert names(1) in where(farm, after=150)


def test_a_node_that_never_thaws_is_asked_nothing_more():
    nodes = machines(3, spread=0)
    nodes[1].troubles = [Trouble(100, "freezes")]
    report, farm, _ = batch(nodes, [[200] * 20] * 3)
    assert report.done == 3
    assert farm.clock > 100 + KNOWN_DEAD
    assert names(1) not in where(farm, after=101)


def test_the_answer_of_a_node_that_was_thought_lost_counts_if_it_is_first():
    nodes = machines(2, spread=0)
    nodes[1].speed = 0.2  # whoever takes over is slower
    nodes[0].troubles = [Trouble(50, "freezes"), Trouble(80, "thaws")]
    report, farm, _ = batch(nodes, [[1600]])
    assert report.done == 1
    assert [span.how for span in farm.spans if span.node == names(0)] == ["made"]
    assert [span.how for span in farm.spans if span.node == names(1)] == ["stopped"]


def test_nodes_of_another_version_or_without_vidream_get_nothing_and_are_named_once():
    nodes = machines(4)
    nodes[1].check = NodeCheck("0.0.1")
    nodes[2].check = None
    nodes[3].check, nodes[3].comes = NodeCheck("0.0.1"), 60.0
    told = []
    report, farm, _ = batch(nodes, films(20), told=told)
    assert report.done == 20
    assert where(farm) == {names(0)}
    for node in (1, 2, 3):
        assert sum(f"host{node:04}" in event.text for event in told if isinstance(event, WarningEvent)) == 1


def test_a_node_that_comes_later_is_taken_in():
    nodes = machines(2)
    nodes[1].comes = 100.0
    report, farm, _ = batch(nodes, films(20))
    assert report.done == 20
    first = min(at for starts in farm.starts.values() for at, node in starts if node == names(1))
    assert 100 < first < 110
    assert report.idle < 0.1


def test_a_job_that_no_node_can_make_fails_for_its_own_reason_and_no_other_does():
    nodes = machines(6)
    report, farm, _ = batch(nodes, films(60), refusal=lambda unit: "3.mp4: is damaged" if unit.item == 3 else "")
    assert report.done == 59
    assert list(report.failed) == [3]
    assert "is damaged" in report.failed[3]
    assert where(farm, after=30) == {names(node) for node in range(6)}  # none is left out for it


def test_a_node_that_refuses_what_others_make_fails_nobody():
    nodes = machines(4)
    nodes[2].refuses = "a bug (TypeError: in one build of a library)"
    report, _, _ = batch(nodes, films(60))
    assert report.done == 60


def test_full_disks_on_many_nodes_fail_no_job():
    nodes = machines(20)
    for node in nodes[:8]:
        node.troubles = [Trouble(5.0, "fills")]
    told = []
    report, _, _ = batch(nodes, films(100), told=told)
    assert report.done == 100
    said = [event.text for event in told if isinstance(event, WarningEvent)]
    assert len(said) == len(set(said)) == 8


def test_a_part_that_meets_one_full_disk_after_the_other_is_made_where_there_is_room():
    nodes = machines(20)
    for node in nodes[:12]:
        node.troubles = [Trouble(0.0, "fills")]
    report, _, _ = batch(nodes, [[300] * 6])  # 6 nodes refuse, and 6 others
    assert not report.failed


def test_a_job_that_is_too_large_for_any_disk_does_not_take_the_nodes_with_it():
    nodes = machines(6)
    told = []
    report, farm, _ = batch(nodes, films(60), told=told, too_large=lambda unit: unit.item == 3)
    assert list(report.failed) == [3]
    assert report.done == 59
    assert where(farm, after=60) == {names(node) for node in range(6)}


@pytest.mark.parametrize("seed", range(5))
def test_two_nodes_with_unequal_jobs_are_busy_to_the_end(seed):
    nodes = machines(2, seed, spread=0.3)
    report, _, _ = batch(nodes, films(16, seed), seed)
    assert report.done == 16
    assert report.idle < 0.1


@pytest.mark.slow
def test_a_thousand_nodes_make_ten_thousand_jobs():
    show = Path(__file__).with_name("show_farm.py")
    command = [sys.executable, str(show), "--json", "--nodes", "1000", "--setting", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    figures = json.loads(ran.stdout)
    assert figures["done"] == 10_000
    assert not figures["failed"]
    assert figures["thrown"] < 0.03
    assert figures["idle"] < 0.15
    assert figures["driver"] / 10_000 < 0.01  # CPU seconds a job
    assert figures["megabytes"] < 300
