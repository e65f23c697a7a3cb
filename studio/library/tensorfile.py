"""Read and write safetensors files row by row, with every claim of the header checked.

Torch-free. Needed beside the safetensors library because a take is read lazily, one row at a
time, without torch, and comes from strangers: the header is bounded before it is parsed.
Format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from studio.engine.errors import BrokenFile, UnsafeFile
from studio.library.safefile import open_regular

HEADER_MAX = 8 << 20  # bytes; a 74 MB header costs the library 15 s and 1.2 GB
ENTRIES_MAX = 50_000
ROW_MAX = 512 << 20  # bytes read at once
ITEM_SIZES = {
    "BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4,
    "F32": 4, "F64": 8, "I64": 8, "U64": 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor of the file. begin, end: bytes from the start of the data part."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """One tensor to write: its bytes in C order, in as many pieces as it was found in."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    pieces: Iterable[Any]  # bytes-like


def file_pieces(blocks: list[Block], metadata: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a whole safetensors file in pieces, for `write_atomic`."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    position = 0
    for block in blocks:
        end = position + math.prod(block.shape) * ITEM_SIZES[block.dtype]
        header[block.name] = {
            "dtype": block.dtype,
            "shape": list(block.shape),
            "data_offsets": [position, end],
        }
        position = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data part is aligned, as the reference writer does
    yield len(text).to_bytes(8, "little") + text
    for block in blocks:
        yield from block.pieces


class TensorFile:
    """An open safetensors file: `entries` and `metadata` at once, tensors when asked.

    The file stays open until this object is gone, so a replaced file does not mix rows.
    Raises BrokenFile or UnsafeFile naming the file and the reason.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = open_regular(path)
        self._closer = weakref.finalize(self, os.close, self._file)
        try:
            self._read_header()
        except BaseException:
            self._closer()
            raise

    def _read_header(self) -> None:
        size = os.fstat(self._file).st_size
        length = int.from_bytes(os.read(self._file, 8), "little")
        if size < 10 or length > size - 8:
            raise broken(self.path, "it ends before its own table of contents")
        if length > HEADER_MAX:
            raise UnsafeFile(
                f"{self.path.name} was not opened: its table of contents claims {length:,} bytes.",
                "Files of this program stay far below that; do not trust it.",
            )
        self._start = 8 + length
        header = _parse(os.read(self._file, length), self.path)
        metadata = header.pop("__metadata__", {})
        self.metadata: dict[str, str] = {
            k: v for k, v in metadata.items() if isinstance(v, str)
        } if isinstance(metadata, dict) else {}  # fmt: skip
        self.entries = _check_entries(header, size - self._start, self.path)
        self.size = size

    def read(self, name: str, row: int | None = None) -> bytes:
        """The bytes of a tensor, or of one row along its first dimension."""
        entry = self.entries.get(name)
        if entry is None:
            raise broken(self.path, f"the part “{name[:40]}” is missing")
        begin, end = entry.begin, entry.end
        if row is not None:
            if not entry.shape or not 0 <= row < entry.shape[0]:
                raise broken(self.path, f"the part “{name[:40]}” has no row {row}")
            stride = (end - begin) // entry.shape[0]
            begin, end = begin + row * stride, begin + (row + 1) * stride
        return self.read_bytes(begin, end)

    def read_bytes(self, begin: int, end: int) -> bytes:
        """Bytes of the data part; begin and end as in `Entry`."""
        if not 0 <= begin <= end <= self.size - self._start or end - begin > ROW_MAX:
            raise broken(self.path, "a part lies outside the file")
        with self._lock:
            os.lseek(self._file, self._start + begin, os.SEEK_SET)
            pieces = []
            left = end - begin
            while left and (piece := os.read(self._file, left)):
                pieces.append(piece)
                left -= len(piece)
        if left:
            raise broken(self.path, "it ends too early")
        return b"".join(pieces)


def _parse(text: bytes, path: Path) -> dict[str, Any]:
    try:
        header = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise broken(path, "its table of contents cannot be read") from error
    if not isinstance(header, dict) or len(header) > ENTRIES_MAX:
        raise broken(path, "its table of contents makes no sense")
    return header


def _check_entries(header: Mapping[str, Any], room: int, path: Path) -> dict[str, Entry]:
    entries = {name: _entry(item, path) for name, item in header.items()}
    position = 0
    for entry in sorted(entries.values(), key=lambda e: (e.begin, e.end)):
        if entry.begin != position or entry.end > room:
            raise broken(path, "its parts overlap or lie outside the file")
        position = entry.end
    if position != room:
        raise broken(path, "it is longer or shorter than its table of contents says")
    return entries


def _entry(item: object, path: Path) -> Entry:
    if not isinstance(item, dict):
        raise broken(path, "its table of contents makes no sense")
    dtype, shape, offsets = item.get("dtype"), item.get("shape"), item.get("data_offsets")
    if not (isinstance(dtype, str) and dtype in ITEM_SIZES):
        raise broken(path, "it holds numbers of an unknown kind")
    if not (_are_sizes(shape) and _are_sizes(offsets) and len(shape) <= 16 and len(offsets) == 2):
        raise broken(path, "its table of contents makes no sense")
    if math.prod(shape) * ITEM_SIZES[dtype] != offsets[1] - offsets[0]:
        raise broken(path, "a part has not the size it claims")
    return Entry(dtype, tuple(shape), offsets[0], offsets[1])


def _are_sizes(values: Any) -> TypeGuard[list[int]]:
    return isinstance(values, list) and all(type(n) is int and 0 <= n < 2**53 for n in values)


def broken(path: Path, reason: str) -> BrokenFile:
    """The error for a damaged file; reason: words that end the sentence."""
    return BrokenFile(f"{path.name} is damaged: {reason}.", "Use a copy of it if you have one.")
