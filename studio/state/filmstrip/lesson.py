"""What the fresh noise is for: one seed with it and without it, side by side."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from studio.engine.errors import InvalidRequest
from studio.engine.request import GenerationRequest
from studio.jobs.job import JobState
from studio.state.filmstrip.comparison import Comparison
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.forks import Forks
from studio.state.filmstrip.runs import provisional
from studio.state.filmstrip.tree import Node
from studio.state.session import Run, Session

WITH, WITHOUT = "DDPM", "DDPM, noise removed"
STEPS, SEED = 20, 5
WORDS = (
    "The same start, with fresh noise at every step and without it.",
    "Without it each step goes to the average of all pictures that the words allow. Here are no "
    "words, so the average is plain. A precise prompt allows little else than itself: try one.",
)


def lesson_request(now: GenerationRequest) -> GenerationRequest:
    """The run with its noise: no words and no guidance, since both choose among the pictures.

    Measured on the starter: without a prompt the local variance falls from 244 to 0.03 (20 steps)
    and from 315 to 0.03 (1,000 steps); "a palm tree in the desert" loses 1 to 13 % only.
    """
    return GenerationRequest(
        model=now.model, width=now.width, height=now.height, sampler=WITH, schedule="trailing",
        steps=STEPS, guidance_scale=1.0, seed=SEED,
    )  # fmt: skip


class NoiseLesson(QObject):
    """Makes a take with DDPM, forks it at its first step without the noise, and compares both."""

    def __init__(
        self,
        filmstrip: Filmstrip,
        session: Session,
        forks: Forks,
        comparison: Comparison,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._strip, self._session = filmstrip, session
        self._forks, self._comparison = forks, comparison
        self._awaited: Run | None = None
        self._first: Node | None = None
        filmstrip.take_saved.connect(self._on_take_saved)
        session.run_ended.connect(self._on_run_ended)
        session.lesson_asked.connect(self.begin)

    @Slot()
    def begin(self) -> None:
        """Queue the first of the two takes."""
        self._first = None
        try:
            self._awaited = self._session.submit(lesson_request(self._session.request))
        except InvalidRequest as error:
            self._strip.messages.error(error.message, error.hint)

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        if run is self._awaited and run.job.state is not JobState.FINISHED:
            self._awaited = self._first = None  # stopped, or failed: no lesson

    @Slot()
    def _on_take_saved(self) -> None:
        node = self._strip.tree.get(provisional(self._awaited)) if self._awaited else None
        if node is None or node.take is None:
            return
        self._awaited = None
        if self._first is None:
            self._first = node
            self._awaited = self._forks.fork_at(node.id, 0, {"sampler": WITHOUT})
        else:
            # Words first: they take room, and the second strip asks for what is left.
            self._strip.messages.info(*WORDS)
            self._comparison.start(self._first)
