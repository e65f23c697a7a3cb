"""The one thread that runs jobs, and the ordered box in which their events wait for the window."""

from __future__ import annotations

import atexit
import queue
import threading

from PySide6.QtCore import QObject, QThread, Signal

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


# A thread that is deep in a library (an import, a kernel) when its window goes cannot be ended, and
# destroying its QThread would abort the process: it is kept here until the interpreter ends.
_left_running: list[JobThread] = []


def leave_running(thread: JobThread) -> None:
    """Keep a thread that does not end in time; the interpreter waits for it at its own end."""
    thread.setParent(None)
    _left_running.append(thread)


@atexit.register
def _wait_for_threads() -> None:
    while _left_running:
        _left_running.pop().wait(60_000)


class JobThread(QThread):
    """Runs jobs one after another. The object itself lives in the GUI thread, only `run` does not.

    Signals:
        events_ready(bool): something lies in the outbox; True when it should not wait.
    """

    events_ready = Signal(bool)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.outbox = Outbox()
        self._inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()

    def submit(self, job: Job) -> None:
        """Run `job` after those submitted before."""
        self._inbox.put(job)

    def finish(self) -> None:
        """End the thread after the jobs submitted so far."""
        self._inbox.put(None)

    def run(self) -> None:
        """Work until `finish`. Creates no QObject: only plain values leave through the outbox."""
        while (job := self._inbox.get()) is not None:
            self._run_one(job)
            del job  # a finished job's task may hold tensors; do not keep it while waiting

    def _run_one(self, job: Job) -> None:
        for event in run_job(job):
            was_empty = self.outbox.put(event)
            is_urgent = not isinstance(event, Advanced)
            if was_empty or is_urgent:
                self.events_ready.emit(is_urgent)
