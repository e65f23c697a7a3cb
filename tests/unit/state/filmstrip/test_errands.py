"""Small background jobs with a slot for their result."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject

from studio.jobs.job import JobState
from studio.jobs.queue import JobQueue
from studio.state.filmstrip.errands import Errands, once


class Ear(QObject):
    def __init__(self):
        super().__init__()
        self.done, self.seen, self.ended = [], [], []


@pytest.fixture
def queue(qtbot):
    queue = JobQueue("errands")
    yield queue
    assert queue.close(5000)


def test_the_result_comes_back_and_progress_on_the_way(queue, qtbot):
    errands, ear = Errands(queue), Ear()

    def task(_stop):
        yield None
        yield 0.5
        return "done"

    errands.run(task, "x", ear.done.append, progress=ear.seen.append, ended=ear.ended.append)
    qtbot.waitUntil(lambda: bool(ear.ended))
    assert (ear.done, ear.seen) == (["done"], [0.5])
    assert ear.ended[0].state is JobState.FINISHED


def test_a_cancelled_errand_ends_without_a_result(queue, qtbot):
    errands, ear = Errands(queue), Ear()

    def task(stop):
        while True:
            stop.wait(0.01)
            yield None

    job = errands.run(task, "x", ear.done.append, ended=ear.ended.append)
    errands.cancel(job)
    errands.cancel(None)
    qtbot.waitUntil(lambda: bool(ear.ended))
    assert ear.done == []


def test_a_plain_function_as_a_task(queue, qtbot):
    errands, ear = Errands(queue), Ear()
    errands.run(once(lambda: 42), "x", ear.done.append)
    qtbot.waitUntil(lambda: ear.done == [42])


def test_a_dropped_errand_is_not_told_even_if_its_answer_comes(queue, qtbot):
    errands, ear, begun, may_end = Errands(queue), Ear(), threading.Event(), threading.Event()

    def work():
        begun.set()
        may_end.wait(10)
        return "old"

    job = errands.run(once(work), "x", ear.done.append, ended=ear.ended.append)
    qtbot.waitUntil(begun.is_set)  # too far to be stopped
    errands.drop(job)
    errands.drop(None)
    may_end.set()
    errands.run(once(lambda: "new"), "y", ear.done.append)
    qtbot.waitUntil(lambda: bool(ear.done))
    assert (ear.done, ear.ended) == (["new"], [])
