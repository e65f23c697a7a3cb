from __future__ import annotations

import time

import pytest

from studio.jobs.job import JobState
from studio.jobs.queue import JobQueue


def steps(count, delay=0.0, *, fail_at=None):
    def task(stop):
        for i in range(count):
            if i == fail_at:
                raise RuntimeError("boom")
            if delay:
                time.sleep(delay)
            yield i
        return "picture"

    return task


class Recorder:
    def __init__(self, queue):
        self.items, self.batches, self.states = {}, 0, []
        queue.items_added.connect(self.on_items)
        queue.job_changed.connect(self.on_change)

    def on_items(self, job, items):
        self.items.setdefault(job.id, []).extend(items)
        self.batches += 1

    def on_change(self, job):
        self.states.append((job.id, job.state))


@pytest.fixture
def queue(qtbot):
    made = JobQueue("probe")
    made.record = Recorder(made)
    yield made
    assert made.close()


def until(qtbot, job, state):
    qtbot.waitUntil(lambda: job.state is state, timeout=20000)


def test_every_item_arrives_once_and_in_order(queue, qtbot):
    job = queue.submit(steps(20000), "many")
    until(qtbot, job, JobState.FINISHED)
    assert queue.record.items[job.id] == list(range(20000))
    assert job.result == "picture"


def test_progress_is_coalesced(queue, qtbot):
    begin = time.monotonic()
    job = queue.submit(steps(200, 0.002))
    until(qtbot, job, JobState.FINISHED)
    assert queue.record.batches <= 20 * (time.monotonic() - begin) + 3


def test_cancel_stops_within_a_few_items_and_the_next_job_runs(queue, qtbot):
    job, after = queue.submit(steps(1000, 0.01)), queue.submit(steps(2))
    qtbot.waitUntil(lambda: len(queue.record.items.get(job.id, [])) > 3)
    queue.cancel(job)
    until(qtbot, after, JobState.FINISHED)
    assert job.state is JobState.STOPPED
    assert 3 < len(queue.record.items[job.id]) < 30


def test_cancelling_a_waiting_job_never_starts_it(queue, qtbot):
    first, second = queue.submit(steps(20, 0.01)), queue.submit(steps(5))
    queue.cancel(second)
    assert second.state is JobState.STOPPED
    until(qtbot, first, JobState.FINISHED)
    assert second.id not in queue.record.items


def test_a_failure_does_not_hold_up_the_next(queue, qtbot):
    bad, good = queue.submit(steps(5, fail_at=2)), queue.submit(steps(2))
    until(qtbot, good, JobState.FINISHED)
    assert bad.state is JobState.FAILED
    assert queue.record.items[bad.id] == [0, 1]
    assert str(bad.error) == "boom"


def test_front_and_move_change_the_order(queue, qtbot):
    queue.pause(True)
    a, b = queue.submit(steps(1), "a"), queue.submit(steps(1), "b")
    c = queue.submit(steps(1), "c", front=True)
    assert [job.title for job in queue.waiting] == ["c", "a", "b"]
    queue.move(b, 0)
    assert [job.title for job in queue.waiting] == ["b", "c", "a"]
    queue.pause(False)
    until(qtbot, a, JobState.FINISHED)
    ends = [i for i, state in queue.record.states if state is JobState.FINISHED]
    assert ends == [b.id, c.id, a.id]


def test_pause_lets_the_running_job_end_and_holds_the_next(queue, qtbot):
    a, b = queue.submit(steps(10, 0.01)), queue.submit(steps(1))
    queue.pause(True)
    until(qtbot, a, JobState.FINISHED)
    qtbot.wait(30)
    assert b.state is JobState.QUEUED


def test_close_in_the_middle_is_quick_and_later_jobs_are_refused(qtbot):
    queue = JobQueue("probe")
    job, waiting = queue.submit(steps(1000, 0.01)), queue.submit(steps(1))
    qtbot.waitUntil(lambda: job.state is JobState.RUNNING)
    begin = time.monotonic()
    assert queue.close()
    assert time.monotonic() - begin < 2
    assert (job.state, waiting.state) == (JobState.STOPPED, JobState.STOPPED)
    assert queue.submit(steps(1)).state is JobState.STOPPED
