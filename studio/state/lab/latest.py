"""Runs the newest job of each kind on a queue and forgets the older ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue
from studio.lab.laboratory import Task


@dataclass(slots=True)
class _Wanted:
    kind: str
    key: Hashable
    job: Job


class Latest(QObject):
    """At most one job of each kind counts; a newer one cancels the older.

    Signals:
        arrived(str, list): items of the job of this kind, in order.
        done(str, object): the job of this kind has returned this result.
        failed(str, Exception): the job of this kind has raised.
        busy_changed(): a job was begun or has ended.
    """

    arrived = Signal(str, list)
    done = Signal(str, object)
    failed = Signal(str, object)
    busy_changed = Signal()

    def __init__(self, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._wanted: dict[str, _Wanted] = {}
        queue.items_added.connect(self._on_items)
        queue.job_changed.connect(self._on_job)

    def ask(self, kind: str, key: Hashable, make: Callable[[], Task], title: str) -> bool:
        """Run a task unless the newest of its kind has the same key; True if it was begun."""
        last = self._wanted.get(kind)
        if last is not None and last.key == key:
            return False
        self.drop(kind)
        job = self._queue.prepare(make(), title)
        self._wanted[kind] = _Wanted(kind, key, job)
        self._queue.add(job)
        self.busy_changed.emit()
        return True

    def drop(self, kind: str) -> None:
        """Forget the job of a kind, and stop it if it runs."""
        last = self._wanted.pop(kind, None)
        if last is not None and not last.job.state.is_over:
            self._queue.cancel(last.job)

    def forget(self) -> None:
        """Drop all: what was answered does not count any more and may be asked again."""
        for kind in list(self._wanted):
            self.drop(kind)
        self.busy_changed.emit()

    def is_busy(self, kind: str = "") -> bool:
        """Whether a job of this kind (or any) waits or runs."""
        return any(not wanted.job.state.is_over for wanted in self._wanted.values()
                   if kind in ("", wanted.kind))  # fmt: skip

    def _kind_of(self, job: Job) -> str | None:
        return next((w.kind for w in self._wanted.values() if w.job is job), None)

    @Slot(object, list)
    def _on_items(self, job: Job, items: list[Any]) -> None:
        kind = self._kind_of(job)
        if kind is not None:
            self.arrived.emit(kind, items)

    @Slot(object)
    def _on_job(self, job: Job) -> None:
        kind = self._kind_of(job)
        if kind is None or not job.state.is_over:
            return
        if job.state is JobState.FINISHED:
            self.done.emit(kind, job.result)
        elif job.state is JobState.FAILED:
            self.failed.emit(kind, job.error)
        self.busy_changed.emit()
