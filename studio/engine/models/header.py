"""Read the header of a safetensors file: names, types and shapes, no weights. Torch-free.

Our own parser, because a stranger's file is read by it before any library sees the file.
Format: 8 bytes little-endian length N, N bytes of JSON, then the data.
"""

from __future__ import annotations

import json
import math
import os
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.engine.errors import BrokenFile, UnsafeFile

HEADER_LIMIT = 8 * 2**20  # bytes of JSON
TENSOR_LIMIT = 50_000
RANK_LIMIT = 8  # dimensions of one tensor
SMALL_LIMIT = 2**20  # bytes of a tensor that `read_small` reads
_FLOATS = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}

ITEM_BITS = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "F8_E4M3": 8, "F8_E5M2": 8,
    "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8,
}  # fmt: skip

# What the first bytes give away -> what to call it. A wrong suffix is the commonest attack.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a PyTorch checkpoint, which can carry program code"),
    (b"\x80\x02", "a Python pickle, which can carry program code"),
    (b"\x80\x03", "a Python pickle, which can carry program code"),
    (b"\x80\x04", "a Python pickle, which can carry program code"),
    (b"\x80\x05", "a Python pickle, which can carry program code"),
    (b"GGUF", "a GGUF file, a format that this program does not read"),
    (b"\x89HDF", "an HDF5 file, a format that this program does not read"),
    (b"<", "a web page, probably a failed download"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


class TensorInfo(NamedTuple):
    """One tensor as the header describes it. begin, end: bytes, from the start of the data."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Header:
    """All tensors of one file, checked against the file's size."""

    tensors: Mapping[str, TensorInfo]
    metadata: Mapping[str, str] = field(default_factory=dict)
    size_bytes: int = 0

    def shape(self, name: str) -> tuple[int, ...]:
        """The tensor's shape, or () if there is no such tensor."""
        info = self.tensors.get(name)
        return info.shape if info else ()


def check_regular(path: Path) -> int:
    """The size in bytes of a regular file; raises BrokenFile for anything else.

    A pipe or a device with a model's name would hang whoever opens it.
    """
    try:
        status = os.stat(path)
    except OSError:
        raise unreadable(path) from None
    if not stat.S_ISREG(status.st_mode):
        raise BrokenFile(f"{path.name} is not an ordinary file.", "Choose a .safetensors file.")
    return status.st_size


def unreadable(path: Path) -> BrokenFile:
    """The error for a file that is locked or gone; nothing is wrong with what is in it."""
    return BrokenFile(f"The file {path.name} cannot be read.",
                      "Check that it is there and is yours to read.")  # fmt: skip


def read_header(path: Path) -> Header:
    """Parse and check the header. Raises BrokenFile or UnsafeFile, each naming the reason."""
    size = check_regular(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise unreadable(path) from error
    with file:
        start = file.read(32)
        _refuse_signatures(path, start)
        if len(start) < 10:
            raise _broken(path, "it is empty or cut off")
        (length,) = struct.unpack("<Q", start[:8])
        if start[8:9] != b"{" or length > size - 8:
            raise _broken(path, "it is not a safetensors file, or it is cut off")
        if length > HEADER_LIMIT:
            raise UnsafeFile(
                f"The table of contents of {path.name} is {length / 2**20:.0f} MB long.",
                "No real model needs more than 8 MB; do not use this file.",
            )
        file.seek(8)
        data = _parse_json(path, file.read(length))
    metadata = data.pop("__metadata__", {})
    if len(data) > TENSOR_LIMIT:
        raise UnsafeFile(f"{path.name} claims {len(data):,} tensors.",
                         f"No real model has more than {TENSOR_LIMIT:,}.")  # fmt: skip
    tensors = {name: _tensor(path, name, entry) for name, entry in data.items()}
    _check_layout(path, tensors, size - 8 - length)
    return Header(tensors, _text_only(metadata), size)


def read_small(path: Path, header: Header, name: str) -> NDArray[np.float32] | None:
    """One small tensor of a checked file, flat; None if it is not there, or large, or no float."""
    info = header.tensors.get(name)
    if info is None or info.end - info.begin > SMALL_LIMIT or info.dtype not in _FLOATS:
        return None
    with path.open("rb") as file:
        file.seek(header.size_bytes - max(t.end for t in header.tensors.values()) + info.begin)
        raw = file.read(info.end - info.begin)
    if info.dtype == "BF16":  # the upper half of a float32
        return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(raw, _FLOATS[info.dtype]).astype(np.float32)


def _broken(path: Path, reason: str) -> BrokenFile:
    return BrokenFile(f"{path.name} cannot be used: {reason}.", "Download or copy it again.")


def _refuse_signatures(path: Path, start: bytes) -> None:
    for signature, kind in _SIGNATURES:
        if start.startswith(signature) and (len(start) < 9 or start[8:9] != b"{"):
            raise UnsafeFile(
                f"{path.name} is {kind}.", "Only .safetensors files are opened; get that version."
            )


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name occurs twice")
    return result


def _parse_json(path: Path, raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError):
        raise _broken(path, "its table of contents is damaged") from None
    if not isinstance(data, dict):
        raise _broken(path, "its table of contents is damaged")
    return data


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**48


def _tensor(path: Path, name: str, entry: Any) -> TensorInfo:
    match entry:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [begin, end]} if (
            dtype in ITEM_BITS
            and len(shape) <= RANK_LIMIT
            and all(map(_is_count, (*shape, begin, end)))
        ):
            info = TensorInfo(dtype, tuple(shape), begin, end)
        case _:
            raise _broken(path, f"the entry of tensor {name[:80]!r} is damaged")
    if math.prod(info.shape) * ITEM_BITS[info.dtype] != 8 * (end - begin):
        raise _broken(path, f"tensor {name[:80]!r} lies about its shape")
    return info


def _check_layout(path: Path, tensors: Mapping[str, TensorInfo], data_bytes: int) -> None:
    """Tensors must tile the data exactly: no overlap, no hole, no byte over."""
    position = 0
    for info in sorted(tensors.values(), key=lambda t: (t.begin, t.end)):
        if info.begin != position:
            raise _broken(path, "its tensors overlap or leave holes")
        position = info.end
    if position != data_bytes:
        raise _broken(path, "it is cut off, or longer than its table of contents says")


def _text_only(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict):
        return {}
    return {k: v for k, v in metadata.items() if isinstance(v, str)}
