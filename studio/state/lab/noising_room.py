"""Noise a picture to some t and let the model guess: in one step, and in many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.engine import Engine
from studio.engine.errors import InvalidRequest
from studio.engine.record import Frame
from studio.engine.request import Pixels
from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue
from studio.library.images import read_picture
from studio.state.filmstrip.errands import Errands, once
from studio.state.lab.batch import Batch, without_words
from studio.state.lab.sharpening import Sharpener
from studio.state.messages import Messages
from studio.state.session import Run, Session

STRENGTHS = (0.25, 0.75, 1.0)  # a little, much, and total noise
STEPS_LEAST = 8  # with fewer, a little noise would be no step at all
KEPT_BELOW = 0.1  # a pixel that changes less than this (of its range) counts as kept


@dataclass(slots=True)
class Trial:
    """One amount of noise. noisy, guess, result: [H, W, 3]; None until they are there."""

    strength: float
    noisy: Pixels | None = None
    guess: Pixels | None = None
    result: Pixels | None = None
    has_failed: bool = False

    def change(self, original: Pixels) -> NDArray[np.float32] | None:
        """How much each pixel of the result differs, [H, W], 0 .. 1; None before."""
        if self.result is None or self.result.shape != original.shape:
            return None
        gap = np.abs(self.result.astype(np.float32) - original) / np.float32(255)
        return np.asarray(gap.max(axis=2))

    def kept(self, original: Pixels) -> float | None:
        """The share of pixels that are still what they were, 0 .. 1; None before."""
        change = self.change(original)
        return None if change is None else float((change < KEPT_BELOW).mean())


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """The middle of a picture in the wished ratio, resized; [height, width, 3]."""
    image = Image.fromarray(picture[..., :3])
    scale = max(width / image.width, height / image.height)
    size = max(width, round(image.width * scale)), max(height, round(image.height * scale))
    image = image.resize(size, Image.Resampling.LANCZOS)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.asarray(image.crop((left, top, left + width, top + height)))


class NoisingRoom(QObject):
    """One picture at several amounts of noise.

    own: an amount of the user's choice beside the three. has_words: whether the prompt of the
    Generate workspace helps. seed: of the noise; never the picture's own, or noise alone would
    lead back to the same picture.

    Signals:
        trials_changed(): a picture or a setting was chosen, or a trial has got on.
    """

    trials_changed = Signal()

    def __init__(
        self, session: Session, queue: JobQueue, messages: Messages, engine: Engine,
        background: JobQueue, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._session, self._messages = session, messages
        self.original: Pixels | None = None
        self.trials: list[Trial] = []
        self.own = 0.5
        self.has_words = False
        self.seed = 1
        self._errands = Errands(background, self)
        self._reading: Job | None = None
        self._batch = Batch(session, queue, self)
        self._batch.frames_added.connect(self._on_frames)
        self._batch.run_ended.connect(self._on_run_ended)
        self._sharpener = Sharpener(engine, background, self)
        self._sharpener.sharpened.connect(self._on_sharpened)

    @property
    def is_running(self) -> bool:
        """Whether trials wait or are being made."""
        return self._batch.waiting > 0

    @property
    def strengths(self) -> tuple[float, ...]:
        """The amounts of noise, rising, the user's own among them."""
        return tuple(sorted({*STRENGTHS, round(self.own, 2)}))

    def edit(
        self, *, own: float | None = None, has_words: bool | None = None, seed: int | None = None
    ) -> None:  # fmt: skip
        """Choose the own amount of noise (0.05 .. 1), the words, or the seed of the noise."""
        if own is not None:
            self.own = min(max(own, 0.05), 1.0)
        if has_words is not None:
            self.has_words = has_words
        if seed is not None:
            self.seed = seed
        self.trials_changed.emit()

    def say_empty(self) -> None:
        """The history has no picture: say what to do."""
        self._messages.info("You have made no picture yet.",
                            "Make one in the Generate workspace, or open one.")  # fmt: skip

    def choose(self, path: Path) -> None:
        """Begin with the picture of a file, once it is read: in the background, large or far."""
        self._errands.drop(self._reading)
        self._reading = self._errands.run(once(partial(read_picture, path)), f"Opening {path.name}",
                                          self._on_read, front=True)  # fmt: skip

    def _on_read(self, picture: Pixels) -> None:
        self.take(picture)
        self.start()

    def take(self, picture: Pixels) -> None:
        """Take a picture: [H, W, 3] uint8. It is fitted to the size on the Generate page."""
        self.stop()
        request = self._session.form.request
        self.original = fitted(picture, request.width, request.height)
        self.trials = []
        self.trials_changed.emit()

    def start(self) -> bool:
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
                               steps=max(request.steps, STEPS_LEAST), seed=self.seed)  # fmt: skip
        if not self.has_words:
            request = without_words(request)
        self.trials = [Trial(strength) for strength in self.strengths]
        self._batch.start({trial.strength: request.edit(strength=trial.strength)
                           for trial in self.trials})  # fmt: skip
        self.trials_changed.emit()
        return True

    @Slot()
    def stop(self) -> None:
        """Give up the trials that are not finished."""
        self._batch.stop()
        self._sharpener.forget()
        self.trials_changed.emit()

    def _trial(self, strength: float) -> Trial | None:
        return next((trial for trial in self.trials if trial.strength == strength), None)

    @Slot(object, list)
    def _on_frames(self, strength: float, frames: list[Frame]) -> None:
        trial = self._trial(strength)
        if trial is None or trial.guess is not None:
            return
        # The first step's guess is the one-step answer; all later ones only refine it.
        trial.noisy, trial.guess = frames[0].lanes.get("noisy"), frames[0].lanes.get("x0")
        self.trials_changed.emit()

    @Slot(object, object)
    def _on_run_ended(self, strength: float, run: Run) -> None:
        trial = self._trial(strength)
        if trial is None:
            return
        if run.job.state is JobState.FINISHED:
            trial.result = run.job.result.picture
            steps = run.job.result.take.steps if run.job.result.take is not None else ()
            if steps:
                first = steps[0].index
                self._sharpener.ask(strength, run, [(first, "noisy"), (first, "x0")])
        else:
            trial.has_failed = True
        self.trials_changed.emit()

    @Slot(object, object)
    def _on_sharpened(self, strength: float, found: dict[tuple[int, str], Pixels]) -> None:
        trial = self._trial(strength)
        if trial is None:
            return
        for (_, lane), pixels in found.items():
            if lane == "noisy":
                trial.noisy = pixels
            else:
                trial.guess = pixels
        self.trials_changed.emit()
