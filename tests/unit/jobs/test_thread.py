from __future__ import annotations

import threading

from studio.jobs.events import Advanced, Finished, Started
from studio.jobs.job import Job
from studio.jobs.thread import JobThread, Outbox


def test_outbox_wakes_only_when_it_was_empty_and_keeps_the_order():
    box = Outbox()
    assert box.put(Started(1))
    assert not box.put(Advanced(1, "a"))
    assert [type(e) for e in box.take_all()] == [Started, Advanced]
    assert box.take_all() == []
    assert box.put(Finished(1, None))


def test_the_task_runs_on_the_worker_and_events_arrive_in_order(qtbot):
    where = []

    def task(stop):
        where.append(threading.current_thread() is threading.main_thread())
        yield "a"
        yield "b"
        return "c"

    thread = JobThread("probe")
    events = []
    thread.events_ready.connect(lambda urgent: events.extend(thread.outbox.take_all()))
    thread.begin()
    thread.submit(Job(task))
    qtbot.waitUntil(lambda: any(isinstance(e, Finished) for e in events))
    assert thread.end(2000)
    assert where == [False]
    assert [e.item for e in events if isinstance(e, Advanced)] == ["a", "b"]


def test_a_forgotten_thread_does_not_end_the_process(qapp):
    import gc

    from studio.jobs.queue import JobQueue

    JobQueue("forgotten")
    gc.collect()  # would abort if the queue owned its running QThread


def test_finish_stops_the_present_job(qtbot):
    def endless(stop):
        while True:
            yield

    thread = JobThread("probe")
    thread.begin()
    thread.submit(Job(endless))
    qtbot.wait(20)
    assert thread.end(2000)
