"""How many tokens the prompt has, counted in the background while the user types."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.engine.errors import StudioError
from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue
from studio.library.wording import without_loras
from studio.state.form import Form

log = logging.getLogger(__name__)

DELAY_MS = 180
CHUNK = 75  # tokens that CLIP reads at once, besides its start and end marks

Count = Callable[[str, Path], int]


@dataclass(frozen=True, slots=True)
class TokenCount:
    """tokens: of the prompt, without start and end marks."""

    tokens: int

    @property
    def is_long(self) -> bool:
        """True if the prompt needs more than one chunk."""
        return self.tokens > CHUNK

    @property
    def text(self) -> str:
        """ "14 / 75 tokens"; a long prompt counts in whole chunks."""
        chunks = max(1, -(-self.tokens // CHUNK))
        return f"{self.tokens} / {chunks * CHUNK} tokens"

    @property
    def help(self) -> str:
        """What the number means."""
        if self.is_long:
            return (
                "The model reads 75 tokens (word pieces) at a time; this prompt is read in "
                "several pieces, and words in different pieces know less of each other."
            )
        return "The model reads 75 tokens (word pieces) at a time. Most words are one token."


class TokenCounter(QObject):
    """Counts a moment after the last change.

    Signals:
        counted(TokenCount): the count of the form's prompt.
    """

    counted = Signal(object)

    def __init__(self, count: Count, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._count = count
        self._queue = queue
        self._form: Form | None = None
        self._job: Job | None = None
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.setObjectName("tokenTimer")
        self._timer.timeout.connect(self._count_now)
        queue.job_changed.connect(self._on_job_changed)

    def watch(self, form: Form) -> None:
        """Count the prompt of this form from now on."""
        self._form = form
        form.form_changed.connect(self._on_form_changed)
        form.defaults_changed.connect(self._timer.start)
        self._timer.start()

    @Slot(frozenset)
    def _on_form_changed(self, names: frozenset[str]) -> None:
        if names & {"prompt", "model"}:
            self._timer.start()

    @Slot()
    def _count_now(self) -> None:
        info = self._form.model if self._form else None
        if self._form is None or info is None:
            return
        count, path = self._count, info.path
        prompt = without_loras(self._form.request.prompt)

        def task(_stop: threading.Event) -> Generator[None, None, TokenCount | None]:
            yield
            try:
                return TokenCount(count(prompt, path))
            except (StudioError, OSError) as error:  # a broken model says so when it is used
                log.info("tokens not counted: %s", error)
                return None

        if self._job is not None:
            self._queue.cancel(self._job)
        self._job = self._queue.submit(task, "Counting tokens", front=True)

    @Slot(object)
    def _on_job_changed(self, job: Job) -> None:
        if job is self._job and job.state is JobState.FINISHED and job.result is not None:
            self.counted.emit(job.result)
