"""The one thread that runs jobs, and the ordered box in which their events wait for the window."""

from __future__ import annotations

import atexit
import queue
import threading

from PySide6.QtCore import QThread, Signal

from studio.jobs.events import Advanced, JobEvent
from studio.jobs.job import Job, run_job


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


@atexit.register
def _end_all() -> None:
    for thread in _running:
        thread.finish()
    while _running:
        _running.pop().wait(60_000)


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

    def begin(self) -> None:
        """Start the thread; it lives until `end`, whoever forgets it."""
        _running.add(self)
        self.start()

    def submit(self, job: Job) -> None:
        """Run `job` after those submitted before."""
        self._inbox.put(job)

    def finish(self) -> None:
        """Stop the present job; the thread ends after the jobs submitted so far."""
        job = self._job
        if job is not None:
            job.stop.set()
        self._inbox.put(None)

    def end(self, timeout_ms: int) -> bool:
        """`finish`, and wait; True when the thread has ended in time."""
        self.finish()
        has_ended = self.wait(timeout_ms)
        if has_ended:
            _running.discard(self)
        return has_ended

    def run(self) -> None:
        """Work until `finish`. Creates no QObject: only plain values leave through the outbox."""
        while (job := self._inbox.get()) is not None:
            self._job = job
            self._run_one(job)
            self._job = None
            del job  # a finished job's task may hold tensors; do not keep it while waiting

    def _run_one(self, job: Job) -> None:
        for event in run_job(job):
            was_empty = self.outbox.put(event)
            is_urgent = not isinstance(event, Advanced)
            if was_empty or is_urgent:
                self.events_ready.emit(is_urgent)
