"""Undo memory: what a change did to a layer, kept as compressed differences of small tiles.

A difference is the exclusive or of before and after, so the same bytes undo and redo. When the
memory budget is spent, the oldest differences move to an anonymous temporary file; while that disk
is full they stay in memory.
"""

from __future__ import annotations

import tempfile
import time
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect

TILE = 128  # px
BUDGET = 256 * 2**20  # bytes of differences kept in memory
Pixels = NDArray[np.uint8]
Place = tuple[int, int]  # row, column of a tile


def tiles_of(rect: QRect, shape: tuple[int, ...]) -> list[Place]:
    """The tiles that a rectangle of picture pixels touches, clipped to the layer."""
    top, left = max(rect.top(), 0) // TILE, max(rect.left(), 0) // TILE
    bottom = (min(rect.bottom(), shape[0] - 1)) // TILE
    right = (min(rect.right(), shape[1] - 1)) // TILE
    return [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]


def tile_slice(place: Place) -> tuple[slice, slice]:
    """Where a tile lies in its layer; slices beyond the border are cut by numpy."""
    row, column = place
    return slice(row * TILE, (row + 1) * TILE), slice(column * TILE, (column + 1) * TILE)


def tile_rect(place: Place) -> QRect:
    """A tile's rectangle in picture pixels."""
    return QRect(place[1] * TILE, place[0] * TILE, TILE, TILE)


class DeltaStore:
    """Holds blobs: the newest in memory, compressed little by little, older ones on disk."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self.bytes_in_memory = 0
        self._memory: OrderedDict[int, bytes] = OrderedDict()
        self._arrays: dict[int, Pixels] = {}  # not yet compressed
        self._packed: set[int] = set()
        self._on_disk: dict[int, tuple[int, int]] = {}  # offset, length
        self._file: BinaryIO | None = None
        self._next = 0

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def put(self, data: bytes | Pixels) -> int:
        """Keep a blob; returns the key that brings it back.

        An array is not copied: it must stay as it is. `pack` compresses it; zeros become nothing.
        """
        key, self._next = self._next, self._next + 1
        if isinstance(data, bytes):
            self._memory[key] = data
            self.bytes_in_memory += len(data)
        else:
            self._arrays[key] = data
            self.bytes_in_memory += data.nbytes
        while self.bytes_in_memory > self.budget and len(self._memory) + len(self._arrays) > 1:
            if not self._spill():
                break
        return key

    def get(self, key: int) -> bytes:
        """The blob kept under `key`."""
        if key in self._arrays:
            return self._arrays[key].tobytes()
        if key in self._memory:
            data = self._memory[key]
        else:
            offset, length = self._on_disk[key]
            assert self._file is not None
            self._file.seek(offset)
            data = self._file.read(length)
        return zlib.decompress(data) if key in self._packed and data else data

    def drop(self, key: int) -> None:
        """Forget a blob; its place on disk is freed when the document is closed."""
        if key in self._arrays:
            self.bytes_in_memory -= self._arrays.pop(key).nbytes
        self.bytes_in_memory -= len(self._memory.pop(key, b""))
        self._on_disk.pop(key, None)
        self._packed.discard(key)

    def pack(self, seconds: float) -> bool:
        """Compress arrays for about so long, the oldest first; True if more of them wait.

        Not at once when a stroke ends: a large one would hold up the hand for a tenth of a second.
        """
        until = time.monotonic() + seconds
        while self._arrays and time.monotonic() < until:
            self._pack(next(iter(self._arrays)))
        return bool(self._arrays)

    def _pack(self, key: int) -> None:
        array = self._arrays.pop(key)
        data = zlib.compress(array.tobytes(), 1) if array.any() else b""
        self._memory[key] = data
        self._packed.add(key)
        self.bytes_in_memory += len(data) - array.nbytes

    def _spill(self) -> bool:
        """Move the oldest blob to the disk; False if the disk does not take it."""
        if not self._memory:
            self._pack(next(iter(self._arrays)))
        key, data = next(iter(self._memory.items()))
        try:
            if self._file is None:  # unbuffered: what does not fit is known at once
                name = "latent-studio-undo-"
                self._file = tempfile.TemporaryFile(buffering=0, prefix=name)  # noqa: SIM115
            offset = self._file.seek(0, 2)
            is_whole = self._file.write(data) == len(data)
        except OSError:
            is_whole = False
        if is_whole:
            del self._memory[key]
            self._on_disk[key] = (offset, len(data))
            self.bytes_in_memory -= len(data)
        return is_whole


class Delta:
    """The difference that one change made to a layer."""

    def __init__(self, store: DeltaStore, before: Mapping[Place, Pixels], layer: Pixels) -> None:
        """before: the touched tiles as they were, which become the difference; layer: as it is."""
        self._store = store
        self._keys: dict[Place, int] = {}
        for place, old in before.items():
            old ^= layer[tile_slice(place)]
        if any(difference.any() for difference in before.values()):
            self._keys = {place: store.put(difference) for place, difference in before.items()}

    def __del__(self) -> None:
        for key in self._keys.values():
            self._store.drop(key)

    def is_empty(self) -> bool:
        """True if nothing changed."""
        return not self._keys

    def rect(self) -> QRect:
        """The rectangle of all changed tiles, in picture pixels."""
        united = QRect()
        for place in self._keys:
            united = united.united(tile_rect(place))
        return united

    def apply(self, layer: Pixels) -> None:
        """Turn before into after, or after into before."""
        for place, key in self._keys.items():
            part = layer[tile_slice(place)]
            if data := self._store.get(key):
                part ^= np.frombuffer(data, np.uint8).reshape(part.shape)


class LayerEdit:
    """A change in progress: remembers each tile as it was before it is first touched.

    spare: the `memory` of an edit that is over, if nobody needs it any more.
    """

    def __init__(self, layer: Pixels, spare: Pixels | None = None) -> None:
        self.layer = layer
        self.before: dict[Place, Pixels] = {}
        # Virtual memory only; the touched tiles are filled in, so that regions can be sliced.
        is_fitting = spare is not None and spare.shape == layer.shape
        self.memory = spare if spare is not None and is_fitting else np.empty_like(layer)

    def touch(self, rect: QRect) -> None:
        """Announce that pixels in `rect` are about to change."""
        for place in tiles_of(rect, self.layer.shape):
            if place not in self.before:
                where = tile_slice(place)
                self.memory[where] = self.layer[where]
                self.before[place] = self.memory[where]

    def old(self, where: tuple[slice, slice]) -> Pixels:
        """Pixels as they were before the change; the region must have been touched."""
        return self.memory[where]

    def restore(self) -> QRect:
        """Take the whole change back; returns what was touched."""
        united = QRect()
        for place, old in self.before.items():
            self.layer[tile_slice(place)] = old
            united = united.united(tile_rect(place))
        self.before.clear()
        return united
