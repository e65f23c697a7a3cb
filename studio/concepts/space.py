"""One model's space: expressions to directions, words to vectors, with what it has learnt so far.

Holds the encoder, the index of the user's pictures under it, and the prepared vocabulary.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.concepts import algebra, decode, presence, ranking, words
from studio.concepts.algebra import Direction, Means, Vectors, unit
from studio.concepts.decode import ReadFrames
from studio.concepts.encoder import TEXT_BATCH, Encoder, Stop
from studio.concepts.expression import Expression, Term
from studio.concepts.store import VectorStore
from studio.concepts.vocabulary import Vocabulary
from studio.concepts.words import TEMPLATES, WordSpace
from studio.engine.errors import StudioError
from studio.engine.request import Pixels

log = logging.getLogger(__name__)
SMALL_VOCABULARY = 2000  # terms; small ones are read in several sentences each
LIBRARY_SAMPLE = 1500
LIBRARY_ENOUGH = 500  # pictures from which on the library itself is the null
_KEPT_PICTURES = 512
_CHUNK = 1024  # words, after which a long reading is kept

Write = Callable[[Path, bytes], None]


class Space:
    """Evaluates expressions with one encoder.

    folder: where prepared vocabularies are kept. calibration: pictures (a contact sheet) of the
    kind that this model was taught, for the null of naming; None = the user's library alone.
    """

    def __init__(
        self,
        encoder: Encoder,
        store: VectorStore,
        vocabulary: Vocabulary,
        folder: Path,
        write: Write,
        *,
        calibration: Path | None = None,
        read_frames: ReadFrames | None = None,
    ) -> None:
        self.encoder = encoder
        self.store = store
        self.vocabulary = vocabulary
        self._folder = folder
        self._write = write
        self._calibration = calibration
        self._read_frames = read_frames
        self._lock = threading.RLock()  # of what is remembered
        self._words_lock = threading.RLock()  # held while a vocabulary is read, for minutes
        self._ending = threading.Event()
        self._pictures: dict[tuple[str, int, int], Vectors] = {}
        self._words: WordSpace | None = None
        self._library_at_words = -1
        self._known_texts: dict[str, Vectors] = {}
        self._quiet: tuple[Vectors, Vectors] | None = None

    def close(self) -> None:
        """Let go of the index; who still reads the vocabulary is stopped."""
        self._ending.set()
        self.store.close()

    @property
    def templates(self) -> tuple[str, ...]:
        """The sentences in which a word is read."""
        return TEMPLATES if len(self.vocabulary) <= SMALL_VOCABULARY else TEMPLATES[:1]

    def text_vectors(
        self, texts: Sequence[str], stop: Stop | None = None,
        advance: Callable[[float], None] | None = None,
    ) -> Vectors:  # fmt: skip
        """Unit vectors of words, each the mean over its sentences, [N, D]."""
        sentences = [template.format(text) for text in texts for template in self.templates]
        vectors = self.encoder.texts(sentences, stop=stop, advance=advance)
        return unit(vectors.reshape(len(texts), len(self.templates), -1).mean(1))

    def picture_vector(self, name: str) -> Vectors:
        """The unit vector [D] of a picture or of a step of a strip; indexed ones are not read.

        Raises BrokenFile with the reason.
        """
        source = decode.look(decode.split_reference(name)[0])
        key = (name, source.size, source.mtime_ns)
        with self._lock:
            if key not in self._pictures:
                if len(self._pictures) >= _KEPT_PICTURES:
                    del self._pictures[next(iter(self._pictures))]
                stored = self._stored(name, key)
                if stored is None:
                    stored = self.encode([self._open(name)])[0]
                self._pictures[key] = stored
            return self._pictures[key]

    def _stored(self, name: str, key: tuple[str, int, int]) -> Vectors | None:
        path, step = decode.split_reference(name)
        for item in self.store.find(str(path)):
            is_same = (item.size, item.mtime_ns) == key[1:] and item.state == "ready"
            if is_same and item.part == (-1 if step is None else step):
                vector = self.store.vectors([item.id])[0]
                return unit(vector) if vector.any() else None
        return None

    def _open(self, name: str) -> Image.Image:
        side = max(decode.THUMBNAIL_PX, self.encoder.picture.size)  # as in indexing: equal vectors
        return decode.open_named(name, side, self._read_frames)

    def encode(self, images: Sequence[Image.Image]) -> Vectors:
        """Unit vectors of RGB pictures, [N, D]."""
        return self.encoder.pictures([self.encoder.prepare(image) for image in images])

    def encode_pixels(self, pictures: Sequence[Pixels]) -> Vectors:
        """Unit vectors of [H, W, 3] arrays, [N, D]."""
        return self.encode([Image.fromarray(picture) for picture in pictures])

    def views_of(self, picture: Pixels) -> Vectors:
        """Unit vectors of a [H, W, 3] array and of itself lightly changed, [1 + CHANGES, D]."""
        image = Image.fromarray(picture)
        return self.encode([image, *light_changes(image)])

    def term_vectors(self, terms: Sequence[Term]) -> Vectors:
        """Unit vectors of terms, [N, D]. Raises BrokenFile for a picture that cannot be read."""
        with self._lock:
            new = [t.value for t in terms if t.kind == "text" and t.value not in self._known_texts]
            if new:
                if len(self._known_texts) > 5000:
                    self._known_texts.clear()
                    new = [term.value for term in terms if term.kind == "text"]
                self._known_texts |= dict(zip(new, self.text_vectors(new), strict=True))
            rows = [self._known_texts[term.value] if term.kind == "text"
                    else self.picture_vector(term.value) for term in terms]  # fmt: skip
        return np.stack(rows) if rows else np.zeros((0, self.encoder.dimensions), np.float32)

    def evaluate(self, expression: Expression) -> Direction:
        """The direction of an expression. Raises NothingLeft or BrokenFile."""
        terms = expression.terms
        kinds, factors = [term.kind for term in terms], [term.factor for term in terms]
        return algebra.combine(self.term_vectors(terms), kinds, factors, self.means())

    def means(self) -> Means:
        """The mean unit vector of pictures and of words in this space."""
        return self.word_space().means

    def word_space(
        self, stop: threading.Event | None = None, advance: Callable[[float], None] | None = None
    ) -> WordSpace:
        """The vocabulary, prepared; made anew when the library has grown much.

        Raises Cancelled; what has been read by then is kept.
        """
        with self._words_lock:
            size = len(self.store)
            has_grown = size >= LIBRARY_ENOUGH and size > 2 * max(self._library_at_words, 0)
            if self._words is None or has_grown:
                self._words = self._prepared(self._vocabulary_vectors(stop, advance))
                self._library_at_words = size
            return self._words

    def _prepared(self, plain: Vectors) -> WordSpace:
        space = words.build_space(self.vocabulary, plain, self.usual_pictures())
        return presence.calibrated(space, *self.quiet_pairs())

    def usual_pictures(self) -> Vectors:
        """Pictures of all kinds, [M, D], for the null: calibration, and a large library's."""
        known = [self.quiet_pairs()[0]]
        if len(self.store) >= LIBRARY_ENOUGH:
            known.append(self.store.sample(LIBRARY_SAMPLE))
        return np.concatenate(known)

    def quiet_pairs(self) -> tuple[Vectors, Vectors]:
        """Calibration pictures and the same ones lightly changed, [M, D] each; M may be 0."""
        if self._quiet is None:
            has_sheet = self._calibration is not None and self._calibration.is_file()
            tiles = contact_sheet(self._calibration) if has_sheet and self._calibration else []
            changed = [light_changes(tile)[i % CHANGES] for i, tile in enumerate(tiles)]
            self._quiet = (self.encode(tiles), self.encode(changed))
        return self._quiet

    def _vocabulary_vectors(
        self, stop: threading.Event | None, advance: Callable[[float], None] | None
    ) -> Vectors:
        """The vocabulary's unit vectors [N, D].

        From the cache, or by reading all terms (minutes for a large model on a CPU).
        """
        key = f"{self.encoder.model} {self.vocabulary.key} {self.templates}"
        read = self.encoder.reading(self.vocabulary.texts[:TEXT_BATCH])  # tokenizers get replaced
        name = hashlib.sha256(key.encode() + read).hexdigest()[:20]
        path = self._folder / f"words-{name}.f16"
        shape = (len(self.vocabulary), self.encoder.dimensions)
        vectors = _read_vectors(path, shape)
        if vectors is None:
            part = path.with_suffix(".part")
            data = self._read_words(part, stop, advance).tobytes()
            if self._keep(path, data):
                part.unlink(missing_ok=True)
            vectors = _from_half(data, shape)
        return vectors

    def _read_words(
        self, part: Path, stop: threading.Event | None, advance: Callable[[float], None] | None
    ) -> NDArray[np.float16]:
        """Read the vocabulary, [N, D]; goes on where an earlier reading was stopped."""
        texts, either = self.vocabulary.texts, EitherStop(self._ending, stop)
        done = _read_part(part, self.encoder.dimensions)[: len(texts)]
        while len(done) < len(texts):
            some, begun = texts[len(done) : len(done) + _CHUNK], len(done)

            def tell(share: float, begun: int = begun, count: int = len(some)) -> None:
                if advance is not None:
                    advance((begun + share * count) / len(texts))

            new = self.text_vectors(some, either, tell).astype(np.float16)
            done = np.concatenate([done, new])
            if len(done) < len(texts):
                self._keep(part, done.tobytes())
        return done

    def _keep(self, path: Path, data: bytes) -> bool:
        try:
            self._write(path, hashlib.sha256(data).digest() + data)
        except StudioError as error:  # a full disk: read again the next time
            log.warning("the words' vectors were not kept: %s", error)
            return False
        return True

    def name(self, expression: Expression, count: int = 12) -> words.Naming:
        """Name an expression; pictures are looked at again in slightly changed form."""
        space = self.word_space()
        direction = self.evaluate(expression)
        is_difference = bool(expression.plus and expression.minus) and all(
            term.kind == "picture" for term in expression.terms
        )
        length = direction.length if is_difference else None
        best = np.abs(words.scores(space, direction.vector, length)).max(initial=0)
        needs_check = is_difference and best >= space.levels.clear
        return ranking.name(
            space, direction.vector, length=length, count=count,
            variants=self._variants(expression) if needs_check else (),
            has_added=bool(expression.plus), has_removed=bool(expression.minus),
            is_apart=any(term.kind == "picture" for term in expression.terms),
            sides=(self._mean(expression.plus), self._mean(expression.minus))
            if is_difference else None,
        )  # fmt: skip

    def _mean(self, terms: Sequence[Term]) -> Vectors:
        """The weighted mean of pictures' unit vectors, [D] unit; weights count by their size."""
        weights = np.array([term.weight for term in terms], np.float32)
        return unit(weights @ self.term_vectors(terms))

    def _variants(self, expression: Expression) -> list[Vectors]:
        """The same direction from lightly changed pictures, CHANGES of them."""
        images = [self._open(term.value) for term in expression.terms]
        changed = [light_changes(image) for image in images]
        rows = self.encode([view for views in changed for view in views])
        by_term = rows.reshape(len(images), CHANGES, -1)
        factors = [term.factor for term in expression.terms]
        kinds = ["picture"] * len(images)
        directions = []
        for change in range(CHANGES):
            vectors = by_term[:, change]
            directions.append(algebra.combine(vectors, kinds, factors, self.means()).vector)
        return directions


