"""Only the newest job of a kind counts."""

from __future__ import annotations

import threading

import pytest

from studio.jobs.queue import JobQueue
from studio.state.lab.latest import Latest


@pytest.fixture
def queue(qapp):
    made = JobQueue("test")
    yield made
    assert made.close()


def counting(to, result, gate=None):
    def task(stop):
        for i in range(to):
            if gate is not None:
                gate.wait(5)
            yield i
        return result

    return lambda: task


def test_items_and_result_arrive_with_their_kind(queue, qtbot):
    latest = Latest(queue)
    items = []
    latest.arrived.connect(lambda kind, some: items.extend((kind, i) for i in some))
    with qtbot.waitSignal(latest.done) as caught:
        assert latest.ask("walk", 1, counting(3, "end"), "t")
    assert caught.args == ["walk", "end"]
    assert items == [("walk", 0), ("walk", 1), ("walk", 2)]
    assert not latest.is_busy()


def test_the_same_key_is_asked_once_and_another_replaces_it(queue, qtbot):
    latest, gate, done = Latest(queue), threading.Event(), []
    latest.done.connect(lambda kind, result: done.append(result))
    assert latest.ask("field", "a", counting(50, "old", gate), "t")
    assert not latest.ask("field", "a", counting(1, "same"), "t")
    assert latest.is_busy("field")
    assert not latest.is_busy("walk")
    assert latest.ask("field", "b", counting(1, "new"), "t")
    gate.set()
    qtbot.waitUntil(lambda: done == ["new"])


def test_a_dropped_job_says_nothing(queue, qtbot):
    latest, gate, seen = Latest(queue), threading.Event(), []
    latest.done.connect(lambda *args: seen.append(args))
    latest.failed.connect(lambda *args: seen.append(args))
    latest.ask("field", "a", counting(9, "x", gate), "t")
    latest.drop("field")
    gate.set()
    qtbot.waitUntil(lambda: queue.running is None)
    assert seen == []
    assert latest.ask("field", "a", counting(1, "again"), "t")
    qtbot.waitUntil(lambda: len(seen) == 1)


def test_failures_are_passed_on(queue, qtbot):
    def task(stop):
        yield 1
        raise ValueError("broken")

    latest = Latest(queue)
    with qtbot.waitSignal(latest.failed) as caught:
        latest.ask("walk", 1, lambda: task, "t")
    assert str(caught.args[1]) == "broken"
