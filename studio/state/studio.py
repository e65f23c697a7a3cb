"""Everything the window shows, in one place: engine, library, queues, session. No widgets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QElapsedTimer, QObject, Signal, Slot

from studio.engine.errors import Cancelled, StudioError
from studio.engine.importing import is_importing
from studio.engine.tokens import count_tokens
from studio.jobs import collector
from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue
from studio.library.home import Home
from studio.library.wording import Wording
from studio.state.form import Form
from studio.state.messages import Messages
from studio.state.models import Models
from studio.state.queue_model import QueueModel
from studio.state.session import Session, warm_up
from studio.state.settings import Settings
from studio.state.tokens import TokenCounter

if TYPE_CHECKING:
    from studio.engine.engine import Engine
    from studio.library.database import Library, Picture
    from studio.state.filmstrip.filmstrip import Filmstrip
    from studio.state.filmstrip.forks import Forks
    from studio.state.history import HistoryModel
    from studio.state.rescue import Rescue

log = logging.getLogger(__name__)


class Studio(QObject):
    """The state of the program. Widgets hold no fact that is not here.

    generation: the queue of pictures to make (the engine's only user). background: short work
    that must not hold up the window: thumbnails, sharp decodes, loading takes, indexing.

    This class alone is what the window needs to be shown: prompt, settings, queue. All that comes
    with the library follows in `furnish`, for the sake of the first half second.

    Signals:
        may_close_now(): what `may_close` refused to wait for is saved: it may be asked again.
    """

    may_close_now = Signal()

    library: Library
    history: HistoryModel
    rescue: Rescue
    filmstrip: Filmstrip
    forks: Forks

    def __init__(self, home: Home, engine: Engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.home = home
        self.engine = engine
        self.is_furnished = False
        self.messages = Messages(self)
        self.generation = JobQueue("generation", stop_error=Cancelled, parent=self)
        self.background = JobQueue("background", stop_error=Cancelled, parent=self)
        self.libraries = JobQueue("libraries", stop_error=Cancelled, parent=self)
        collector.freeze_while(is_importing)
        self.settings = Settings(home.settings_file, writer=self.background, parent=self)
        self.settings.write_failed.connect(self._on_write_failed)
        if self.settings.problem:
            self.messages.warning(self.settings.problem)
        for queue in (self.generation, self.background):
            queue.job_changed.connect(self._on_job_changed)
        self.models = Models(engine, self.background, self)
        self.form = Form(self.settings, self.models, self)
        self.session = Session(self.form, self.generation, self.messages, self.settings, self)
        self.wording = Wording(self.models, home.data / "lists")
        self.session.wording = self.wording.apply
        self.queue_model = QueueModel(self.generation, self.session, self)
        self.tokens = TokenCounter(count_tokens, self.background, self)
        self.canvas: Any = None  # CanvasRoom, set by ui.canvas.panels
        self.concepts: Any = None  # ConceptRoom, set by ui.concepts.panels
        self.open_concepts: Callable[[], Any] | None = None  # its door, set by app.py
        self.maker: Any = None  # makes pictures without keeping them, set by app.py; None: engine
        self.lab: Any = None
        # p99 and maximum of how late the window was, ms; set by the program, which measures it.
        self.lateness: Callable[[], tuple[float, float]] | None = None

    def show_picture(self, picture: Picture) -> None:
        """Show a finished picture large, with its strip if it has one."""
        self.history.picture_chosen.emit(picture)
        self.filmstrip.open_picture(picture.path)

    def begin(self) -> None:
        """Start what may take a moment: called once the window is on the screen."""
        self.look_around()
        self.warm_up()

    def warm_up(self) -> None:
        """Import torch on a thread of its own, and load the first model on the worker."""
        warm_up(self.engine, self.generation, self.libraries)

    def look_around(self) -> None:
        """Read what is on the disk: models, pictures, work that was not saved."""
        self.models.refresh()
        self.history.load()
        if self.canvas is not None:
            self.canvas.files.recovery.begin()

    def may_close(self) -> bool:
        """Whether nothing would be lost now; if something would, or is still being saved, it is
        said. Takes two seconds at most for each of pictures and canvas, whatever the disk does.
        """
        if self.is_furnished and not self.rescue.may_close():
            return False
        return self.canvas is None or self.canvas.files.recovery.may_close()

    def close(self, timeout_ms: int = 4000) -> bool:
        """Stop all work and write the settings; True when all threads have ended in time.

        timeout_ms: for all of them together. The picture that is being made comes first.
        """
        clock = QElapsedTimer()
        clock.start()

        def left(shares: int = 1) -> int:
            return max(50, (timeout_ms - clock.elapsed()) // shares)

        if self.canvas is not None:
            self.canvas.files.recovery.close()
        self.settings.save_now()
        self.generation.cancel_all()
        self.background.cancel_all()
        ended = [self.generation.close(left()), self.background.close(left())]
        if self.is_furnished:
            self.rescue.save_last()  # also what the workers could not save just now
        self.libraries.close(0)  # an import cannot be stopped, and nothing is lost with it
        # These have several threads each.
        ended += [room.close(left(3)) for room in (self.lab, self.concepts) if room is not None]
        return all(ended)

    @Slot(object)
    def _on_job_changed(self, job: Job) -> None:
        if job.state is not JobState.FAILED or job.error is None:
            return
        if not self.is_furnished or not self.rescue.keep(job.error):
            self.messages.failure(job.error)

    @Slot(object)
    def _on_write_failed(self, error: StudioError) -> None:
        self.messages.failure(error)