CHANGES = 6


def light_changes(image: Image.Image) -> list[Image.Image]:
    """CHANGES pictures that a person would call the same: mirrored, cropped, dimmed, softened."""
    width, height = image.size
    x, y = max(width // 20, 1), max(height // 20, 1)
    mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    dim = image.point(lambda value: value * 0.9)
    bright = image.point(lambda value: min(255, value * 1.08))
    soft = image.resize((max(width // 2, 1), max(height // 2, 1)), Image.Resampling.BILINEAR)
    return [
        mirrored,
        image.crop((x, y, width, height)),
        image.crop((0, 0, width - x, height - y)),
        dim,
        bright,
        soft.resize((width, height), Image.Resampling.BILINEAR),
    ]


def contact_sheet(path: Path) -> list[Image.Image]:
    """The square tiles of a contact sheet whose file name ends in -<side in pixels>.

    Raises BrokenFile.
    """
    side = int(path.stem.rsplit("-", 1)[-1])
    sheet, (width, height) = decode.open_picture(path, 10**6)
    corners = [(x, y) for y in range(0, height - side + 1, side)
               for x in range(0, width - side + 1, side)]  # fmt: skip
    return [sheet.crop((x, y, x + side, y + side)) for x, y in corners]


class EitherStop:
    """Set as soon as one of several events is."""

    def __init__(self, *events: threading.Event | None) -> None:
        self._events = events

    def is_set(self) -> bool:
        """Whether one of them is set."""
        return any(event is not None and event.is_set() for event in self._events)


def _read_vectors(path: Path, shape: tuple[int, int]) -> Vectors | None:
    data = _read_checked(path)
    return _from_half(data, shape) if len(data) == 2 * shape[0] * shape[1] else None


def _read_part(path: Path, dimensions: int) -> NDArray[np.float16]:
    """What an earlier reading has kept, [M, D]; M may be 0."""
    data = _read_checked(path)
    whole = len(data) % (2 * dimensions) == 0
    return np.frombuffer(data if whole else b"", np.float16).reshape(-1, dimensions)


def _read_checked(path: Path) -> bytes:
    """A kept file's bytes after its hash; none if it is not there or torn."""
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    return data[32:] if hashlib.sha256(data[32:]).digest() == data[:32] else b""


def _from_half(data: bytes, shape: tuple[int, int]) -> Vectors:
    return unit(np.frombuffer(data, np.float16).reshape(shape).astype(np.float32))
