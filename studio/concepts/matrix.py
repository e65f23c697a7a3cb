"""The matrix file of an index: rows of float16, only ever appended to. numpy only.

Order of writing: append rows, fsync, then the table names them. Rows beyond the committed count
are a torn tail: nothing names them and the next writer overwrites them.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.concepts.algebra import Vectors

Halves = NDArray[np.float16]
BLOCK = 16_384  # rows under one checksum


class Matrix:
    """Rows [N, D] of float16 in one file, seen through a memory map.

    rows: how many are committed; the caller (the table) knows it.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self.path = path
        self.dimensions = dimensions
        self._row_bytes = 2 * dimensions
        self._view: Halves = np.empty((0, dimensions), np.float16)

    def whole_rows(self) -> int:
        """How many rows the file holds, torn tail included."""
        try:
            return self.path.stat().st_size // self._row_bytes
        except FileNotFoundError:
            return 0

    def cut(self, rows: int) -> None:
        """Cut everything beyond `rows`. Only safe while no other reader is mapped beyond it."""
        if self.path.exists() and self.path.stat().st_size > rows * self._row_bytes:
            os.truncate(self.path, rows * self._row_bytes)

    def write(self, at: int, vectors: Vectors) -> bytes:
        """Write rows from row `at` on and fsync; the bytes written. Raises OSError."""
        data = np.ascontiguousarray(vectors, np.float16).tobytes()
        self.path.touch(exist_ok=True)
        with open(self.path, "r+b") as file:
            file.seek(at * self._row_bytes)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return data

    def view(self, rows: int) -> Halves:
        """The committed rows, [rows, D], mapped from the file; do not write into it."""
        if len(self._view) < rows:
            # "c": private pages. torch warns about read-only arrays; nobody writes here.
            self._view = np.memmap(
                self.path, np.float16, mode="c", shape=(self._capacity(rows), self.dimensions)
            )
        return self._view[:rows]

    def _capacity(self, rows: int) -> int:
        return max(rows, self.whole_rows())

    def close(self) -> None:
        """Drop the map."""
        self._view = np.empty((0, self.dimensions), np.float16)

    def checksums(self, rows: int) -> Iterator[tuple[int, int]]:
        """(block number, CRC-32) over the committed rows; reads the whole file."""
        for number in range(-(-rows // BLOCK)):
            block = self.view(rows)[number * BLOCK : (number + 1) * BLOCK]
            yield number, zlib.crc32(np.ascontiguousarray(block).data)


def extend_checksums(crcs: dict[int, int], at: int, data: bytes, row_bytes: int) -> dict[int, int]:
    """The checksums that change when `data` is appended at row `at`; crcs: those before."""
    changed: dict[int, int] = {}
    position = 0
    while position < len(data):
        row = at + position // row_bytes
        number = row // BLOCK
        end = position + ((number + 1) * BLOCK - row) * row_bytes
        before = crcs.get(number, 0) if row % BLOCK else 0
        changed[number] = zlib.crc32(data[position:end], before)
        position = end
    return changed
