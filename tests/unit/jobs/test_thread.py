from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time

from PySide6.QtCore import QThread, QTimer

from studio.jobs import thread as threads
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


def busy(seconds):
    """A task that does not listen, as an import does not; it leaves garbage that is Qt's."""

    def task(stop):
        yield
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _ = [[] for _ in range(1000)]

    return task


def test_the_collector_stays_off_until_a_late_thread_has_ended(qtbot):
    thread = JobThread("late")
    thread.begin()
    thread.submit(Job(busy(0.5)))
    qtbot.wait(50)
    assert not thread.end(20)
    assert not gc.isenabled()
    assert thread in threads._running
    qtbot.waitUntil(lambda: thread not in threads._running)


def test_what_a_late_task_held_dies_on_the_gui_thread(qtbot):
    """The window is gone, and the last reference to Qt's objects is the task's."""
    died = []

    class Held:
        def __init__(self):
            self.timer = QTimer()

        def __del__(self):
            died.append(QThread.currentThread().isMainThread())

    def task_with(held, stop):
        while not stop.is_set():
            time.sleep(0.01)
            yield
        time.sleep(0.2)
        assert held

    def begin():
        held = Held()
        thread = JobThread("late")
        thread.begin()
        thread.submit(Job(lambda stop: task_with(held, stop)))
        return thread

    thread = begin()
    qtbot.wait(50)
    assert not thread.end(1)
    del thread
    qtbot.waitUntil(lambda: died != [])
    assert died == [True]


def test_a_queue_that_is_deleted_unclosed_ends_its_thread(qtbot):
    from studio.jobs.queue import JobQueue

    queue = JobQueue("unclosed")
    thread = queue._thread
    queue.deleteLater()
    qtbot.waitUntil(lambda: thread not in threads._running)
    assert thread.isFinished()


def test_a_closed_queue_becomes_garbage_in_silence(qapp, capfd):
    from studio.jobs.queue import JobQueue

    queue = JobQueue("closed")
    queue.me = queue  # a ring, as windows are: the collector empties all of it first
    queue._thread.queue = queue
    assert queue.close()
    assert queue.close()
    del queue
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err


AT_EXIT = """
import atexit, gc, sys, time
from PySide6.QtCore import QCoreApplication, QTimer
from studio.jobs.queue import JobQueue

app = QCoreApplication([])
queue = JobQueue("late")

def task(stop):
    yield
    time.sleep(0.3)
    # What torch registers while it is imported is undone by atexit, as this is:
    assert undone == [], undone
    for _ in range(200):
        junk = [[] for _ in range(1000)]
    print("worker is done", gc.isenabled(), flush=True)

class Ring:
    def __init__(self):
        self.timer, self.me = QTimer(interval=1), self
        self.timer.start()

undone = []
atexit.register(undone.append, "torch")
queue.submit(task)
while queue.running is None or queue.running.state.name != "RUNNING":
    app.processEvents()
rings = [Ring() for _ in range(100)]
if "drop" in sys.argv:
    queue.close(10)
    del queue
del rings
"""


def test_the_process_ends_after_its_workers_and_before_what_they_use():
    for words in ((), ("drop",)):
        done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", AT_EXIT, *words],
                              capture_output=True, text=True, timeout=60, check=False,
                              env=os.environ | {"PYTHONPATH": os.getcwd()})  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout == "worker is done False\n", done.stderr[-2000:]
        assert done.stderr == ""
