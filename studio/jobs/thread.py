"""The one thread that runs jobs, and the ordered box in which their events wait for the window."""

from __future__ import annotations

import atexit
import queue
import threading

from PySide6.QtCore import QObject, QThread, Signal, Slot

from studio.jobs import collector
from studio.jobs.events import Advanced, JobEvent
from studio.jobs.job import Job, run_job

LAST_WAIT_MS = 60_000  # at the process's end, for a thread that is deep in an import


class Outbox:
    """Events in order, put by the worker, taken all at once by the window."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[JobEvent] = []

    def put(self, event: JobEvent) -> bool:
        """Add an event; True when the box was empty, so that somebody must be woken."""
        with self._lock:
            self._events.append(event)
            return len(self._events) == 1

    def take_all(self) -> list[JobEvent]:
        """Empty the box."""
        with self._lock:
            events, self._events = self._events, []
            return events


# Destroying a QThread that runs aborts the process, and a thread that is deep in a library (an
# import, a kernel) cannot be ended in time: threads are kept here, not by their queue.
_running: set[JobThread] = set()


class _Reaper(QObject):
    """Lives in the GUI thread and lets go there of threads that ended late."""

    @Slot()
    def reap(self) -> None:
        """Forget every thread that has ended."""
        for thread in [thread for thread in _running if thread.isFinished()]:
            thread.forget()


_reaper = _Reaper()  # imported by the GUI thread: it makes the threads


def _end_all() -> None:
    for thread in list(_running):
        thread.finish()
    for thread in list(_running):
        if thread.wait(LAST_WAIT_MS):
            thread.forget()


# Before all functions of atexit: torch's take its operators down, and a worker that is still
# importing it then fails in the middle or crashes. Python ends its own pools in the same way.
getattr(threading, "_register_atexit", atexit.register)(_end_all)


class JobThread(QThread):
    """Runs jobs one after another. The object itself lives in the GUI thread, only `run` does not.

    Signals:
        events_ready(bool): something lies in the outbox; True when it should not wait.
    """

    events_ready = Signal(bool)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.outbox = Outbox()
        self._inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._job: Job | None = None
        self._is_ending = False
        self._last_jobs: list[Job] = []

    def begin(self) -> None:
        """Start the thread; it lives until `finish` or the process's end, whoever forgets it."""
        _running.add(self)
        collector.hold(self)
        self.finished.connect(_reaper.reap)
        self.start()

    def submit(self, job: Job) -> None:
        """Run `job` after those submitted before."""
        self._inbox.put(job)

    @Slot()
    def finish(self) -> None:
        """Stop the present job; the thread ends after the jobs submitted so far."""
        self._is_ending = True
        job = self._job
        if job is not None:
            job.stop.set()
        self._inbox.put(None)

    def end(self, timeout_ms: int) -> bool:
        """`finish`, and wait; True when the thread has ended in time."""
        self.finish()
        has_ended = self.wait(timeout_ms)
        if has_ended:
            self.forget()
        return has_ended

    def forget(self) -> None:
        """It has ended: nothing of it is kept any more. Called on the GUI thread."""
        self._last_jobs.clear()
        _running.discard(self)
        collector.release(self)

    def run(self) -> None:
        """Work until `finish`. Creates no QObject: only plain values leave through the outbox."""
        while (job := self._inbox.get()) is not None:
            self._job = job
            self._run_one(job)
            self._job = None
            if self._is_ending:  # its window may be gone: a task may hold the last of Qt's objects,
                self._last_jobs.append(job)  # and they must die on the GUI thread
            del job  # a finished job's task may hold tensors; do not keep it while waiting

    def _run_one(self, job: Job) -> None:
        for event in run_job(job):
            was_empty = self.outbox.put(event)
            is_urgent = not isinstance(event, Advanced)
            if was_empty or is_urgent:
                self.events_ready.emit(is_urgent)
