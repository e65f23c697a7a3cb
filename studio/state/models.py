"""The models on this disk, as the window lists them. The scan runs in the background."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue

if TYPE_CHECKING:
    from studio.engine.engine import Engine
    from studio.engine.models.catalog import ModelInfo

WATCHED_MOST = 50  # files that are not whole, or never will be
QUIET_MS = 1500  # a file is looked at when nothing has changed for so long; copies take time


class Models(QObject):
    """What the catalogue found.

    Signals:
        models_changed(): the list is another one.
    """

    models_changed = Signal()

    def __init__(self, engine: Engine, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._queue = queue
        self._scan: Job | None = None
        self._all: tuple[ModelInfo, ...] = ()
        self._watcher: QFileSystemWatcher | None = None
        self._timer = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._timer.setObjectName("modelsTimer")
        self._timer.timeout.connect(self.refresh)
        queue.job_changed.connect(self._on_job_changed)

    def watch(self, folder: Path) -> None:
        """Look again whenever something is put into this folder or taken out of it."""
        if not folder.is_dir():
            return
        if self._watcher is None:
            self._watcher = QFileSystemWatcher(self)
            self._watcher.directoryChanged.connect(self._on_changed)
            self._watcher.fileChanged.connect(self._on_changed)
        if str(folder) not in self._watcher.directories():
            self._watcher.addPath(str(folder))

    @Slot(str)
    def _on_changed(self, _path: str) -> None:
        self._timer.start()

    def _watch_broken(self) -> None:
        """A large file takes minutes to come, and its folder tells of its first byte alone."""
        if self._watcher is None:
            return
        broken = {str(info.path) for info in self._all if info.problem and info.path.is_file()}
        known = set(self._watcher.files())
        for path in known - broken:
            self._watcher.removePath(path)
        for path in sorted(broken - known)[:WATCHED_MOST]:
            self._watcher.addPath(path)

    @property
    def all(self) -> tuple[ModelInfo, ...]:
        """Models (no LoRAs), those that can be used first."""
        models = [info for info in self._all if info.kind == "model"]
        return tuple(sorted(models, key=lambda info: (bool(info.problem), info.name.lower())))

    @property
    def loras(self) -> tuple[ModelInfo, ...]:
        """LoRA files."""
        return tuple(info for info in self._all if info.kind == "lora")

    def find(self, id: str) -> ModelInfo | None:
        """The model of that id or path, if it is in the list."""
        for info in self._all:
            if id in (info.id, str(info.path)):
                return info
        return None

    def load(self) -> None:
        """Look at the disk now, on this thread: headers only, a few hundredths of a second."""
        self._take((*self._engine.models(), *self._engine.loras()))

    def refresh(self) -> None:
        """Look at the disk again, in the background."""
        if self._scan is not None and not self._scan.state.is_over:
            self._timer.start()  # it may have passed what is new
            return
        engine = self._engine

        def scan(_stop: threading.Event) -> Generator[None, None, tuple[ModelInfo, ...]]:
            yield
            return (*engine.models(), *engine.loras())

        self._scan = self._queue.submit(scan, "Looking for models", front=True)

    @Slot(object)
    def _on_job_changed(self, job: Job) -> None:
        if job is self._scan and job.state is JobState.FINISHED:
            self._take(job.result)

    def _take(self, found: tuple[ModelInfo, ...]) -> None:
        if found != self._all:
            self._all = found
            self._watch_broken()
            self.models_changed.emit()
