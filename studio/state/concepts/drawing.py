"""A row of pictures with growing amounts of an expression at one seed, checked afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from studio.concepts.checking import Check
from studio.concepts.concepts import Concepts
from studio.concepts.draw import AMOUNTS
from studio.concepts.expression import ExpressionError, parse
from studio.engine.record import Frame
from studio.engine.request import SEED_MAX, Concept, ConceptWay, GenerationRequest, Pixels
from studio.jobs.job import Job, JobState
from studio.state.filmstrip.errands import Errands, once
from studio.state.messages import Messages
from studio.state.session import Run, Session

WAYS: tuple[ConceptWay, ...] = ("embedding", "direction", "guidance")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture of the row; None until it is made. checks: word -> z against amount 0,
    with a doubt.

    strip: the predicted picture of each step so far, oldest first.
    """

    amount: float
    picture: Pixels | None = None
    path: str = ""
    checks: dict[str, Check] = field(default_factory=dict)
    strip: tuple[Pixels, ...] = ()
    is_over: bool = False


class DrawingRow(QObject):
    """Asks the session for one picture per amount and watches them come.

    Signals:
        row_changed(): a picture, a check or the whole row is another.
    """

    row_changed = Signal()

    def __init__(
        self,
        concepts: Concepts,
        session: Session,
        errands: Errands,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._concepts, self._session, self._errands = concepts, session, errands
        self._messages = messages
        self._places: dict[int, int] = {}  # job id -> place in the row
        self._reading: Job | None = None  # of the expression that the row is drawn of
        self._text = ""
        self.row: list[Drawn] = []
        session.frames_added.connect(self._on_frames)
        session.run_ended.connect(self._on_run_ended)

    @property
    def is_busy(self) -> bool:
        """Whether pictures of the row are still to come."""
        return bool(self._places) or any(not drawn.is_over for drawn in self.row)

    def usual_way(self) -> ConceptWay:
        """The way that suits the chosen model best."""
        info = self._session.form.model
        return "embedding" if info is not None and info.concept_dim else "direction"

    def draw(self, text: str, way: ConceptWay, *, amounts: tuple[float, ...] = AMOUNTS,
             strength: float = 1.0) -> None:  # fmt: skip
        """Queue the row. strength: multiplies all amounts.

        Pictures of the row before that are still to come are made all the same, for the history.
        """
        try:
            asked = parse(text)
        except ExpressionError as error:
            self._messages.error(error.message, error.hint)
            return
        if not asked.terms:
            self._messages.info("There is nothing to draw yet.", "Type words or drop a picture.")
            return
        scaled = tuple(round(amount * strength, 3) for amount in amounts)
        self._text = text
        self._errands.drop(self._reading)
        self._places.clear()  # they would come into this row
        self.row = [Drawn(amount) for amount in scaled]
        self.row_changed.emit()
        work = once(self._concept_maker(text, way, scaled))
        self._reading = self._errands.run(work, "Reading the expression", self._submit,
                                          ended=self._on_read)  # fmt: skip

    def _concept_maker(
        self, text: str, way: ConceptWay, amounts: tuple[float, ...]
    ) -> Callable[[], list[Concept]]:
        concepts = self._concepts
        return lambda: [concepts.concept(text, way, amount) for amount in amounts]

    def _on_read(self, job: Job) -> None:
        if job.state is not JobState.FINISHED:  # nothing will come
            self.row = []
            self.row_changed.emit()

    def _submit(self, made: list[Concept]) -> None:
        info = self._session.form.model
        if info is not None and _is_foreign(made[0], info.concept_dim):
            self._messages.error(f"{info.name} draws what its own CLIP reads; another is chosen.",
                                 "Choose its CLIP above the pictures, or draw a direction of the"
                                 " prompt.")  # fmt: skip
            self.row = []
            self.row_changed.emit()
            return
        request = self._request()
        for place, concept in enumerate(made):
            run = self._session.submit(request.edit(concept=concept))
            self._places[run.job.id] = place

    def _request(self) -> GenerationRequest:
        request = self._session.request
        seed = request.seed if 0 <= request.seed <= SEED_MAX else random.randrange(SEED_MAX + 1)
        return request.edit(seed=seed, image=None, inpaint=None, parent=None)

    @Slot(object, list)
    def _on_frames(self, run: Run, frames: list[Frame]) -> None:
        place = self._places.get(run.job.id)
        if place is None or place >= len(self.row):
            return
        new = tuple(np.asarray(frame.lanes["x0"]) for frame in frames if "x0" in frame.lanes)
        self.row[place] = replace(self.row[place], strip=(*self.row[place].strip, *new))
        self.row_changed.emit()

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        place = self._places.pop(run.job.id, None)
        if place is None or place >= len(self.row):
            return
        saved: Any = run.job.result
        drawn = replace(self.row[place], is_over=True)
        if saved is not None:
            drawn = replace(drawn, picture=saved.picture, path=str(saved.path))
        self.row[place] = drawn
        self.row_changed.emit()
        if not self._places:
            self._check()

    def _check(self) -> None:
        """Compare each picture with the first one: did the words come?"""
        pictures = [drawn.picture for drawn in self.row]
        original = pictures[0] if pictures else None
        words = [term.value for term in parse(self._text).terms if term.kind == "text"][:4]
        if original is None or not words:
            return
        concepts = self._concepts

        def check() -> list[dict[str, Check]]:
            return [
                {word: concepts.check(word, picture, original) for word in words}
                if picture is not None else {} for picture in pictures
            ]  # fmt: skip

        done = partial(self._on_checked, self._reading)
        self._errands.run(once(check), "Checking the drawing", done)

    def _on_checked(self, asked: Job | None, checks: list[dict[str, Check]]) -> None:
        if asked is self._reading:  # else of the row before
            self.row = [replace(drawn, checks=found)
                        for drawn, found in zip(self.row, checks, strict=True)]  # fmt: skip
            self.row_changed.emit()


def _is_foreign(concept: Concept, dimensions: int) -> bool:
    """Whether a point of meaning is none of the model's: five runs would fail one by one."""
    vector = concept.embedding
    if concept.way != "embedding" or vector is None or not dimensions:
        return False
    return vector.shape != (dimensions,)
