"""Everything the window shows, in one place: engine, library, queues, session. No widgets."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from studio.engine.errors import Cancelled, StudioError
from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue
from studio.library.home import Home
from studio.state.form import Form
from studio.state.messages import Messages
from studio.state.models import Models
from studio.state.session import Produce, Session
from studio.state.settings import Settings

if TYPE_CHECKING:
    from studio.engine.engine import Engine
    from studio.library.database import Library

log = logging.getLogger(__name__)


class Studio(QObject):
    """The state of the program. Widgets hold no fact that is not here.

    generation: the queue of pictures to make (the engine's only user). background: short work
    that must not hold up the window: thumbnails, sharp decodes, loading takes, indexing.
    """

    def __init__(
        self,
        home: Home,
        engine: Engine,
        library: Library,
        produce: Produce,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.home = home
        self.engine = engine
        self.library = library
        self.messages = Messages(self)
        self.generation = JobQueue("generation", stop_error=Cancelled, parent=self)
        self.background = JobQueue("background", stop_error=Cancelled, parent=self)
        self.settings = Settings(home.settings_file, writer=self.background, parent=self)
        self.settings.write_failed.connect(self._on_write_failed)
        if self.settings.problem:
            self.messages.warning(self.settings.problem)
        for queue in (self.generation, self.background):
            queue.job_changed.connect(self._on_job_changed)
        self.models = Models(engine, self.background, self)
        self.form = Form(self.settings, self.models, self)
        self.session = Session(
            self.form, produce, self.generation, self.messages, self.settings, self
        )
        self.filmstrip: Any = None
        self.canvas: Any = None
        self.concepts: Any = None
        self.lab: Any = None

    def close(self, timeout_ms: int = 4500) -> bool:
        """Stop all work and write the settings; True when both threads have ended in time."""
        self.settings.save_now()
        self.generation.cancel_all()
        self.background.cancel_all()
        has_ended = self.generation.close(timeout_ms)
        return self.background.close(max(200, timeout_ms // 4)) and has_ended

    @Slot(object)
    def _on_job_changed(self, job: Job) -> None:
        if job.state is JobState.FAILED and job.error is not None:
            self.messages.failure(job.error)

    @Slot(object)
    def _on_write_failed(self, error: StudioError) -> None:
        self.messages.failure(error)
