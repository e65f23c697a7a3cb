"""Pictures as points: principal components of small copies or of CLIP vectors, paths among them.

Torch-free. "pixels": a picture is reduced to SIDE x SIDE pixels; those numbers are its place in a
space of a few hundred directions. "clip": its place is what a CLIP model says of it. The two
directions in which the set spreads most make the plane.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engine.errors import StudioError
from studio.engine.request import Pixels

KINDS = ("pixels", "clip")
SIDE = 16  # px of the small copies that are compared
THUMB, SMALL_THUMB = 48, 34  # px of the pictures on the plane, few and many
MANY = 80  # pictures from which on they are drawn small
LEAST = 3
MOST = 400  # pictures
EMBED_AT_ONCE = 16

Floats = NDArray[np.float32]
# pictures -> vectors [N, D]; may take seconds, runs on the worker
Embed = Callable[[Sequence[Pixels]], Floats]


class Source(NamedTuple):
    """A picture of the set, not yet read. file: None where it is a part of something."""

    name: str
    read: Callable[[], Pixels]  # may raise StudioError
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Space:
    """A set of pictures on a plane. vectors: [N, D]; axes: [2, D]; points: [N, 2]; explained: the
    share of all variance that the plane holds, 0 .. 1. files: None where there is none.
    """

    kind: str
    names: tuple[str, ...]
    files: tuple[Path | None, ...]
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


def pixel_vectors(pictures: Sequence[Pixels]) -> Floats:
    """The Embed of "pixels"."""
    return np.stack([vector_of(picture) for picture in pictures])


def thumb_of(picture: Pixels, side: int = THUMB) -> Pixels:
    """A small copy to draw, its longer side `side` px."""
    image = Image.fromarray(picture[..., :3])
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.asarray(image)


def make_space(pictures: Sequence[tuple[Source, Pixels]], embed: Embed = pixel_vectors,
               kind: str = KINDS[0]) -> Space:  # fmt: skip
    """Lay read pictures on a plane. Raises StudioError for fewer than three or all alike."""
    if len(pictures) < LEAST:
        raise StudioError("There are fewer than three pictures.",
                          "Make a few more, or choose a folder of pictures.")  # fmt: skip
    vectors = np.asarray(embed([picture for _, picture in pictures]), np.float32)
    mean = vectors.mean(axis=0)
    _, strengths, axes = np.linalg.svd(vectors - mean, full_matrices=False)
    total = float((strengths**2).sum())
    if total < 1e-6:
        raise StudioError("All these pictures are alike.", "Choose a folder with different ones.")
    axes, side = axes[:2], SMALL_THUMB if len(pictures) > MANY else THUMB
    return Space(
        kind=kind, names=tuple(source.name for source, _ in pictures),
        files=tuple(source.file for source, _ in pictures),
        thumbs=tuple(thumb_of(picture, side) for _, picture in pictures),
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


def sharpest_turn(vectors: Floats) -> int | None:
    """The step of a path [S, D] at which it turns most: 1 .. S - 2; None for fewer than 3 steps.

    A turn counts by how far the path moves sideways there, so that the last tiny steps do not.
    """
    steps = np.diff(np.asarray(vectors, np.float64), axis=0)
    if len(steps) < 2:
        return None
    before, after = steps[:-1], steps[1:]
    along = before / np.maximum(np.linalg.norm(before, axis=1, keepdims=True), 1e-12)
    aside = after - (after * along).sum(axis=1, keepdims=True) * along
    return int(np.linalg.norm(aside, axis=1).argmax()) + 1


def cut_sheet(sheet: Pixels, side: int) -> list[Pixels]:
    """The square pictures of a contact sheet without gaps, in reading order."""
    rows, columns = sheet.shape[0] // side, sheet.shape[1] // side
    return [sheet[r * side : (r + 1) * side, c * side : (c + 1) * side]
            for r in range(rows) for c in range(columns)]  # fmt: skip


def space_task(find: Callable[[], Sequence[Source]], embed: Embed = pixel_vectors,
               kind: str = KINDS[0]) -> Any:  # fmt: skip
    """A task for a job queue: find pictures, read them, lay them out; yields the share done.

    Of more than MOST some are left out, evenly; those that cannot be read are left out too.
    """

    def task(stop: threading.Event) -> Generator[float, None, Space]:
        yield 0.0
        sources = find()
        sources = sources[:: max(1, -(-len(sources) // MOST))]
        pictures: list[tuple[Source, Pixels]] = []
        for at, source in enumerate(sources):
            try:
                pictures.append((source, source.read()))
            except StudioError:
                continue
            yield 0.5 * at / len(sources)
        parts: list[Floats] = []
        for at in range(0, len(pictures), EMBED_AT_ONCE):
            parts.append(embed([pixels for _, pixels in pictures[at : at + EMBED_AT_ONCE]]))
            yield 0.5 + 0.5 * at / len(pictures)
        return make_space(pictures, lambda _: np.concatenate(parts), kind)

    return task


def paths_task(takes: Sequence[tuple[str, Sequence[Callable[[], Pixels]]]],
               embed: Embed = pixel_vectors) -> Any:  # fmt: skip
    """A task: the guesses of takes, by the take's id, as (thumbs, vectors [S, D])."""

    def task(
        stop: threading.Event,
    ) -> Generator[float, None, dict[str, tuple[list[Pixels], Floats]]]:
        found: dict[str, tuple[list[Pixels], Floats]] = {}
        for at, (id, readers) in enumerate(takes):
            yield at / len(takes)
            if stop.is_set():
                break
            try:
                pictures = [read() for read in readers]
            except StudioError:
                continue
            found[id] = [thumb_of(picture, 2 * THUMB) for picture in pictures], embed(pictures)
        return found

    return task
