"""Point sets on the toy plane: each point is a picture of two pixels. Torch-free.

x is the first pixel, y the second; -1 = black, 1 = white. The sets lie within -1.1 .. 1.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from studio.engine.errors import StudioError

Floats = NDArray[np.float32]
MAX_POINTS = 4096
DRAWN_SPREAD = 0.015  # of a drawn stroke, so that a click is a small cloud


@dataclass(frozen=True)
class PointSet:
    """A data set. points: [N, 2] float32; labels: [N] integers into class_names."""

    name: str
    points: Floats
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]

    @cached_property
    def centre(self) -> Floats:
        """The mean of all points, [2]."""
        return self.points.mean(axis=0)

    def of_class(self, label: int | None) -> Floats:
        """The points of one class; None = all. A class without points counts as all."""
        own = self.points if label is None else self.points[self.labels == label]
        return own if len(own) else self.points

    @cached_property
    def present(self) -> tuple[int, ...]:
        """The classes that have points: a drawing need not use all."""
        return tuple(int(label) for label in np.unique(self.labels))


def _spiral(count: int, random: np.random.Generator) -> PointSet:
    """One arm of one and three quarter turns; its inner, middle and outer part are the classes."""
    place = random.uniform(0.02, 1.0, count)
    share = np.sqrt(place)  # even along the arm
    angle = 3.5 * np.pi * share
    points = np.stack([np.cos(angle), np.sin(angle)], 1) * share[:, None]
    labels = np.minimum(place * 3, 2).astype(np.int64)
    return _set("spiral", points, labels, ("person", "dog", "cat"), random)


def _moons(count: int, random: np.random.Generator) -> PointSet:
    angle = random.uniform(0, np.pi, count)
    labels = random.integers(0, 2, count)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], 1)
    lower = np.stack([0.5 - np.cos(angle), 0.25 - np.sin(angle)], 1)
    points = np.where(labels[:, None] == 0, upper, lower) * 0.7
    return _set("moons", points, labels, ("upper", "lower"), random)


def _rings(count: int, random: np.random.Generator) -> PointSet:
    angle = random.uniform(0, 2 * np.pi, count)
    labels = (random.uniform(0, 1, count) < 0.66).astype(np.int64)
    radius = np.where(labels == 0, 0.4, 0.95)
    points = np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None]
    return _set("rings", points, labels, ("inner", "outer"), random)


def _grid(count: int, random: np.random.Generator) -> PointSet:
    cells = random.integers(0, 4, (count, 2))
    points = cells / 1.5 - 1.0
    return _set("grid", points, cells[:, 1] // 2, ("below", "above"), random)


def _set(
    name: str, points: NDArray[np.float64], labels: NDArray[np.int64],
    class_names: tuple[str, ...], random: np.random.Generator,
) -> PointSet:  # fmt: skip
    spread = points + random.normal(0, DRAWN_SPREAD, points.shape)
    return PointSet(name, spread.astype(np.float32), labels.astype(np.int64), class_names)


DATA_SETS: dict[str, Callable[[int, np.random.Generator], PointSet]] = {
    "spiral": _spiral,
    "moons": _moons,
    "rings": _rings,
    "grid": _grid,
}


def make_data(name: str, count: int = 600, seed: int = 0) -> PointSet:
    """A data set by name, the same for the same seed. Raises StudioError."""
    if name not in DATA_SETS:
        names = ", ".join(DATA_SETS)
        raise StudioError(f"There is no data set named {name!r}.", f"Choose one of {names}.")
    if not 3 <= count <= MAX_POINTS:
        raise StudioError(f"A data set of {count:,} points cannot be made.",
                          f"Choose from 3 to {MAX_POINTS:,} points.")  # fmt: skip
    return DATA_SETS[name](count, np.random.default_rng(seed))


def drawn_data(
    points: NDArray[np.floating], labels: NDArray[np.integer] | None = None,
    class_names: tuple[str, ...] = ("first", "second", "third"),
) -> PointSet:  # fmt: skip
    """A data set from points drawn by hand, [N, 2] in plane units. Raises StudioError."""
    drawn = np.asarray(points, dtype=np.float32).reshape(-1, 2)[:MAX_POINTS]
    marks = np.zeros(len(drawn), np.int64) if labels is None else np.asarray(labels, np.int64)
    is_there = np.flatnonzero(np.isfinite(drawn).all(axis=1))
    drawn, marks = drawn[is_there], marks[is_there]
    if len(drawn) < 3:
        raise StudioError("There are fewer than three points.",
                          "Draw a little more: a line or a few dots will do.")  # fmt: skip
    if np.ptp(drawn, axis=0).max() < 1e-3:
        raise StudioError("All points lie in one place.",
                          "Draw a shape: one point teaches nothing.")  # fmt: skip
    marks = np.clip(marks, 0, len(class_names) - 1)
    return PointSet("drawn", np.clip(drawn, -1.5, 1.5), marks, class_names)
