"""Pictures that an experiment asks for together, each under a key of its own."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.record import Frame
from studio.engine.request import GenerationRequest
from studio.jobs.queue import JobQueue
from studio.state.session import Run, Session


def without_words(request: GenerationRequest) -> GenerationRequest:
    """The request as if nothing had been asked for: what the model believes by itself."""
    return request.edit(prompt="", negative_prompt="", guidance_scale=1.0, concept=None)


class Batch(QObject):
    """Queues requests with the session and follows only those.

    Signals:
        frames_added(object, list): new frames of the run under this key.
        run_ended(object, Run): the run under this key is over; it no longer waits.
    """

    frames_added = Signal(object, list)
    run_ended = Signal(object, object)

    def __init__(self, session: Session, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._queue = session, queue
        self._runs: dict[int, tuple[Hashable, Run]] = {}  # job id -> key, run
        session.frames_added.connect(self._on_frames)
        session.run_ended.connect(self._on_ended)

    @property
    def waiting(self) -> int:
        """How many runs wait or are being made."""
        return len(self._runs)

    def start(self, requests: Mapping[Hashable, GenerationRequest]) -> None:
        """Queue complete requests (real seeds), in order; the former ones are given up."""
        self.stop()
        number = 0
        for key, request in requests.items():
            run = self._session.submit(request, batch=number)
            number = run.batch
            self._runs[run.job.id] = key, run

    @Slot()
    def stop(self) -> None:
        """Give up what is not finished."""
        runs, self._runs = list(self._runs.values()), {}
        for _, run in runs:
            self._queue.cancel(run.job)

    @Slot(object, list)
    def _on_frames(self, run: Run, frames: list[Frame]) -> None:
        key, _ = self._runs.get(run.job.id, (None, None))
        if key is not None and frames:
            self.frames_added.emit(key, frames)

    @Slot(object)
    def _on_ended(self, run: Run) -> None:
        key, _ = self._runs.pop(run.job.id, (None, None))
        if key is not None:
            self.run_ended.emit(key, run)
