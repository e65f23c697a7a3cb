"""The Concepts workspace: one expression, asked of words, library, strip and map at once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.concepts.concepts import Concepts, MapPoint
from studio.concepts.readings import Curve
from studio.concepts.search import Found
from studio.concepts.words import Label, Naming
from studio.engine.errors import Cancelled, StudioError
from studio.engine.request import Pixels
from studio.jobs.queue import JobQueue
from studio.state.concepts.bar import ExpressionBar
from studio.state.concepts.drawing import DrawingRow
from studio.state.concepts.hits import HitsModel
from studio.state.concepts.indexing import Indexing
from studio.state.concepts.kept import Kept
from studio.state.filmstrip.errands import Errands, once
from studio.state.lab.latest import Latest
from studio.state.studio import Studio

PAUSE_MS = 180  # after the last key, before the question is asked
STRIP_PAUSE_MS = 400  # after the last frame, before the strip is measured
WORDS, SEARCH, METER, MAP, CLASSIFY = "words", "search", "meter", "map", "classify"


class ConceptRoom(QObject):
    """Owns the expression and everything that answers it.

    Signals:
        naming_changed(): `naming` is another (None while nothing was asked).
        curve_changed(): the concept meter's `curve` is another.
        points_changed(): the map's `points` are others.
        labels_changed(): the classification's `labels` are others.
        problem_changed(str, str): why there is no answer, and what to do; empty when there is.
        busy_changed(bool): a question is being worked on.
        model_changed(): another CLIP is in use.
    """

    naming_changed = Signal()
    curve_changed = Signal()
    points_changed = Signal()
    labels_changed = Signal()
    problem_changed = Signal(str, str)
    busy_changed = Signal(bool)
    model_changed = Signal()

    def __init__(self, studio: Studio, concepts: Concepts) -> None:
        super().__init__(studio)
        self.studio = studio
        self.concepts = concepts
        self.kept = Kept(studio.settings, studio.home.pictures, self)
        concepts.choose(self.kept.model)
        self.asking = JobQueue("concepts", stop_error=Cancelled, parent=self)
        self.indexing_queue = JobQueue("indexing", stop_error=Cancelled, parent=self)
        self.bar = ExpressionBar(self)
        self.hits = HitsModel(concepts.thumbnails, self)
        self.indexing = Indexing(
            concepts, self.indexing_queue, lambda: studio.generation.running is not None, self
        )
        self.errands = Errands(self.asking, self)
        self.drawing = DrawingRow(concepts, studio.session, self.errands, studio.messages, self)
        self.naming: Naming | None = None
        self.curve: Curve | None = None
        self.points: list[MapPoint] = []
        self.labels: list[Label] = []
        self.minus = "exclude"
        self.axes = ("", "")
        self._is_open = False
        self._latest = Latest(self.asking, self)
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.setObjectName("conceptPauseTimer")
        self._strip_timer = QTimer(self, singleShot=True, interval=STRIP_PAUSE_MS)
        self._strip_timer.setObjectName("conceptStripTimer")
        self._join(studio)

    def _join(self, studio: Studio) -> None:
        self._timer.timeout.connect(self.ask)
        self.bar.terms_changed.connect(self._timer.start)
        self._latest.done.connect(self._on_done)
        self._latest.failed.connect(self._on_failed)
        self._latest.busy_changed.connect(self._on_busy)
        self.indexing.grown.connect(self._on_grown)
        studio.filmstrip.model.take_changed.connect(self._strip_timer.start)
        studio.filmstrip.model.rowsInserted.connect(self._strip_timer.start)
        self._strip_timer.timeout.connect(self._on_strip)

    @Slot()
    def open(self) -> None:
        """The workspace is seen for the first time: load the model and open the index."""
        if not self._is_open:
            self._is_open = True
            self.errands.run(once(self.concepts.indexed_count), "Opening the index", self._on_count)

    def close(self, timeout_ms: int = 2000) -> bool:
        """Stop all questions and the indexing; True when both threads have ended in time."""
        self._timer.stop()
        self._strip_timer.stop()
        for queue in (self.asking, self.indexing_queue):
            queue.cancel_all()
        ended = [queue.close(timeout_ms) for queue in (self.asking, self.indexing_queue)]
        if all(ended):
            self.concepts.close()
        return all(ended)

    def start_indexing(self) -> None:
        """Bring the index up to date with the chosen folders."""
        self.indexing.start(self.kept.folders)

    def set_minus(self, meaning: str) -> None:
        """What minus terms do in a search: "exclude" or "steer"."""
        if meaning != self.minus:
            self.minus = meaning
            self.ask()

    def choose_model(self, model: str) -> None:
        """Use another CLIP; its own index is used, nothing is re-indexed by itself."""
        if model != self.concepts.model:
            self.kept.set_model(model)
            self.errands.run(once(lambda: self.concepts.choose(model)), "Changing the model",
                             self._on_model)  # fmt: skip

    @Slot()
    def ask(self) -> None:
        """Ask words and library for the present expression."""
        text = str(self.bar.expression)
        if not text:
            for kind in (WORDS, SEARCH, METER):
                self._latest.drop(kind)
            self._set_naming(None)
            self._set_curve(None)
            self.hits.show_found(Found((), 0, 0, 0, 0, None, 0.0))
            self.problem_changed.emit("", "")
            return
        concepts, minus = self.concepts, self.minus
        self._latest.ask(WORDS, text, lambda: _stoppable(concepts.words, text), "Naming")
        if self.indexing.state.count:
            self._latest.ask(
                SEARCH,
                (text, minus, self.indexing.state.count),
                lambda: once(lambda: concepts.search(text, minus=minus)),
                "Searching",
            )
        self.ask_meter()

    def ask_meter(self) -> None:
        """Measure the shown strip along the present expression."""
        text, frames = str(self.bar.expression), self.studio.filmstrip.model.frames
        shown = [(frame.index, frame.lanes["x0"]) for frame in frames if "x0" in frame.lanes]
        if not text or not shown:
            self._set_curve(None)
            return
        steps, pictures = [index for index, _ in shown], [np.asarray(p) for _, p in shown]
        concepts, key = self.concepts, (text, id(frames), len(shown))
        self._latest.ask(METER, key, lambda: once(lambda: concepts.meter(text, steps, pictures)),
                         "Measuring the strip")  # fmt: skip

    def ask_map(self, across: str, up: str) -> None:
        """Place the indexed pictures on two named axes."""
        self.axes = (across, up)
        concepts = self.concepts
        key = (across, up, self.indexing.state.count)
        self._latest.ask(MAP, key, lambda: once(lambda: concepts.map(across, up)), "Mapping")

    def classify(self, picture: str, labels: Sequence[str]) -> None:
        """Share a picture out over typed labels."""
        concepts, plain = self.concepts, tuple(labels)
        self._latest.ask(
            CLASSIFY,
            (picture, plain),
            lambda: once(lambda: concepts.classify(picture, plain)),
            "Classifying",
        )

    def keep_picture(self, pixels: Pixels) -> Path:
        """Write a picture that has no file yet (canvas, strip) so that a chip can name it.

        Raises OSError when the disk refuses.
        """
        name = hashlib.sha256(pixels.tobytes()).hexdigest()[:16]
        path = self.studio.home.data / "concepts" / f"{name}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            Image.fromarray(pixels).save(part, "PNG")
            part.replace(path)
        return path

    @Slot(str, object)
    def _on_done(self, kind: str, result: Any) -> None:
        if kind == WORDS:
            self._set_naming(result)
        elif kind == SEARCH:
            self.hits.show_found(result)
        elif kind == METER:
            self._set_curve(result)
        elif kind == MAP:
            self.points = result
            self.points_changed.emit()
        elif kind == CLASSIFY:
            self.labels = result
            self.labels_changed.emit()
        self.problem_changed.emit("", "")

    @Slot(str, object)
    def _on_failed(self, kind: str, error: BaseException) -> None:
        self._latest.drop(kind)  # the same question may be asked again
        if isinstance(error, StudioError):
            self.problem_changed.emit(error.message, error.hint)
        else:
            self.problem_changed.emit("Something went wrong inside the program.",
                                      "The details are in the log file.")  # fmt: skip
        if kind == WORDS:
            self._set_naming(None)

    @Slot()
    def _on_busy(self) -> None:
        self.busy_changed.emit(self._latest.is_busy())

    @Slot()
    def _on_grown(self) -> None:
        self._say_notes()
        self.ask()

    @Slot()
    def _on_strip(self) -> None:
        if self.bar.terms:
            self.ask_meter()

    def _on_count(self, count: int) -> None:
        self._say_notes()
        self.indexing.set_count(count)
        self.ask()

    def _on_model(self, _nothing: object) -> None:
        for kind in (WORDS, SEARCH, METER, MAP):
            self._latest.drop(kind)
        self.model_changed.emit()
        self.errands.run(once(self.concepts.indexed_count), "Opening the index", self._on_count)

    def _say_notes(self) -> None:
        while self.concepts.notes:
            self.studio.messages.warning(self.concepts.notes.pop())

    def _set_naming(self, naming: Naming | None) -> None:
        if naming != self.naming:
            self.naming = naming
            self.naming_changed.emit()

    def _set_curve(self, curve: Curve | None) -> None:
        if curve != self.curve:
            self.curve = curve
            self.curve_changed.emit()


def _stoppable(
    words: Callable[..., Naming], text: str
) -> Callable[[threading.Event], Generator[None, None, Naming]]:
    """Naming as a task that can be stopped while the vocabulary is read."""

    def task(stop: threading.Event) -> Generator[None, None, Naming]:
        yield
        return words(text, stop=stop)

    return task
