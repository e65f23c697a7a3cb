"""What a vector store must do, and the plain values that go in and out. Torch-free.

Search, naming and the map see only this protocol. `FileStore` is the store of one artist;
`MilvusStore` is for shared and very large libraries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.concepts.algebra import Vectors
from studio.engine.errors import StudioError

Ids = NDArray[np.int64]


class StoreError(StudioError):
    """An index cannot be opened, read or written."""


class DamagedIndex(StoreError):
    """What is on the disk is no index of this model: it is of no use as it is."""


class DiskFull(StoreError):
    """There is no space to write; what is there can mostly be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file as it is on the disk: what tells whether it has changed."""

    file: str
    size: int  # bytes
    mtime_ns: int
    digest: bytes = b""  # of head and tail; b"" when not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One picture to be stored: a whole file (part -1) or a step of a strip (part >= 0)."""

    source: Source
    part: int = -1
    width: int = 0  # pixels; 0 = unknown
    height: int = 0

    @property
    def reference(self) -> str:
        """How expressions name it: the path, with #step for a strip."""
        return reference(self.source.file, self.part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One picture of the index. state: "ready", "failed" (see reason) or "stale"."""

    id: int
    file: str
    part: int
    size: int
    mtime_ns: int
    state: str
    reason: str = ""
    width: int = 0
    height: int = 0

    @property
    def reference(self) -> str:
        """How expressions name it."""
        return reference(self.file, self.part)


def reference(file: str, part: int) -> str:
    """The name of a picture in an expression."""
    return file if part < 0 else f"{file}#{part}"


@dataclass(frozen=True, slots=True)
class Scores:
    """Cosines of stored pictures with Q directions.

    ids: [N]; values: [Q, N] float32. is_complete: N is the whole library, so that its mean,
    spread and histogram are true; otherwise N are only the best candidates.
    """

    ids: Ids
    values: Vectors
    is_complete: bool


class VectorStore(Protocol):
    """Pictures and their unit vectors, D numbers each. Ids are never reused."""

    @property
    def dimensions(self) -> int:
        """D."""

    def __len__(self) -> int:
        """How many pictures can be found."""

    def add(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        """Store or replace pictures; [N, D]. Durable when it returns. Raises StoreError."""

    def fail(self, source: Source, reason: str) -> None:
        """Remember that a file cannot be read; it is not tried again until it changes."""

    def find(self, file: str) -> list[Item]:
        """Everything known of one file."""

    def has_size(self, size: int) -> bool:
        """Whether a ready picture has this many bytes; otherwise nothing can be alike."""

    def alike(self, source: Source) -> list[Item]:
        """Ready pictures of other files with the same size and digest: copies, or the old name."""

    def copy(self, items: Sequence[Item], source: Source) -> None:
        """Store `source` with the vectors that `items` have."""

    def remove(self, ids: Iterable[int]) -> None:
        """Forget pictures."""

    def files(self, folder: str) -> dict[str, list[int]]:
        """The known files below a folder, with their ids."""

    def failures(self) -> list[Item]:
        """The files that could not be read."""

    def items(self, ids: Sequence[int]) -> list[Item]:
        """The pictures of these ids, in their order; unknown ids are left out."""

    def score(self, directions: Vectors, candidates: int) -> Scores:
        """Cosines with directions [Q, D]. candidates: how many an incomplete store must give."""

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The vectors of these ids, [N, D] float32; zeros for unknown ids."""

    def sample(self, count: int) -> Vectors:
        """Up to `count` vectors spread over the library, [N, D] float32; the same each time."""

    def close(self) -> None:
        """Let go of files and connections."""
