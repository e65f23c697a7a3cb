"""Find pictures by a direction: every score, how strong, what is excluded. Torch-free.

A flat threshold on cosine cannot work (0.3 is much for one question and nothing for another), so
each score is told as a z against the library itself, and the artist drags the cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.concepts.algebra import Vectors, cosines, expected_maximum, unit
from studio.concepts.store import Ids, Item, Scores, VectorStore
from studio.library.counting import counted

BINS = 48
STRONG_Z = 4.0
POSSIBLE_Z = 2.5
EXCLUDE_Z = 2.0  # on a minus term, from which a picture is taken out
ENOUGH_USUAL = 64  # usual pictures, whose spread says something
_OVERFETCH = 4
_SAMPLE = 2000


@dataclass(frozen=True, slots=True)
class Hit:
    """A found picture. score: cosine; z: against the whole library."""

    item: Item
    score: float
    z: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many pictures have which score. edges: [BINS + 1] cosines."""

    counts: NDArray[np.int64]
    edges: Vectors


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search, best first. strong, possible: how many pictures of the library are.

    note: plain words when nothing fits. histogram: None where a store cannot give all scores.
    """

    hits: tuple[Hit, ...]
    total: int
    strong: int
    possible: int
    excluded: int
    histogram: Histogram | None
    suggested_cut: float
    note: str = ""


def search(
    store: VectorStore,
    direction: Vectors,
    *,
    excludes: Sequence[Vectors] = (),
    count: int = 200,
    usual: Vectors | None = None,
) -> Found:
    """The pictures along a unit direction; those along an excluded one are left out.

    direction, excludes: [D] unit. usual: pictures of all kinds [M, D], if there are any; where
    nothing stands out in the library, they tell whether it is all of that kind or none is.
    """
    queries = np.stack([direction, *excludes])
    scores = store.score(queries, 10 * count)
    if not len(scores.ids):
        return Found((), 0, 0, 0, 0, None, 0.0, "Nothing is indexed yet.")
    statistics = _statistics(store, scores, queries)
    kept = _kept(scores, statistics)
    is_all = len(queries) == 1
    ids = scores.ids if is_all else scores.ids[kept]
    values = scores.values[0] if is_all else scores.values[0][kept]
    about = statistics[0]
    histogram = _histogram(values) if scores.is_complete and len(values) else None
    strong, possible = (int((values >= about.value(z)).sum()) for z in (STRONG_Z, POSSIBLE_Z))
    ids, exact = _exact(store, ids, values, direction, count)
    z = about.z(exact)
    items = {item.id: item for item in store.items(ids.tolist())}
    hits = tuple(Hit(items[int(i)], round(float(s), 4), round(float(v), 3))
                 for i, s, v in zip(ids, exact, z, strict=True) if int(i) in items)  # fmt: skip
    return Found(
        hits, len(scores.ids), strong, possible, int((~kept).sum()), histogram,
        about.value(POSSIBLE_Z), _note(hits, len(values), direction, usual),
    )  # fmt: skip


def collected(name: str, items: Sequence[Item], vectors: Vectors, *, missing: int) -> Found:
    """A named set of pictures [N, D] as an answer, the most typical first; z within the set.

    missing: pictures of the set that are not in the index.
    """
    if not items:
        return Found((), 0, 0, 0, 0, None, 0.0, f"Nothing of “{name}” is in this index.")
    values = cosines(vectors, unit(vectors.mean(0)))
    z = _statistics_of(values).z(values)
    order = np.argsort(-values, kind="stable").tolist()
    hits = tuple(Hit(items[at], round(float(values[at]), 4), round(float(z[at]), 3))
                 for at in order)  # fmt: skip
    gone = f", {missing:,} not in this index" if missing else ""
    note = f"Collection “{name}”: {counted(len(items))}{gone}"
    return Found(hits, len(items), 0, 0, 0, None, 0.0, note)


def _histogram(values: NDArray[np.float32]) -> Histogram:
    """BINS equal bins from the least to the largest score."""
    low, high = float(values.min()), float(values.max())
    scale = BINS / max(high - low, 1e-6)
    bins = np.minimum(((values - np.float32(low)) * np.float32(scale)).astype(np.int32), BINS - 1)
    edges = np.linspace(low, max(high, low + 1e-6), BINS + 1, dtype=np.float32)
    return Histogram(np.bincount(bins, minlength=BINS).astype(np.int64), edges)


@dataclass(frozen=True, slots=True)
class _Statistics:
    middle: float
    spread: float

    def z(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray((values - self.middle) / self.spread, np.float32)

    def value(self, z: float) -> float:
        return self.middle + z * self.spread


def _statistics(store: VectorStore, scores: Scores, queries: Vectors) -> list[_Statistics]:
    """Middle and spread of the library along each query; from a sample if need be."""
    rows = scores.values
    if not scores.is_complete:
        rows = queries @ store.sample(_SAMPLE).T
    return [_statistics_of(np.asarray(row, np.float32)) for row in rows]


def _statistics_of(values: NDArray[np.float32]) -> _Statistics:
    if len(values) < 2:
        return _Statistics(0.0, 0.1)
    if len(values) > 40_000:  # percentiles of a million take longer than the scan
        values = values[:: len(values) // 20_000]
    low, middle = np.percentile(values, (15.87, 50.0))
    # Small or uniform libraries: the spread of a handful of pictures says little.
    return _Statistics(float(middle), max(float(middle - low), 0.01))


def _kept(scores: Scores, statistics: Sequence[_Statistics]) -> NDArray[np.bool_]:
    kept = np.ones(len(scores.ids), bool)
    for row, about in zip(scores.values[1:], statistics[1:], strict=True):
        kept &= about.z(row) < EXCLUDE_Z
    return kept


def _exact(
    store: VectorStore, ids: Ids, values: NDArray[np.float32], direction: Vectors, count: int
) -> tuple[Ids, Vectors]:
    """The best `count`, scored again in full precision."""
    depth = min(len(ids), _OVERFETCH * count + 50)
    if not depth:
        return ids, np.zeros(0, np.float32)
    top = np.argpartition(-values, depth - 1)[:depth]
    exact = cosines(store.vectors(ids[top].tolist()), direction)
    order = np.argsort(-exact, kind="stable")[:count]
    return ids[top][order], exact[order]


def _note(hits: Sequence[Hit], count: int, direction: Vectors, usual: Vectors | None) -> str:
    """Plain words when nothing stands out: there is nothing of the kind, or all is of that kind."""
    if not hits:
        return "Every picture was excluded."
    if count < 50 or hits[0].z >= min(POSSIBLE_Z, 0.75 * expected_maximum(count)):
        return ""
    if usual is not None and len(usual) >= ENOUGH_USUAL:
        best = np.array([hits[0].score], np.float32)
        if _statistics_of(cosines(usual, direction)).z(best)[0] >= POSSIBLE_Z:
            return "Many pictures are like this, none stands out; the nearest:"
    return "Nothing stands out; the nearest:"
