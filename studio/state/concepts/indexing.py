"""Indexing in the background: start, pause, go on, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.concepts.concepts import Concepts
from studio.concepts.index import IndexProgress, IndexReport
from studio.engine.errors import StudioError
from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue


class Phase(Enum):
    """Where indexing is."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSING = "pausing"  # what is in hand is brought to its end first
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class IndexState:
    """What the panel shows. count: pictures that can be found; failed: (file, reason).

    is_opening: the model is being loaded, and the count is not known yet.
    """

    phase: Phase = Phase.IDLE
    progress: IndexProgress | None = None
    report: IndexReport | None = None
    count: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    is_opening: bool = False


class Indexing(QObject):
    """Owns the indexing job; its own queue, so that nothing else waits for it.

    Signals:
        changed(IndexState): at most 20 times a second.
        grown(): pictures were added or removed.
    """

    changed = Signal(object)
    grown = Signal()

    def __init__(
        self,
        concepts: Concepts,
        queue: JobQueue,
        is_busy: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """is_busy: whether a picture is being generated; indexing waits for it."""
        super().__init__(parent)
        self._concepts = concepts
        self._queue = queue
        self._is_busy = is_busy
        self._job: Job | None = None
        self._pauses = False
        self._drops: set[int] = set()  # jobs that forget a folder
        self.state = IndexState()
        queue.items_added.connect(self._on_items)
        queue.job_changed.connect(self._on_job)

    def start(self, folders: Sequence[Path]) -> None:
        """Index these folders; after a pause, go on. Running work is left alone."""
        if self._job is not None:
            return
        concepts, is_busy, places = self._concepts, self._is_busy, list(folders)

        def task(stop: threading.Event) -> Generator[Any, None, Any]:
            report = yield from concepts.index(places, stop, is_busy=is_busy)
            failed = tuple((item.file, item.reason) for item in concepts.failures())
            return report, concepts.indexed_count(), failed

        self._pauses = False
        self._job = self._queue.prepare(task, "Indexing pictures")
        self._show(IndexState(phase=Phase.RUNNING, count=self.state.count))
        self._queue.add(self._job)

    @Slot()
    def pause(self) -> None:
        """Stop for now; everything done so far is kept."""
        if self._job is not None:
            self._pauses = True
            self._show(replace(self.state, phase=Phase.PAUSING))
            self._queue.cancel(self._job)

    def drop_folder(self, folder: Path, kept: Sequence[Path]) -> None:
        """Forget a folder's pictures that lie in none of `kept`, when what runs has ended."""
        concepts, others = self._concepts, list(kept)

        def task(_stop: threading.Event) -> Generator[Any, None, int | None]:
            yield
            return concepts.forget(folder, others)

        job = self._queue.prepare(task, "Forgetting a folder")
        self._drops.add(job.id)
        self._queue.add(job)

    def _on_dropped(self, job: Job) -> None:
        self._drops.discard(job.id)
        if isinstance(job.error, StudioError):
            self._show(replace(self.state, problem=str(job.error)))
        elif job.state is JobState.FINISHED and job.result is not None:
            self._show(replace(self.state, count=job.result))
        self.grown.emit()

    @property
    def is_running(self) -> bool:
        """Whether the index is being written, if only to its next pause."""
        return self._job is not None

    def expect(self) -> None:
        """The index is being opened: nothing can be said of it yet."""
        if self._job is None:
            self._show(replace(self.state, is_opening=True))

    def opened(self) -> None:
        """It is open, or cannot be opened."""
        if self.state.is_opening:
            self._show(replace(self.state, is_opening=False))

    def set_count(self, count: int) -> None:
        """Tell how many pictures can be found, e.g. right after the index was opened."""
        if count != self.state.count and self._job is None:
            self._show(IndexState(self.state.phase, None, self.state.report, count,
                                  self.state.failed))  # fmt: skip

    def forget(self) -> None:
        """Another index is in use: what is known of the one before says nothing about it."""
        if self._job is None:
            self._show(IndexState())

    def _show(self, state: IndexState) -> None:
        self.state = state
        self.changed.emit(state)

    @Slot(object, list)
    def _on_items(self, job: Job, items: list[Any]) -> None:
        if job is not self._job:
            return
        news = [item for item in items if isinstance(item, IndexProgress)]
        if news:  # what was read so far can be found already
            count = max(self.state.count, news[-1].done - news[-1].failed)
            self._show(IndexState(self.state.phase, news[-1], None, count))

    @Slot(object)
    def _on_job(self, job: Job) -> None:
        if job.id in self._drops and job.state.is_over:
            self._on_dropped(job)
        if job is not self._job or not job.state.is_over:
            return
        self._job = None
        progress = self.state.progress
        if job.state is JobState.FINISHED:
            report, count, failed = job.result
            self._show(IndexState(Phase.IDLE, None, report, count, failed))
        elif job.state is JobState.STOPPED and self._pauses:
            self._show(IndexState(Phase.PAUSED, progress, None, self.state.count))
        else:
            error = job.error
            problem = str(error) if isinstance(error, StudioError) else ""
            self._show(IndexState(Phase.IDLE, None, None, self.state.count, (), problem))
        self.grown.emit()
