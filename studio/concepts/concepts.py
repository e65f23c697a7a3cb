"""The door of the concepts room. Imports torch only when a model is used.

Every method that takes time is made for a worker thread; none touches Qt.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.concepts import checking, draw, encoders, expression, gauge, readings
from studio.concepts import search as searching
from studio.concepts import words as naming
from studio.concepts.algebra import unit
from studio.concepts.checking import Check
from studio.concepts.decode import (
    THUMBNAIL_PX,
    Gallery,
    ReadFrames,
    Thumbnails,
    open_named,
    split_reference,
)
from studio.concepts.encoders import EncoderInfo
from studio.concepts.expression import Expression
from studio.concepts.index import Indexer, IndexProgress, IndexReport
from studio.concepts.opening import check_store, forget_below, open_store, put_aside
from studio.concepts.store import DamagedIndex, Item
from studio.concepts.vocabulary import Vocabulary, keep_list, read_list, shipped
from studio.engine.errors import BrokenFile, ModelNotFound, StudioError
from studio.engine.importing import HEAVY_IMPORTS
from studio.engine.request import Concept, ConceptWay, Pixels

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from studio.concepts.encoder import Encoder
    from studio.concepts.guidance import Steering
    from studio.concepts.space import Space

log = logging.getLogger(__name__)
DEFAULT_MODEL = "starter"
MAP_LIMIT = 5000  # pictures on a map
Minus = str  # "exclude" | "steer"
Write = Callable[[Path, bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where things are. indexes: one folder per model; vocabulary: the shipped word lists.

    models: folders in which CLIP models are looked for, the starter's first.
    """

    models: tuple[Path, ...]
    indexes: Path
    thumbnails: Path
    vocabulary: Path
    user_lists: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A picture on the map; x, y in about -1 .. 1."""

    item: Item
    x: float
    y: float


class Concepts:
    """CLIP for every other room: naming, searching, indexing, measuring, drawing.

    write: writes a file atomically. read_frames: the predicted pictures of a strip file.
    device: "auto", "cpu" or "cuda". milvus: address of a Milvus server; "" = the own store.
    gallery: where the gallery keeps its small copy of a picture file.
    """

    def __init__(
        self,
        places: Places,
        *,
        write: Write,
        read_frames: ReadFrames | None = None,
        device: str = "auto",
        milvus: str = "",
        gallery: Gallery | None = None,
    ) -> None:
        self._places = places
        self._write = write
        self._read_frames = read_frames
        self._device = device
        self._milvus = milvus
        self._model = DEFAULT_MODEL
        self._space: Space | None = None
        self._lock = threading.RLock()
        self.thumbnails = Thumbnails(places.thumbnails, gallery)
        self.notes: list[str] = []  # what was repaired, for the user

    def models(self) -> list[EncoderInfo]:
        """Every CLIP model on the disk, also those with a problem; headers only."""
        return encoders.scan(self._places.models)

    @property
    def model(self) -> str:
        """The chosen model's id."""
        return self._model

    def choose(self, model: str) -> None:
        """Use another model from now on. Its own index is used; nothing is re-indexed by itself."""
        with self._lock:
            if model != self._model:
                self._model = model
                self.close()

    def set_user_lists(self, paths: Sequence[Path]) -> None:
        """Name with these word lists too."""
        with self._lock:
            self._places = replace(self._places, user_lists=tuple(paths))
            self.close()

    def add_user_list(self, path: Path, folder: Path) -> int:
        """Keep a copy of a word list in `folder` and name with it; how many words it has.

        Raises BrokenFile when it is no list of words, or cannot be kept.
        """
        place, count = keep_list(path, folder, self._write)
        self.set_user_lists([*(old for old in self._places.user_lists if old != place), place])
        return count

    def close(self) -> None:
        """Let go of model and index."""
        with self._lock:
            if self._space is not None:
                self._space.close()
                self._space = None

    def space(self) -> Space:
        """The chosen model's space; the first call imports torch and loads the model: seconds.

        Raises StudioError with the reason.
        """
        with self._lock:
            if self._space is None:
                self._space = self._open()
            return self._space

    def is_opening(self, patience: float) -> bool:
        """Whether another thread is opening model and index, still after so many seconds."""
        if not self._lock.acquire(timeout=patience):
            return True
        self._lock.release()
        return False

    def _open(self) -> Space:
        info = self._info()
        vocabulary = self._vocabulary(info.id)
        with HEAVY_IMPORTS:
            from studio.concepts.load_encoder import load_encoder
            from studio.concepts.space import Space

            encoder = load_encoder(info.path, self._best_device())
        folder = self._places.indexes / _safe_name(encoder.model)
        store = open_store(folder, encoder.dimensions, encoder.model, self._milvus, self.notes)
        sheet = self._places.vocabulary / f"{info.id}-128.webp"
        return Space(encoder, store, vocabulary, folder, self._write,
                     calibration=sheet if info.id.isidentifier() else None,
                     read_frames=self._read_frames)  # fmt: skip

    def _vocabulary(self, model: str) -> Vocabulary:
        """The words to name with; a list of the user's that cannot be read is left out and told."""
        readable = []
        for path in self._places.user_lists:
            try:
                read_list(path)
            except BrokenFile as error:
                self.notes.append(f"{error.message} It is left out.")
            else:
                readable.append(path)
        return shipped(self._places.vocabulary, model, readable)

    def _info(self) -> EncoderInfo:
        found = self.models()
        for info in found:
            if info.id == self._model:
                if info.problem:
                    raise StudioError(info.problem, info.hint)
                return info
        raise ModelNotFound(f"There is no CLIP model named {self._model[:60]}.",
                            "Choose another one in the Concepts workspace.")  # fmt: skip

    def _best_device(self) -> str:
        if self._device != "auto":
            return self._device
        import torch

        return "cuda" if torch.cuda.is_available() else "cpu"

    def words(
        self, text: str, *, count: int = 12, stop: threading.Event | None = None,
        advance: Callable[[float], None] | None = None,
    ) -> naming.Naming:  # fmt: skip
        """Name an expression. Raises ExpressionError, BrokenFile or another StudioError."""
        asked = expression.parse(text)
        space = self.space()
        space.word_space(stop, advance)
        return space.name(asked, count)

    def picture(self, name: str) -> Image.Image:
        """The picture, or the step of a strip, that an expression names. Raises BrokenFile."""
        return open_named(name, THUMBNAIL_PX, self._read_frames)

    def classify(self, picture: str, labels: Sequence[str]) -> list[naming.Label]:
        """Zero-shot classification of one picture over labels. Raises StudioError."""
        plain = [" ".join(label.split()) for label in labels if label.strip()]
        if not plain:
            raise StudioError("There are no labels.", "Type at least two, such as cat and dog.")
        space = self.space()
        sentences = [t.format(label) for label in plain for t in naming.TEMPLATES]
        vectors = space.encoder.texts(sentences).reshape(len(plain), len(naming.TEMPLATES), -1)
        return naming.classify(space.picture_vector(picture), plain, unit(vectors.mean(1)))

    def search(self, text: str, *, minus: Minus = "exclude", count: int = 200) -> searching.Found:
        """Find indexed pictures. minus: "exclude" leaves out what the minus terms show, "steer"
        subtracts them. Raises ExpressionError, NothingLeft, BrokenFile.
        """
        asked, space = expression.parse(text), self.space()
        usual = space.quiet_pairs()[0]
        if minus == "steer" or not asked.plus or not asked.minus:
            direction = space.evaluate(asked).vector
            return searching.search(space.store, direction, count=count, usual=usual)
        excludes = [space.evaluate(Expression((replace(term, sign=1),))).vector
                    for term in asked.minus]  # fmt: skip
        direction = space.evaluate(Expression(asked.plus)).vector
        return searching.search(space.store, direction, excludes=excludes, count=count,
                                usual=usual)  # fmt: skip

    def collected(self, name: str, names: Sequence[str]) -> searching.Found:
        """The pictures of a collection as an answer: those most like all of them first."""
        store = self.space().store
        parts = [split_reference(text) for text in names]
        items = [
            item
            for path, step in parts
            for item in store.find(str(path))
            if item.state == "ready" and item.part == (-1 if step is None else step)
        ]
        return searching.collected(name, items, store.vectors([item.id for item in items]),
                                   missing=len(names) - len(items))  # fmt: skip

    def index(
        self,
        folders: Sequence[Path],
        stop: threading.Event,
        *,
        is_busy: Callable[[], bool] | None = None,
    ) -> Generator[IndexProgress, None, IndexReport]:
        """Index folders: a task for a job. Raises Cancelled, with everything kept."""
        yield IndexProgress(done=0, total=0, is_looking=True)
        space = self._checked(stop)
        indexer = Indexer(
            space.store, space.encoder, folders, read_frames=self._read_frames,
            thumbnails=self.thumbnails, is_busy=is_busy,
            side=max(THUMBNAIL_PX, space.encoder.picture.size),
            input_px=space.encoder.picture.size,
        )  # fmt: skip
        report = yield from indexer.run(stop)
        return report

    def _checked(self, stop: threading.Event) -> Space:
        """The space with an index that is whole; a damaged one is put aside."""
        space = self.space()
        try:
            check_store(space.store, stop)
        except DamagedIndex:
            self.close()
            put_aside(self._places.indexes / _safe_name(space.encoder.model), self.notes)
            space = self.space()
        return space

    def forget(self, folder: Path, kept: Sequence[Path]) -> int | None:
        """Forget what lies below a folder, but not below `kept`; a shared index is left alone.

        How many pictures can be found now, None while no index is open. Raises StoreError.
        """
        if not self._milvus:
            forget_below(self._places.indexes, folder, kept)
        space = self._space
        return None if space is None else len(space.store)

    def indexed_count(self) -> int:
        """How many pictures can be found with the chosen model."""
        return len(self.space().store)

    def failures(self) -> list[Item]:
        """The files that could not be read, with reasons."""
        return self.space().store.failures()

    def meter(self, text: str, steps: Sequence[int], pictures: Sequence[Pixels]) -> readings.Curve:
        """The score of an expression at each step of a strip (its predicted pictures)."""
        space = self.space()
        direction = space.evaluate(expression.parse(text)).vector
        usual = space.quiet_pairs()[0] if len(space.quiet_pairs()[0]) else space.store.sample(500)
        values = usual @ direction if len(usual) else np.zeros(2, np.float32)
        return readings.meter(
            text.strip(),
            steps,
            space.encode_pixels(pictures),
            direction,
            middle=float(np.mean(values)),
            spread=float(np.std(values)) or 0.1,
        )

    def map(self, across: str, up: str) -> list[MapPoint]:
        """Indexed pictures on a map whose two axes are expressions; at most MAP_LIMIT."""
        space = self.space()
        axes = [space.evaluate(expression.parse(text)).vector for text in (across, up)]
        ids = space.store.score(np.stack(axes), MAP_LIMIT).ids[-MAP_LIMIT:].tolist()
        items = space.store.items(ids)
        places = readings.positions(space.store.vectors([i.id for i in items]), axes[0], axes[1])
        return [MapPoint(item, float(x), float(y))
                for item, (x, y) in zip(items, places, strict=True)]  # fmt: skip

    def concept(self, text: str, way: ConceptWay, amount: float = 1.0) -> Concept:
        """What the engine needs to draw an expression. Raises CannotDraw or another StudioError.

        The amount is written into the weights of what is turned up; Concept.amount stays 1 for
        way "embedding", whose vectors must be unit.
        """
        asked = expression.parse(text)
        if way == "direction":
            return Concept(expression=text, way=way, amount=amount,
                           direction=draw.directions(asked))  # fmt: skip
        if way == "guidance":
            return Concept(expression=text, way=way, amount=amount)
        scaled = draw.with_amount(asked, amount)
        return self.completed(Concept(expression=str(scaled), way=way, amount=1.0))

    def completed(self, concept: Concept) -> Concept:
        """Fill in what a concept read from a file lacks: vector or direction.

        A vector that is there stays, so that a fork is guided to where its take was.
        """
        asked = expression.parse(concept.expression)
        if concept.way == "direction" and not concept.direction:
            return replace(concept, direction=draw.directions(asked))
        is_known = concept.embedding is not None and (
            concept.way != "guidance" or bool(concept.direction) or bool(concept.clip)
        )
        if concept.way == "direction" or is_known:
            return concept
        space = self.space()
        if concept.way == "guidance":  # kept, since it changes with the library and its pictures
            return replace(concept, embedding=gauge.gauge(space, asked),
                           direction=gauge.phrases(space, asked), clip=self._model)  # fmt: skip
        vectors = space.term_vectors(asked.terms)
        kinds, factors = [t.kind for t in asked.terms], [t.factor for t in asked.terms]
        return replace(concept, embedding=draw.embedding(vectors, kinds, factors, space.means()))

    def steer(self, concept: Concept, decode: Callable[[Tensor], Tensor]) -> Steering:
        """The engine's steer for way "guidance". decode: from engine.decoder(request).

        It is guided by the CLIP model of the concept's vector, whichever is chosen now. Raises
        ModelNotFound when that is gone.
        """
        from studio.concepts.guidance import Steering

        encoder = self._encoder(concept.clip)
        known = concept.embedding
        if known is None or known.shape != (encoder.dimensions,) or not concept.direction:
            concept = self.completed(replace(concept, embedding=None))
            encoder = self._encoder(concept.clip)
        assert concept.embedding is not None
        return Steering(encoder, concept.embedding, concept.direction, concept.amount, decode)

    def _encoder(self, model: str) -> Encoder:
        if model in ("", self._model):
            return self.space().encoder
        with HEAVY_IMPORTS:
            from studio.concepts.load_encoder import load_again

            return load_again(self.models(), model, self._best_device())

    def check(self, word: str, after: Pixels, before: Pixels) -> Check:
        """How much more of a word one picture shows than another: did drawing work?"""
        space = self.space()
        asked = expression.Expression((expression.text_term(word),))
        return checking.check(space, gauge.gauge(space, asked), after, before)


def _safe_name(model: str) -> str:
    return re.sub(r"[^A-Za-z0-9._@-]", "_", model)[:80]
