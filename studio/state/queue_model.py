"""The pictures that are being made and those that wait, as a list model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)

from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue
from studio.state.progress import Progress
from studio.state.session import Session

Index = QModelIndex | QPersistentModelIndex
JOB_ROLE = Qt.ItemDataRole.UserRole
FRACTION_ROLE = Qt.ItemDataRole.UserRole + 1
DETAIL_ROLE = Qt.ItemDataRole.UserRole + 2
MIME = "application/x-latent-studio-job"


class QueueModel(QAbstractListModel):
    """Row 0 is the running job, then the waiting ones, next first; those can be dragged.

    Signals:
        job_moved(Job): it was dropped in another place.
    """

    job_moved = Signal(object)

    def __init__(self, queue: JobQueue, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._session = session
        self._jobs: list[Job] = []
        queue.order_changed.connect(self._on_order_changed)
        queue.job_changed.connect(self._on_job_changed)
        session.progress_changed.connect(self._on_progress)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """How many jobs are not over."""
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The job's words; JOB_ROLE the Job, FRACTION_ROLE 0 .. 1 or None, DETAIL_ROLE a line."""
        if not index.isValid() or index.row() >= len(self._jobs):
            return None
        job = self._jobs[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return job.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{job.title}, {self._detail(job)}"
            case _ if role == JOB_ROLE:
                return job
            case _ if role == FRACTION_ROLE:
                return self._session.progress.fraction if self._is_running(job) else None
            case _ if role == DETAIL_ROLE:
                return self._detail(job)
        return None

    # ------------------------------------------------------------ dragging
    def flags(self, index: Index) -> Qt.ItemFlag:
        """Waiting jobs can be dragged; they are dropped between rows."""
        flags = super().flags(index)
        if not index.isValid():
            return flags | Qt.ItemFlag.ItemIsDropEnabled
        is_waiting = not self._is_running(self._jobs[index.row()])
        return flags | Qt.ItemFlag.ItemIsDragEnabled if is_waiting else flags

    def supportedDropActions(self) -> Qt.DropAction:
        """Jobs are moved, never copied."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """Only our own jobs are taken."""
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The number of the dragged job."""
        data = QMimeData()
        data.setData(MIME, str(self._jobs[indexes[0].row()].id).encode("ascii"))
        return data

    def dropMimeData(
        self, data: QMimeData, _action: Qt.DropAction, row: int, _column: int, parent: Index
    ) -> bool:
        """Move the dragged job before `row`; -1 = behind all."""
        wanted = bytes(data.data(MIME).data())
        job = next((j for j in self._queue.waiting if str(j.id).encode("ascii") == wanted), None)
        if job is None or parent.isValid():
            return False
        waiting, first = self._queue.waiting, len(self._jobs) - len(self._queue.waiting)
        place = len(waiting) if row < 0 else max(0, row - first)
        self._queue.move(job, place - (waiting.index(job) < place))
        self.job_moved.emit(job)
        return True

    def job(self, row: int) -> Job:
        """The job of a row."""
        return self._jobs[row]

    def _is_running(self, job: Job) -> bool:
        return job is self._queue.running

    def _detail(self, job: Job) -> str:
        if self._is_running(job):
            return self._session.progress.text or "Starting"
        run = self._session.run_of(job)
        if run is None:
            return "waiting"
        r = run.request
        return f"{r.width} × {r.height} · {r.steps} steps · seed {r.seed}"

    @Slot()
    def _on_order_changed(self) -> None:
        self._renew()

    @Slot(object)
    def _on_job_changed(self, job: Job) -> None:
        if job.state is JobState.RUNNING or job.state.is_over:
            self._renew()

    def _renew(self) -> None:
        running = self._queue.running
        jobs = [*([running] if running is not None else []), *self._queue.waiting]
        if jobs != self._jobs:
            self.beginResetModel()
            self._jobs = jobs
            self.endResetModel()

    @Slot(object)
    def _on_progress(self, _progress: Progress) -> None:
        if self._jobs:
            first = self.index(0)
            self.dataChanged.emit(first, first, [FRACTION_ROLE, DETAIL_ROLE])
