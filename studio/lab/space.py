"""Pictures as points: principal components of small copies, paths among them. Torch-free.

A picture is reduced to SIDE x SIDE pixels; those numbers are its place in a space of a few hundred
directions, and the two in which the set spreads most make the plane.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engine.errors import StudioError
from studio.engine.request import Pixels

SIDE = 16  # px of the small copies that are compared
THUMB = 44  # px of the pictures on the plane
LEAST = 3
MOST = 400  # pictures

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Space:
    """A set of pictures on a plane. vectors: [N, D]; axes: [2, D]; points: [N, 2]; explained: the
    share of all variance that the plane holds, 0 .. 1.
    """

    names: tuple[str, ...]
    thumbs: tuple[Pixels, ...]
    vectors: Floats
    mean: Floats
    axes: Floats
    points: Floats
    explained: float

    def lay(self, vectors: Floats) -> Floats:
        """Where other pictures lie on this plane: [n, D] to [n, 2]."""
        return np.asarray((vectors - self.mean) @ self.axes.T)

    def nearest(self, vectors: Floats) -> NDArray[np.int64]:
        """The picture nearest to each vector in the whole space, not only on the plane: [n]."""
        squares = (self.vectors**2).sum(1) - 2 * vectors @ self.vectors.T
        return np.asarray(squares.argmin(axis=1))


def vector_of(picture: Pixels) -> Floats:
    """The place of a picture [H, W, 3]: [SIDE * SIDE * 3], 0 .. 1."""
    small = Image.fromarray(picture[..., :3]).resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).ravel() / np.float32(255)


def thumb_of(picture: Pixels) -> Pixels:
    """A small copy to draw, its longer side THUMB px."""
    image = Image.fromarray(picture[..., :3])
    image.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
    return np.asarray(image)


def make_space(pictures: Sequence[tuple[str, Pixels]]) -> Space:
    """Lay named pictures on a plane. Raises StudioError for fewer than three or all alike."""
    if len(pictures) < LEAST:
        raise StudioError("There are fewer than three pictures.",
                          "Make a few more, or choose a folder of pictures.")  # fmt: skip
    vectors = np.stack([vector_of(picture) for _, picture in pictures])
    mean = vectors.mean(axis=0)
    _, strengths, axes = np.linalg.svd(vectors - mean, full_matrices=False)
    total = float((strengths**2).sum())
    if total < 1e-6:
        raise StudioError("All these pictures are alike.", "Choose a folder with different ones.")
    axes = axes[:2]
    return Space(
        names=tuple(name for name, _ in pictures),
        thumbs=tuple(thumb_of(picture) for _, picture in pictures),
        vectors=vectors, mean=mean, axes=axes, points=(vectors - mean) @ axes.T,
        explained=float((strengths[:2] ** 2).sum()) / total,
    )  # fmt: skip


def bend(vectors: Floats) -> NDArray[np.float64]:
    """How straight a path is: the cosine of each step with the line from its start to its end.

    vectors: [S, D], S >= 2; returns [S - 1]. 1 = straight ahead, 0 = sideways; a step that does
    not move counts as 0.
    """
    path = np.asarray(vectors, np.float64)
    steps, whole = np.diff(path, axis=0), path[-1] - path[0]
    lengths = np.linalg.norm(steps, axis=1) * np.linalg.norm(whole)
    return np.asarray((steps @ whole) / np.maximum(lengths, 1e-12))


def space_task(paths: Sequence[Path], read: Callable[[Path], Pixels]) -> Any:
    """A task for a job queue: read pictures and lay them out; yields the share done.

    Pictures that cannot be read are left out. read: may raise StudioError.
    """

    def task(stop: threading.Event) -> Generator[float, None, Space]:
        pictures: list[tuple[str, Pixels]] = []
        for at, path in enumerate(paths[:MOST]):
            try:
                pictures.append((path.name, read(path)))
            except StudioError:
                continue
            yield at / len(paths)
        return make_space(pictures)

    return task
