"""The Concepts workspace: one expression, asked of words, library, strip and map at once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.concepts.concepts import Concepts, MapPoint
from studio.concepts.encoders import EncoderInfo
from studio.concepts.readings import Curve
from studio.concepts.search import Found
from studio.concepts.words import Label, Naming
from studio.engine.errors import Cancelled
from studio.engine.request import ConceptWay, Pixels
from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue
from studio.state.concepts.bar import ExpressionBar
from studio.state.concepts.drawing import DrawingRow
from studio.state.concepts.hits import HitsModel
from studio.state.concepts.indexing import Indexing
from studio.state.concepts.kept import Kept
from studio.state.concepts.metering import Metering
from studio.state.concepts.preparing import Preparing
from studio.state.concepts.telling import ToldErrands, words_of
from studio.state.filmstrip.errands import once
from studio.state.lab.latest import Latest
from studio.state.studio import Studio

FOUND_MAX = 2000  # pictures that one search lists, as far as the cut may be dragged
PAUSE_MS = 180  # after the last key, before the question is asked
WORDS, SEARCH, MAP, CLASSIFY, DRAW = "words", "search", "map", "classify", "draw"
COLLECTION = "collection"
NOTHING = Found((), 0, 0, 0, 0, None, 0.0)


class ConceptRoom(QObject):
    """Owns the expression and everything that answers it.

    Signals:
        naming_changed(): `naming` is another (None while nothing was asked).
        curve_changed(): the concept meter's `curve` is another.
        points_changed(): the map's `points` are others.
        labels_changed(): the classification's `labels` are others.
        problem_changed(str, str): why there is no answer, and what to do; empty when there is.
        map_problem_changed(str): the same of the map's axes, in one sentence.
        label_problem_changed(str): the same of the classification.
        busy_changed(bool): a question is being worked on.
        model_changed(): another CLIP is in use.
        minus_changed(): minus terms mean something else in a search.
        models_changed(): `models`, the CLIP models on the disk, are others.
    """

    naming_changed = Signal()
    curve_changed = Signal()
    points_changed = Signal()
    labels_changed = Signal()
    problem_changed = Signal(str, str)
    map_problem_changed = Signal(str)
    label_problem_changed = Signal(str)
    busy_changed = Signal(bool)
    model_changed = Signal()
    models_changed = Signal()
    minus_changed = Signal()

    def __init__(self, studio: Studio, concepts: Concepts) -> None:
        super().__init__(studio)
        self.studio = studio
        self.concepts = concepts
        self.kept = Kept(studio.settings, studio.home.pictures, self)
        concepts.choose(self.kept.model)
        self.asking = JobQueue("concepts", stop_error=Cancelled, parent=self)
        self.indexing_queue = JobQueue("indexing", stop_error=Cancelled, parent=self)
        self.measuring = JobQueue("measuring", stop_error=Cancelled, parent=self)
        self.preparing_queue = JobQueue("vocabulary", stop_error=Cancelled, parent=self)
        self.bar = ExpressionBar(self)
        self.hits = HitsModel(concepts.thumbnails, self)
        self.indexing = Indexing(
            concepts, self.indexing_queue, lambda: studio.generation.running is not None, self
        )
        self.errands = ToldErrands(self.asking, studio.messages, self)
        self.drawing = DrawingRow(concepts, studio.session, self.errands, studio.messages, self)
        self.metering = Metering(concepts, studio.filmstrip, self.measuring, self)
        self.preparing = Preparing(concepts, self.preparing_queue, self)
        self.naming: Naming | None = None
        self.points: list[MapPoint] = []
        self.labels: list[Label] = []
        self.models: list[EncoderInfo] = []
        self._wanted_model = ""  # waits for the indexing to stop
        self._changes = 0  # of the model, not yet tried; the indexing waits for them in turn
        self._is_index_wanted = False
        self._problems: dict[str, tuple[str, str]] = {}  # of the expression, by question
        self.minus = "exclude"
        self.axes = ("", "")
        self._is_open = False
        self._latest = Latest(self.asking, self)
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.setObjectName("conceptPauseTimer")
        self._join(studio)

    def _join(self, studio: Studio) -> None:
        self._timer.timeout.connect(self.ask)
        self.bar.terms_changed.connect(self._timer.start)
        self.bar.terms_changed.connect(self.metering.doubt)
        self._latest.done.connect(self._on_done)
        self._latest.failed.connect(self._on_failed)
        self._latest.busy_changed.connect(self._on_busy)
        self.indexing.grown.connect(self._on_grown)
        self.preparing.ended.connect(self.ask)
        self.metering.changed.connect(self.curve_changed)
        self.metering.failed.connect(self._on_meter_failed)

    @Slot()
    def open(self) -> None:
        """The workspace is seen for the first time: load the model and open the index."""
        if not self._is_open:
            self._is_open = True
            self.indexing.expect()
            self.errands.run(once(self.concepts.indexed_count), "Opening the index",
                             self._on_count, ended=self._on_opened)  # fmt: skip
            self.look_for_models()

    def close(self, timeout_ms: int = 2000) -> bool:
        """Stop all questions and the indexing; True when all threads have ended in time."""
        self._timer.stop()
        self.metering.close()
        self.preparing.stop()
        queues = (self.asking, self.indexing_queue, self.measuring, self.preparing_queue)
        for queue in queues:
            queue.cancel_all()
        ended = [queue.close(timeout_ms) for queue in queues]
        if all(ended):
            self.concepts.close()
        return all(ended)

    def start_indexing(self) -> None:
        """Bring the index up to date with the chosen folders."""
        self._is_index_wanted = bool(self._changes)
        if self._is_index_wanted:
            return
        own = self.studio.home.pictures  # is made with the first picture
        self.indexing.start([path for path in self.kept.folders if path != own or path.is_dir()])

    def remove_folder(self, folder: Path) -> None:
        """Search this folder no more: its pictures are forgotten."""
        self.kept.remove_folder(folder)
        self.indexing.drop_folder(folder, self.kept.folders)

    def set_minus(self, meaning: str) -> None:
        """What minus terms do in a search: "exclude" or "steer"."""
        if meaning != self.minus:
            self.minus = meaning
            self.minus_changed.emit()
            self.ask()

    def look_for_models(self) -> None:
        """See which CLIP models are on the disk."""
        self.errands.run(once(self.concepts.models), "Looking for CLIP models", self._on_models)

    def choose_model(self, model: str) -> None:
        """Use another CLIP; its own index is used, nothing is re-indexed by itself.

        One that cannot be opened is told of, and the one before stays.
        """
        if model == self.concepts.model:
            return
        self._wanted_model = model
        self.preparing.stop()  # of the one before
        if self.indexing.is_running:
            self.indexing.pause()  # its store must not be closed under it
        else:
            self._change_model()

    def _change_model(self) -> None:
        model, self._wanted_model = self._wanted_model, ""
        task = once(lambda: _change(self.concepts, model))
        self._changes += 1
        self.errands.run(task, "Changing the model", self._on_model, ended=self._on_model_tried)

    def add_word_list(self, path: Path) -> None:
        """Name with a user's word list too, from now on: a copy of it is kept."""
        concepts, folder = self.concepts, self.studio.home.data / "vocabulary"
        if self.indexing.is_running:
            self.studio.messages.info("The index is being updated.",
                                      "Add the list when that is done, or pause it.")  # fmt: skip
            return
        self.errands.run(once(lambda: concepts.add_user_list(path, folder)),
                         "Reading the word list", self._on_list)  # fmt: skip

    def _on_list(self, count: int) -> None:
        self.studio.messages.info(f"{count:,} words of your list are used from now on.")
        self._latest.drop(WORDS)
        self.preparing.begin()  # asks again when it has ended

    def show_collection(self, name: str) -> None:
        """Show the pictures of a collection, those that are most like all of them first."""
        concepts, names = self.concepts, tuple(self.kept.collections.get(name, ()))
        self._timer.stop()
        self._latest.drop(SEARCH)
        self._latest.ask(COLLECTION, (name, names),
                         lambda: once(lambda: concepts.collected(name, names)),
                         "Opening the collection")  # fmt: skip

    @Slot()
    def ask(self) -> None:
        """Ask words and library for the present expression."""
        text = str(self.bar.expression)
        if not text:
            for kind in (WORDS, SEARCH):
                self._latest.drop(kind)
            self._set_naming(None)
            self.metering.ask("")
            self.hits.show_found(NOTHING)
            self._problems.clear()
            self._say_problem()
            return
        if self.preparing.is_unfinished:
            return  # asks again when it has ended
        concepts, minus = self.concepts, self.minus
        self._latest.drop(COLLECTION)
        self._latest.ask(WORDS, text, lambda: _stoppable(concepts.words, text), "Naming")
        if self.indexing.state.count:
            self._latest.ask(
                SEARCH,
                (text, minus, self.indexing.state.count),
                lambda: once(lambda: concepts.search(text, minus=minus, count=FOUND_MAX)),
                "Searching",
            )
        self.metering.ask(text)

    @property
    def curve(self) -> Curve | None:
        """The concept meter's answer for the shown strip."""
        return self.metering.curve

    def ask_map(self, across: str, up: str) -> None:
        """Place the indexed pictures on two named axes."""
        self.axes = (across, up)
        concepts = self.concepts
        key = (across, up, self.indexing.state.count)
        self.preparing.when_read(MAP, lambda: self._latest.ask(
            MAP, key, lambda: once(lambda: concepts.map(across, up)), "Mapping"))  # fmt: skip

    def draw(self, way: ConceptWay, strength: float) -> None:
        """Draw a row of the expression. A direction of prompts needs no CLIP, so it never waits."""
        draw = partial(self.drawing.draw, str(self.bar.expression), way, strength=strength)
        if way == "direction":
            draw()
        else:
            self.preparing.when_read(DRAW, draw)

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
        elif kind in (SEARCH, COLLECTION):
            self.hits.show_found(result)
        elif kind == MAP:
            self.points = result
            self.points_changed.emit()
            self.map_problem_changed.emit("")
        elif kind == CLASSIFY:
            self.labels = result
            self.labels_changed.emit()
            self.label_problem_changed.emit("")
        self._problems.pop(kind, None)
        self._say_problem()

    @Slot(str, object)
    def _on_failed(self, kind: str, error: BaseException) -> None:
        self._latest.drop(kind)  # the same question may be asked again
        message, hint = words_of(error)
        if kind in (MAP, CLASSIFY):
            is_map = kind == MAP
            signal = self.map_problem_changed if is_map else self.label_problem_changed
            signal.emit(f"{message} {hint}".strip())
            return
        self._problems[kind] = (message, hint)
        if kind == WORDS:
            self._set_naming(None)
        else:
            self.hits.show_found(NOTHING)  # not the answer to another question
        self._say_problem()

    def _say_problem(self) -> None:
        """The first problem of the expression; all questions mostly have the same."""
        self.problem_changed.emit(*next(iter(self._problems.values()), ("", "")))

    @Slot()
    def _on_busy(self) -> None:
        self.busy_changed.emit(self._latest.is_busy())

    @Slot()
    def _on_grown(self) -> None:
        self._say_notes()
        if self._wanted_model:
            self._change_model()
        else:
            self.ask()

    @Slot(object)
    def _on_meter_failed(self, error: BaseException) -> None:
        if not self._problems:  # naming has mostly said the same
            self.problem_changed.emit(*words_of(error))

    def _on_count(self, count: int) -> None:
        self._say_notes()
        self.indexing.set_count(count)
        self.preparing.begin()

    def _on_opened(self, _job: Job) -> None:
        self.indexing.opened()  # also when it could not be

    def _on_models(self, models: list[EncoderInfo]) -> None:
        if models != self.models:
            self.models = models
            self.models_changed.emit()

    def _on_model(self, count: int) -> None:
        self.kept.set_model(self.concepts.model)
        for kind in (WORDS, SEARCH, MAP, CLASSIFY, COLLECTION):
            self._latest.drop(kind)
        self.points, self.labels = [], []
        self.hits.show_found(NOTHING)
        self.indexing.forget()
        self.metering.forget()
        self.points_changed.emit()
        self.labels_changed.emit()
        self._on_count(count)

    def _on_model_tried(self, job: Job) -> None:
        if job.state is not JobState.FINISHED:
            self.preparing.begin()  # the one before has stayed
        self._changes -= 1
        self.model_changed.emit()
        if self._is_index_wanted:
            self.start_indexing()

    def _say_notes(self) -> None:
        while self.concepts.notes:
            self.studio.messages.warning(self.concepts.notes.pop())

    def _set_naming(self, naming: Naming | None) -> None:
        if naming != self.naming:
            self.naming = naming
            self.naming_changed.emit()


def _change(concepts: Concepts, model: str) -> int:
    """Open another model; if it cannot be opened, go back to the present one and raise."""
    before = concepts.model
    concepts.choose(model)
    try:
        return concepts.indexed_count()
    except BaseException:
        concepts.choose(before)
        raise


def _stoppable(
    words: Callable[..., Naming], text: str
) -> Callable[[threading.Event], Generator[None, None, Naming]]:
    """Naming as a task that can be stopped while the vocabulary is read."""

    def task(stop: threading.Event) -> Generator[None, None, Naming]:
        yield
        return words(text, stop=stop)

    return task
