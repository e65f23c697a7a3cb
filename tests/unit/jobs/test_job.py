from __future__ import annotations

import gc
import weakref

import pytest

from studio.jobs.events import Advanced, Failed, Finished, Started, Stopped
from studio.jobs.job import LAST_WORDS, Job, run_job


class Enough(Exception):
    """What a task raises to say that it stopped as asked."""


def steps(count, *, fail_at=None):
    def task(stop):
        for i in range(count):
            if i == fail_at:
                raise RuntimeError("boom")
            yield i
        return "picture"

    return task


def kinds(job):
    return [type(event) for event in run_job(job)]


def test_runs_to_the_end_without_qt():
    events = list(run_job(Job(steps(2))))
    assert [type(e) for e in events] == [Started, Advanced, Advanced, Finished]
    assert events[-1].result == "picture"


def test_an_error_ends_the_job_and_keeps_no_frames_alive():
    class Tensor:
        pass

    alive = []

    def task(stop):
        tensor = Tensor()
        alive.append(weakref.ref(tensor))
        yield 1
        raise RuntimeError("boom")

    events = list(run_job(Job(task)))
    assert isinstance(events[-1], Failed)
    gc.collect()
    assert alive[0]() is None


def test_a_job_stopped_before_its_start_never_starts():
    job = Job(steps(9))
    job.stop.set()
    assert kinds(job) == [Stopped]


def test_a_deaf_task_is_closed_after_a_few_pulls():
    closed = []

    def task(stop):
        try:
            while True:
                yield 0
        finally:
            closed.append(True)

    job = Job(task)
    run = run_job(job)
    assert [type(next(run)) for _ in range(3)] == [Started, Advanced, Advanced]
    job.stop.set()
    rest = list(run)
    assert [type(e) for e in rest] == [Advanced] * LAST_WORDS + [Stopped]
    assert closed == [True]


def test_a_task_may_have_last_words():
    def task(stop):
        while True:
            yield 0
            if stop.is_set():
                raise Enough("kept 3 steps")

    job = Job(task, stop_error=Enough)
    run = run_job(job)
    next(run), next(run)
    job.stop.set()
    last = list(run)[-1]
    assert isinstance(last, Stopped)
    assert str(last.error) == "kept 3 steps"


def test_the_stop_error_counts_as_a_failure_when_nobody_asked_to_stop():
    def task(stop):
        yield 0
        raise Enough

    assert kinds(Job(task, stop_error=Enough))[-1] is Failed


@pytest.mark.parametrize("error", [SystemExit(3), MemoryError(), StopIteration("x")])
def test_no_kind_of_error_leaves_the_job_hanging(error):
    def task(stop):
        yield 1
        raise error

    assert kinds(Job(task))[-1] is Failed


def test_a_task_that_is_no_generator_fails_in_words():
    def task(stop):
        raise ValueError("at start")

    assert kinds(Job(task)) == [Started, Failed]
