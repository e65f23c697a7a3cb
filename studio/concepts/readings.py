"""Numbers for the eyes: the concept meter along a strip, the map with two axes. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.concepts.algebra import Vectors, cosines

_RISE = 0.5  # of the way from the start's level to the end's


@dataclass(frozen=True, slots=True)
class Curve:
    """The score of a concept at every step. appears_at: the step at which it is there, or None.

    steps: as numbered in the strip; scores: cosines with the expression's direction; z: against
    the model's usual pictures.
    """

    title: str
    steps: tuple[int, ...]
    scores: tuple[float, ...]
    z: tuple[float, ...]
    appears_at: int | None

    @property
    def words(self) -> str:
        """The curve in one sentence."""
        if not self.steps:
            return "There is no step to measure."
        if self.appears_at is None:
            return f"“{self.title}” does not appear."
        return f"“{self.title}” appears at step {self.appears_at}."


def meter(
    title: str,
    steps: Sequence[int],
    vectors: Vectors,
    direction: Vectors,
    *,
    middle: float,
    spread: float,
    present_z: float = 1.0,
) -> Curve:
    """Measure a strip's predicted pictures [N, D] along a unit direction.

    middle, spread: of usual pictures along that direction. A concept has appeared at the first
    step from which on it stays above halfway between its lowest score and its last, if its last
    z is at least present_z.
    """
    scores = cosines(vectors, direction)
    z = (scores - middle) / max(spread, 1e-6)
    appears = None
    if len(scores) and z[-1] >= present_z:
        threshold = scores.min() + _RISE * (scores[-1] - scores.min())
        below = np.flatnonzero(scores < threshold)
        appears = int(steps[below[-1] + 1]) if len(below) else int(steps[0])
    return Curve(title, tuple(steps), tuple(map(float, scores)), tuple(map(float, z)), appears)


def positions(vectors: Vectors, across: Vectors, up: Vectors) -> Vectors:
    """Where pictures lie on a map with two named axes, [N, 2] in about -1 .. 1.

    vectors: [N, D]; across, up: unit directions. Each axis is centred on its median and scaled
    so that nine in ten pictures lie within -1 .. 1.
    """
    if not len(vectors):
        return np.zeros((0, 2), np.float32)
    both = np.stack([cosines(vectors, across), cosines(vectors, up)], axis=1)
    offset = both - np.median(both, axis=0)
    scale = np.percentile(np.abs(offset), 90, axis=0)
    return np.asarray(offset / np.maximum(scale, 1e-6), np.float32)
