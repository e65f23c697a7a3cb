"""Small jobs for the background queue, each with one slot for its result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Slot

from studio.jobs.job import Job, JobState, Task
from studio.jobs.queue import JobQueue

T = TypeVar("T")


def once(work: Callable[[], T]) -> Task:
    """A plain function as a task; it cannot be stopped half-way."""

    def task(_stop: threading.Event) -> Generator[None, None, T]:
        yield
        return work()

    return task


@dataclass(frozen=True, slots=True)
class _Errand:
    done: Callable[[Any], object]
    progress: Callable[[Any], object] | None
    ended: Callable[[Job], object] | None


class Errands(QObject):
    """Submits tasks and calls back on the GUI thread. Callbacks are methods of QObjects.

    A task that fails is reported by the program's message bar; `ended` is called in any case.
    """

    def __init__(self, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._open: dict[int, _Errand] = {}
        queue.job_changed.connect(self._on_job_changed)
        queue.items_added.connect(self._on_items_added)

    def run(
        self,
        task: Task,
        title: str,
        done: Callable[[Any], object],
        *,
        progress: Callable[[Any], object] | None = None,
        ended: Callable[[Job], object] | None = None,
        front: bool = False,
    ) -> Job:
        """Queue a task. done: gets its result; progress: each thing it yields that is not None."""
        job = self._queue.prepare(task, title)
        self._open[job.id] = _Errand(done, progress, ended)
        self._queue.add(job, front=front)
        return job

    def cancel(self, job: Job | None) -> None:
        """Stop a task, or take it out of the queue."""
        if job is not None:
            self._queue.cancel(job)

    def drop(self, job: Job | None) -> None:
        """Cancel a task whose answer nobody wants any more: it is not told, even if it comes.

        Who asks for one thing after another, each in front, else gets the oldest answer last.
        """
        if job is not None:
            self._open.pop(job.id, None)
            self._queue.cancel(job)

    @Slot(object)
    def _on_job_changed(self, job: Job) -> None:
        if not job.state.is_over:
            return
        errand = self._open.pop(job.id, None)
        if errand is None:
            return
        if job.state is JobState.FINISHED:
            errand.done(job.result)
        if errand.ended is not None:
            errand.ended(job)

    @Slot(object, list)
    def _on_items_added(self, job: Job, items: list[Any]) -> None:
        errand = self._open.get(job.id)
        news = [item for item in items if item is not None]
        if errand is not None and errand.progress is not None and news:
            errand.progress(news[-1])
