"""Work ahead keeps its order, its errors and its bounds."""

import threading
import time

import pytest

from vidream.render.ahead import ahead


def threads():
    return [each for each in threading.enumerate() if each.name == "ahead"]


def test_the_same_items_in_the_same_order():
    assert list(ahead(range(50))) == list(range(50))
    assert list(ahead([])) == []
    assert threads() == []


def test_what_is_made_is_made_while_the_one_before_is_used():
    made = threading.Event()

    def items():
        yield 1
        made.set()
        yield 2

    following = ahead(items())
    assert next(following) == 1
    assert made.wait(5)  # nobody has asked for the second
    assert list(following) == [2]


def test_no_more_is_made_than_may_wait():
    made = []

    def items():
        for number in range(100):
            made.append(number)
            yield number

    following = ahead(items(), most=2)
    assert next(following) == 0
    time.sleep(0.3)
    assert len(made) <= 4  # one is used, two wait, one waits to wait
    following.close()


def test_an_error_is_raised_in_its_place():
    def items():
        yield 1
        raise OSError("the disk is gone")

    following = ahead(items())
    assert next(following) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(following)
    assert threads() == []


def test_who_stops_early_leaves_nothing_running():
    closed = []

    def items():
        try:
            while True:
                yield 0
        finally:
            closed.append(True)

    following = ahead(items())
    next(following)
    following.close()
    assert closed == [True]
    assert threads() == []


def use(items):
    for _ in items:
        raise KeyboardInterrupt


def test_an_error_of_the_user_ends_it_too():
    following = ahead(iter(range(10**9)))
    with pytest.raises(KeyboardInterrupt):
        use(following)
    following.close()
    assert threads() == []
