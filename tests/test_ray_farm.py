"""The farm that is Ray's, with a Ray that is made up: what it hands on of answers."""

from types import SimpleNamespace
from typing import Any

from vidream.cluster.ray_farm import RayFarm


class MadeUpRay:
    """Ray, whose tasks have all ended; each reference is its own answer."""

    exceptions = SimpleNamespace(RayError=RuntimeError, OutOfMemoryError=MemoryError)

    @staticmethod
    def wait(references, **_):
        return [*references], []

    @staticmethod
    def get(reference, **_):
        return [] if reference == "letters" else reference

    @staticmethod
    def cancel(*_, **__):
        raise RuntimeError("it has ended")


def test_the_answer_of_an_attempt_that_was_stopped_a_moment_ago_is_passed_over():
    farm: Any = RayFarm.__new__(RayFarm)
    farm._ray, farm._letters, farm._posted, farm._questions = MadeUpRay, "letters", 0.0, {}
    farm._attempts = {"a": (1, "n1"), "b": (2, "n2"), "c": (3, "n3")}
    farm._references = {1: "a", 2: "b", 3: "c"}
    heard = list[Any]()
    for news in farm.news(0.0):
        heard.append(news)
        farm.stop([2])  # the same unit, of which one answer is enough
    assert [(news.attempt, news.answer) for news in heard] == [(1, "a"), (3, "c")]
    assert not farm._attempts
    assert not farm._references
