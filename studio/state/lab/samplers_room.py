"""Samplers compared: the same seed and prompt by several recipes, their strips side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.engine import Engine
from studio.engine.errors import InvalidRequest
from studio.engine.record import Frame
from studio.engine.request import GenerationRequest, Pixels
from studio.jobs.job import JobState
from studio.jobs.queue import JobQueue
from studio.state.lab.batch import Batch, without_words
from studio.state.lab.sharpening import Sharpener
from studio.state.messages import Messages
from studio.state.session import Run, Session

LANES = ("x0", "noisy")
COLUMNS_MOST = 10  # levels at which strips are looked at


class Recipe(NamedTuple):
    """One row. words: what is special; is_flow: only for models taught by flow matching."""

    sampler: str
    steps: int
    words: str
    is_flow: bool = False

    @property
    def title(self) -> str:
        """As a heading."""
        return "Flow matching" if self.is_flow else self.sampler


RECIPES: tuple[Recipe, ...] = (
    Recipe("DDPM", 50, "fresh noise at each step"),
    Recipe("DDPM, noise removed", 50, "the same without that noise"),
    Recipe("DDIM", 5, "no noise, few steps"),
    Recipe("DDIM", 10, "no noise"),
    Recipe("DDIM", 20, "no noise"),
    Recipe("DDIM", 50, "no noise"),
    Recipe("DDIM", 200, "no noise, very many steps"),
    Recipe("DPM++ 2M", 10, "looks back one step"),
    Recipe("Euler", 20, "straight lines between noise and pictures", is_flow=True),
)
FIRST_CHOSEN = (0, 1, 2, 4, 6)


@dataclass(slots=True)
class Strip:
    """One recipe and what it made. sharp: real decodes by (index of the step, lane)."""

    recipe: Recipe
    frames: list[Frame] = field(default_factory=list)
    sharp: dict[tuple[int, str], Pixels] = field(default_factory=dict)
    picture: Pixels | None = None
    path: Path | None = None
    seconds: float = 0.0
    has_failed: bool = False
    run: Run | None = None

    def frame_at(self, timestep: float) -> Frame | None:
        """The step in force at a noise level, 0 .. 1000: the last one begun by then.

        None while the run has not come so far.
        """
        steps = [frame for frame in self.frames if frame.index < frame.total]
        is_there = self.picture is not None or (steps and steps[-1].timestep <= timestep)
        if not steps or not is_there:
            return None
        return next((f for f in reversed(steps) if f.timestep >= timestep - 1e-3), steps[0])

    def shown(self, frame: Frame, lane: str) -> Pixels | None:
        """A lane of a step, as sharp as it is at hand."""
        return self.sharp.get((frame.index, lane), frame.lanes.get(lane))

    @property
    def detail(self) -> float | None:
        """How much fine structure the picture has: mean step between neighbouring pixels."""
        if self.picture is None:
            return None
        grey = self.picture[..., :3].astype(np.float32).mean(axis=2)
        return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())


def levels_shown(count: int) -> list[float]:
    """`count` timesteps, 1000 downwards, at which all strips are compared.

    Dense at the noisy end, where most is decided.
    """
    return [1000.0 * (1 - (i / count) ** 1.6) for i in range(count)]


class SamplersRoom(QObject):
    """One comparison at a time.

    chosen: indexes into RECIPES. lane: what is shown of each step, one of LANES. has_words:
    whether the prompt and its guidance are used.

    Signals:
        strips_changed(): a choice was made, or a strip has got on.
    """

    strips_changed = Signal()

    def __init__(
        self, session: Session, queue: JobQueue, messages: Messages, engine: Engine,
        background: JobQueue, show_picture: Callable[[Path], None], parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._session, self._messages, self._show = session, messages, show_picture
        self.chosen = set(FIRST_CHOSEN)
        self.lane, self.has_words = LANES[0], True
        self.columns = 6
        self.strips: list[Strip] = []
        self.request: GenerationRequest | None = None  # what all strips share
        self._batch = Batch(session, queue, self)
        self._batch.frames_added.connect(self._on_frames)
        self._batch.run_ended.connect(self._on_run_ended)
        self._sharpener = Sharpener(engine, background, self)
        self._sharpener.sharpened.connect(self._on_sharpened)

    @property
    def is_running(self) -> bool:
        """Whether strips wait or are being made."""
        return self._batch.waiting > 0

    @property
    def is_flow(self) -> bool:
        """Whether the chosen model was taught by flow matching."""
        info = self._session.form.model
        return info is not None and info.prediction_type == "flow"

    def can_run(self, recipe: Recipe) -> bool:
        """Whether the chosen model can do this recipe."""
        return self.is_flow or not recipe.is_flow

    def choose(self, at: int, *, is_chosen: bool) -> None:
        """Take a recipe in, or leave it out."""
        self.chosen = self.chosen | {at} if is_chosen else self.chosen - {at}
        self.strips_changed.emit()

    def set_columns(self, count: int) -> None:
        """Show so many noise levels, 1 .. COLUMNS_MOST."""
        if count != self.columns:
            self.columns = count
            for at in range(len(self.strips)):
                self._sharpen(at)
            self.strips_changed.emit()

    def set_lane(self, lane: str) -> None:
        """Show the guesses, or the noisy pictures."""
        if lane in LANES:
            self.lane = lane
            self.strips_changed.emit()

    def set_words(self, *, has_words: bool) -> None:
        """Use the prompt, or none: then much more is left to the sampler."""
        self.has_words = has_words
        self.strips_changed.emit()

    def start(self) -> bool:
        """Queue the chosen recipes; False, with a message, if none is, or settings are wrong."""
        recipes = [r for at, r in enumerate(RECIPES) if at in self.chosen and self.can_run(r)]
        if not recipes:
            self._messages.info("No sampler is chosen.", "Choose at least one, better two.")
            return False
        try:
            request = self._session.build_requests()[0]
        except InvalidRequest as error:
            self._messages.failure(error)
            return False
        self.stop()
        if not self.has_words:
            request = without_words(request)
        self.request = request.edit(eta=None, noise=None)
        self.strips = [Strip(recipe) for recipe in recipes]
        self._batch.start({at: self.request.edit(sampler=recipe.sampler, steps=recipe.steps)
                           for at, recipe in enumerate(recipes)})  # fmt: skip
        self.strips_changed.emit()
        return True

    @Slot()
    def stop(self) -> None:
        """Give up what is not finished."""
        self._batch.stop()
        self._sharpener.forget()
        self.strips_changed.emit()

    def open(self, at: int) -> bool:
        """Open the take of a strip; False if it is not finished."""
        path = self.strips[at].path if 0 <= at < len(self.strips) else None
        if path is not None:
            self._show(path)
        return path is not None

    @property
    def reference(self) -> Strip | None:
        """The strip that the others are measured against: DDIM with the most steps."""
        there = [s for s in self.strips if s.picture is not None and s.recipe.sampler == "DDIM"]
        return max(there, key=lambda strip: strip.recipe.steps, default=None)

    def numbers(self, strip: Strip) -> tuple[float, float] | None:
        """A strip's detail, and its difference per pixel (0 .. 1), against the reference.

        None before both are there.
        """
        other = self.reference
        if other is None or other.picture is None or strip.picture is None:
            return None
        if strip.picture.shape != other.picture.shape or not other.detail or strip.detail is None:
            return None
        gap = np.abs(strip.picture.astype(np.float32) - other.picture).mean() / 255
        return strip.detail / other.detail, float(gap)

    @Slot(object, list)
    def _on_frames(self, at: int, frames: list[Frame]) -> None:
        self.strips[at].frames += frames
        self.strips_changed.emit()

    @Slot(object, object)
    def _on_run_ended(self, at: int, run: Run) -> None:
        strip = self.strips[at]
        if run.job.state is JobState.FINISHED:
            saved = run.job.result
            strip.picture, strip.path = saved.picture, saved.path
            strip.seconds = sum(frame.seconds for frame in strip.frames)
            strip.run = run
            self._sharpen(at)
        else:
            strip.has_failed = True
        self.strips_changed.emit()

    def _sharpen(self, at: int) -> None:
        """Decode the steps that are shown of a finished strip."""
        strip = self.strips[at]
        frames = [strip.frame_at(level) for level in levels_shown(self.columns)]
        wanted = [(index, lane) for lane in LANES
                  for index in sorted({frame.index for frame in frames if frame is not None})
                  if (index, lane) not in strip.sharp]  # fmt: skip
        if strip.run is not None and wanted:
            self._sharpener.ask(at, strip.run, wanted)

    @Slot(object, object)
    def _on_sharpened(self, at: int, found: dict[tuple[int, str], Pixels]) -> None:
        self.strips[at].sharp.update(found)
        self.strips_changed.emit()
