"""Name a direction in words, and say how sure that is. Torch-free.

    z_w = total' S^-1 w / sigma_w      total: the expression's sum, not made unit
                                       w: the word's unit vector without the words' mean
                                       S: covariance of pictures, shrunk
                                       sigma_w: spread of null' S^-1 w over pairs of pictures

S^-1 plays down the directions along which pictures differ anyway (pose, light, place); sigma_w
takes away words that are near to everything. The length of a difference counts: a picture that
has hardly changed gives small z. Verdicts compare with what lightly changed pictures give.
z says how a picture has changed, not what is in it: that is asked apart (`presence`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from studio.concepts.algebra import Means, Vectors, centred, expected_maximum, unit
from studio.concepts.vocabulary import Vocabulary

NULL_PAIRS = 2000
ENOUGH_PICTURES = 64
SHRINKAGE = 5.0  # of the pictures' mean variance; 2 .. 50 name differences alike
_APART = 0.05  # that levels differ at least
_CHUNK = 256  # null directions at a time


class Verdict(Enum):
    """How sure a name is."""

    CLEAR = "clear"
    LIKELY = "likely"
    GUESS = "guess"
    NONE = "no nameable difference"


ORDER = (Verdict.NONE, Verdict.GUESS, Verdict.LIKELY, Verdict.CLEAR)


@dataclass(frozen=True, slots=True)
class Levels:
    """From which z on a best word counts as a guess, as likely, as clear."""

    guess: float
    likely: float
    clear: float

    @classmethod
    def by_chance(cls, count: int) -> Levels:
        """Without calibration: multiples of the largest of `count` normal draws."""
        top = expected_maximum(count)
        return cls(0.8 * top, 1.05 * top, 1.35 * top)

    def verdict(self, z: float) -> Verdict:
        """The verdict on one word."""
        if z >= self.clear:
            return Verdict.CLEAR
        if z >= self.likely:
            return Verdict.LIKELY
        return Verdict.GUESS if z >= self.guess else Verdict.NONE


@dataclass(frozen=True, slots=True)
class WordSpace:
    """A vocabulary in one model's space, with its null.

    plain: [N, D] unit; centred: [N, D] unit, without the words' mean; rows: [N, D], z = rows @
    total. spread: [N], of usual pictures along the centred words. levels: for differences of
    pictures; usual: for all else, against how pictures differ anyway; shown: for what is in one
    picture (see `presence`). null_length: of a usual difference of two pictures. quiet_length:
    pictures that differ less than this look the same to the model. null: [D, D], the mean of d dT
    over usual differences d: rows @ null @ rows.T are the words' covariances.
    """

    vocabulary: Vocabulary
    plain: Vectors
    centred: Vectors
    rows: Vectors
    spread: NDArray[np.float32]
    means: Means
    levels: Levels
    usual: Levels
    shown: Levels
    is_calibrated: bool
    null_length: float = 1.0
    quiet_length: float = 0.0
    null: Vectors | None = None


@dataclass(frozen=True, slots=True)
class RankedWord:
    """A name. cosine: the raw one with the word, as in the classic demonstration."""

    word: str
    z: float
    cosine: float
    verdict: Verdict
    synonyms: tuple[str, ...] = ()
    facet: str = ""


@dataclass(frozen=True, slots=True)
class Naming:
    """What a direction is called: words towards it, words away from it, best first."""

    added: tuple[RankedWord, ...]
    removed: tuple[RankedWord, ...]
    verdict: Verdict
    length: float
    note: str = ""


def build_space(
    vocabulary: Vocabulary, plain: Vectors, pictures: Vectors, *, seed: int = 0
) -> WordSpace:
    """Prepare a vocabulary's unit vectors [N, D] for naming.

    pictures: [M, D] unit vectors of all kinds of pictures, for covariance and null; with fewer
    than 64 of them differences of words stand in, and names count as less sure.
    """
    mean_text = unit(plain).mean(0) if len(plain) else np.zeros(plain.shape[1], np.float32)
    words = centred(plain, mean_text) if len(plain) else plain
    is_calibrated = len(pictures) >= ENOUGH_PICTURES
    mean_picture = unit(pictures).mean(0) if is_calibrated else mean_text * 0
    offsets = pictures - mean_picture if is_calibrated else words
    null = _differences(pictures if is_calibrated else words, np.random.default_rng(seed))
    rows = words @ _inverse_covariance(offsets) if is_calibrated else words
    rows = rows / _spread(rows, null)[:, None]
    spread = _spread(words, offsets)
    return WordSpace(
        vocabulary, plain, words, np.asarray(rows, np.float32), spread,
        Means(mean_picture, mean_text), Levels.by_chance(len(words)),
        _usual_levels(rows, null, is_calibrated),
        _shown_levels(offsets @ words.T / spread, is_calibrated), is_calibrated,
        null_length=float(np.linalg.norm(null, axis=1).mean()),
        null=np.asarray(null.T @ null / len(null), np.float32),
    )  # fmt: skip


def gauged(direction: Vectors, pictures: Vectors, words: Vectors, *, seed: int = 0) -> Vectors:
    """A unit direction [D] as a measure of z, in the way of the vocabulary's rows.

    pictures: [M, D] usual ones; with too few of them differences of words [N, D] stand in.
    """
    row, known = direction[None], words
    if len(pictures) >= ENOUGH_PICTURES:
        row, known = direction[None] @ _inverse_covariance(pictures - pictures.mean(0)), pictures
    null = _differences(known, np.random.default_rng(seed))
    return np.asarray(row[0] / _spread(row, null), np.float32)


def _usual_levels(rows: Vectors, null: Vectors, is_calibrated: bool) -> Levels:
    """A name is a guess, likely, clear if it beats the best names of 10, 50, 90 % of pairs."""
    if not is_calibrated or not len(rows):
        return Levels.by_chance(len(rows))
    guess, likely, clear = np.percentile(np.abs(null[:_CHUNK] @ rows.T).max(1), (10, 50, 90))
    return Levels(float(guess), float(likely), float(clear))


def _shown_levels(shown: Vectors, is_calibrated: bool) -> Levels:
    """How much of a word there is in a picture that shows it, from usual pictures' [M, N].

    A usual picture is taken to show about a third of the square root of the vocabulary: 3 of the
    starter's 94 words, 40 of 15,000, since larger ones have more words for a thing. Without usual
    pictures: the best tenth, twentieth and hundredth of all words.
    """
    if not is_calibrated or not shown.size:
        return Levels(1.28, 1.65, 2.33)
    best, root = -np.sort(-shown, axis=1), np.sqrt(shown.shape[1])
    guess, likely, clear = (float(np.median(best[:, min(round(root / part), len(best[0]) - 1)]))
                            for part in (2, 3, 6))  # fmt: skip
    return Levels(guess, max(likely, guess + _APART), max(clear, likely + 2 * _APART))


def _inverse_covariance(offsets: Vectors) -> Vectors:
    """(S + SHRINKAGE * mean variance)^-1 of centred pictures [M, D], scaled to mean 1. [D, D]"""
    covariance = offsets.T.astype(np.float64) @ offsets / len(offsets)
    size = len(covariance)
    ridge = SHRINKAGE * np.trace(covariance) / size
    inverse = np.linalg.inv(covariance + ridge * np.eye(size))
    return np.asarray(inverse * size / np.trace(inverse), np.float32)


def _differences(vectors: Vectors, rng: np.random.Generator) -> Vectors:
    """Differences of random pairs, [NULL_PAIRS, D]."""
    count = len(vectors)
    if count < 2:
        return unit(rng.standard_normal((NULL_PAIRS, vectors.shape[1])).astype(np.float32))
    first = rng.integers(0, count, NULL_PAIRS)
    second = (first + rng.integers(1, count, NULL_PAIRS)) % count
    return np.asarray(vectors[first] - vectors[second], np.float32)


def _spread(rows: Vectors, null: Vectors) -> NDArray[np.float32]:
    """The spread of null . row around zero for each word, [N]; never below a floor."""
    if not len(rows):
        return np.zeros(0, np.float32)
    total = np.zeros(len(rows), np.float64)
    for at in range(0, len(null), _CHUNK):
        total += np.square(null[at : at + _CHUNK] @ rows.T).sum(0)
    sigma = np.sqrt(total / len(null))
    return np.asarray(np.maximum(sigma, 0.25 * float(np.median(sigma)) + 1e-9), np.float32)


def scores(
    space: WordSpace, direction: Vectors, length: float | None = None
) -> NDArray[np.float32]:
    """z of every word along a unit direction, [N].

    length: of a difference of pictures; None = as long as such differences usually are.
    """
    scale = space.null_length if length is None else length
    return np.asarray(space.rows @ (direction * np.float32(scale)), np.float32)


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a zero-shot classification. share: 0 .. 1, all labels together 1."""

    label: str
    share: float
    cosine: float


def classify(picture: Vectors, labels: Sequence[str], vectors: Vectors,
             *, temperature: float = 100.0) -> list[Label]:  # fmt: skip
    """Share a picture [D] out over labels with vectors [L, D], best first (Radford et al. 2021).

    vectors: the unit mean of each label's prompt templates. temperature: CLIP's learnt scale.
    """
    cosines = unit(vectors) @ unit(picture)
    logits = temperature * (cosines - cosines.max())
    shares = np.exp(logits) / np.exp(logits).sum()
    rows = [Label(label, round(float(share), 4), round(float(cosine), 4))
            for label, share, cosine in zip(labels, shares, cosines, strict=True)]  # fmt: skip
    return sorted(rows, key=lambda row: -row.share)


TEMPLATES = ("{}", "a {}", "a photo of a {}", "a picture of a {}", "a drawing of a {}")
