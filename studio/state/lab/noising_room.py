"""Noise a picture to some t and let the model guess: in one step, and in many."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import InvalidRequest, StudioError
from studio.engine.record import Frame
from studio.engine.request import Pixels
from studio.jobs.job import JobState
from studio.jobs.queue import JobQueue
from studio.library.images import read_picture
from studio.state.messages import Messages
from studio.state.session import Run, Session

STRENGTHS = (0.25, 0.6, 1.0)  # a little, much, and total noise
STEPS_LEAST = 8  # with fewer, a little noise would be no step at all


@dataclass(slots=True)
class Trial:
    """One amount of noise. noisy, guess, result: [H, W, 3]; None until they are there."""

    strength: float
    noisy: Pixels | None = None
    guess: Pixels | None = None
    result: Pixels | None = None
    has_failed: bool = False

    def changed(self, original: Pixels) -> float | None:
        """The mean difference of the result from the original, 0 .. 1; None before."""
        if self.result is None or self.result.shape != original.shape:
            return None
        return float(np.abs(self.result.astype(int) - original).mean() / 255)


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """The middle of a picture in the wished ratio, resized; [height, width, 3]."""
    image = Image.fromarray(picture[..., :3])
    scale = max(width / image.width, height / image.height)
    size = max(width, round(image.width * scale)), max(height, round(image.height * scale))
    image = image.resize(size, Image.Resampling.LANCZOS)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.asarray(image.crop((left, top, left + width, top + height)))


class NoisingRoom(QObject):
    """One picture at three amounts of noise.

    Signals:
        trials_changed(): a picture was chosen, or a trial has got on.
    """

    trials_changed = Signal()

    def __init__(self, session: Session, queue: JobQueue, messages: Messages,
                 parent: QObject | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self._session, self._queue, self._messages = session, queue, messages
        self.original: Pixels | None = None
        self.trials: list[Trial] = []
        self._runs: dict[int, tuple[Run, Trial]] = {}
        session.frames_added.connect(self._on_frames)
        session.run_ended.connect(self._on_run_ended)

    @property
    def is_running(self) -> bool:
        """Whether trials wait or are being made."""
        return bool(self._runs)

    def choose(self, path: Path) -> bool:
        """Take a picture from a file; False, with a message, if it cannot be read."""
        try:
            self.take(read_picture(path))
        except StudioError as error:
            self._messages.failure(error)
            return False
        return True

    def take(self, picture: Pixels) -> None:
        """Take a picture: [H, W, 3] uint8. It is fitted to the size on the Generate page."""
        self.stop()
        request = self._session.form.request
        self.original = fitted(picture, request.width, request.height)
        self.trials = []
        self.trials_changed.emit()

    def start(self, strengths: tuple[float, ...] = STRENGTHS) -> bool:
        """Queue the trials; False, with a message, if the settings or the picture are missing."""
        if self.original is None:
            self._messages.info("There is no picture yet.", "Choose one first.")
            return False
        try:
            request = self._session.build_requests()[0]
        except InvalidRequest as error:
            self._messages.failure(error)
            return False
        self.stop()
        height, width = self.original.shape[:2]
        request = request.edit(image=self.original, width=width, height=height, inpaint=None,
                               steps=max(request.steps, STEPS_LEAST))  # fmt: skip
        self.trials = [Trial(strength) for strength in strengths]
        batch = 0
        for trial in self.trials:
            run = self._session.submit(request.edit(strength=trial.strength), batch=batch)
            batch = run.batch
            self._runs[run.job.id] = run, trial
        self.trials_changed.emit()
        return True

    @Slot()
    def stop(self) -> None:
        """Give up the trials that are not finished."""
        runs, self._runs = list(self._runs.values()), {}
        for run, _ in runs:
            self._queue.cancel(run.job)

    @Slot(object, list)
    def _on_frames(self, run: Run, frames: list[Frame]) -> None:
        _, trial = self._runs.get(run.job.id, (None, None))
        if trial is None or trial.guess is not None or not frames:
            return
        # The first step's guess is the one-step answer; all later ones only refine it.
        trial.noisy, trial.guess = frames[0].lanes.get("noisy"), frames[0].lanes.get("x0")
        self.trials_changed.emit()

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        _, trial = self._runs.pop(run.job.id, (None, None))
        if trial is None:
            return
        if run.job.state is JobState.FINISHED:
            trial.result = run.job.result.picture
        else:
            trial.has_failed = True
        self.trials_changed.emit()
