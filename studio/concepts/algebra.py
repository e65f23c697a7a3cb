"""Arithmetic on embeddings that can be trusted: unit, centre, weigh, add, unit. Torch-free.

Notation: e embedding, u = e / |e|, mu the mean of u over one modality.

    direction d = unit( sum_i factor_i * (u_i - mu_modality(i)) )
    word vector = unit( u_t - mu_text )

Normalise first because norms carry no agreed meaning; centre per modality because pictures and
words live in two separate cones (Liang et al. 2022, arXiv 2203.02053); see SpLiCE, 2402.10376.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.engine.errors import StudioError

Vectors = NDArray[np.float32]
_TINY = 1e-7


class NothingLeft(StudioError):
    """The terms of an expression cancel each other."""


@dataclass(frozen=True, slots=True)
class Means:
    """The mean unit vector of each modality, [D] each; zeros where nothing is known."""

    picture: Vectors
    text: Vectors

    @classmethod
    def zeros(cls, dimensions: int) -> Means:
        """No centring at all."""
        zero = np.zeros(dimensions, np.float32)
        return cls(zero, zero)

    def of(self, kind: str) -> Vectors:
        """The mean of "picture" or "text"."""
        return self.picture if kind == "picture" else self.text


@dataclass(frozen=True, slots=True)
class Direction:
    """An evaluated expression. vector: [D] unit; length: its norm before it was made unit.

    A short difference of two pictures means that they look the same to the model.
    """

    vector: Vectors
    length: float


def unit(vectors: Vectors) -> Vectors:
    """Scale [..., D] to norm 1 along the last axis; zero vectors stay zero. Returns float32."""
    wide = np.asarray(vectors, np.float32)
    norm = np.linalg.norm(wide, axis=-1, keepdims=True)
    return np.asarray(wide / np.maximum(norm, _TINY), np.float32)


def centred(vectors: Vectors, mean: Vectors) -> Vectors:
    """unit(unit(v) - mean), [..., D]: what is left of each vector besides the common part."""
    return unit(unit(vectors) - mean)


def combine(
    vectors: Vectors, kinds: Sequence[str], factors: Sequence[float], means: Means
) -> Direction:
    """Evaluate a sum of embeddings [N, D] with their modalities and signed weights.

    Raises NothingLeft when the sum is (nearly) zero.
    """
    if not len(kinds):
        raise NothingLeft("The expression is empty.", "Type words or drop a picture.")
    offsets = np.stack([means.of(kind) for kind in kinds])
    total = np.asarray(factors, np.float32) @ (unit(vectors) - offsets)
    length = float(np.linalg.norm(total))
    if not length > 1e-4:
        raise NothingLeft("The terms cancel each other: nothing is left to look for.",
                          "Change a weight, or remove one of the equal terms.")  # fmt: skip
    return Direction(np.asarray(total / length, np.float32), length)


def cosines(rows: Vectors, direction: Vectors) -> Vectors:
    """Cosine of each unit row [N, D] with a unit vector [D]: [N] in -1 .. 1."""
    return np.asarray(np.asarray(rows, np.float32) @ direction, np.float32)


def expected_maximum(count: int) -> float:
    """About the largest of `count` independent standard normal draws: what noise alone gives."""
    return float(np.sqrt(2.0 * np.log(max(count, 2))))
