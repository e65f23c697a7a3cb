"""The safetensors reader believes nothing that a header says."""

from __future__ import annotations

import contextlib
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.engine.errors import BrokenFile, StudioError, UnsafeFile
from studio.library.tensorfile import Block, TensorFile, file_pieces


def write(path, blocks, metadata=None):
    path.write_bytes(b"".join(bytes(p) for p in file_pieces(blocks, metadata or {})))
    return path


def raw(path, header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


def test_rows_and_metadata(tmp_path):
    rows = [np.full(4, i, np.float32).tobytes() for i in range(3)]
    file = TensorFile(write(tmp_path / "a", [Block("x", "F32", (3, 4), rows)], {"k": "v"}))
    assert file.metadata == {"k": "v"}
    assert file.entries["x"].shape == (3, 4)
    assert np.frombuffer(file.read("x", 1), np.float32).tolist() == [1, 1, 1, 1]
    assert file.read("x") == b"".join(rows)


def test_the_reference_library_agrees(tmp_path):
    from safetensors.numpy import load_file, save_file

    save_file({"a": np.arange(6, dtype=np.int64).reshape(2, 3)}, tmp_path / "ref", {"who": "it"})
    ours = TensorFile(tmp_path / "ref")
    assert np.frombuffer(ours.read("a"), np.int64).tolist() == list(range(6))
    assert ours.metadata == {"who": "it"}
    write(tmp_path / "own", [Block("e", "F32", (0, 4), []), Block("b", "U8", (3,), [b"abc"])])
    back = load_file(tmp_path / "own")
    assert back["b"].tolist() == [97, 98, 99]
    assert back["e"].shape == (0, 4)


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.mark.parametrize(
    "header",
    [
        b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 20_000,
        {"a": 3}, {"a": {}}, {"a": entry("F31")}, {"a": entry(3)}, {"a": entry([])},
        {"a": entry(shape=[-1])}, {"a": entry(shape=[2.0])}, {"a": entry(shape=[True, 2])},
        {"a": entry(shape=[2**60, 2**60])}, {"a": entry(offsets=[0, 9])},
        {"a": entry(offsets=[8, 0])}, {"a": entry(offsets=[4, 12])}, {"a": entry(offsets=[0])},
        {"a": entry(), "b": entry()}, {"a": entry(offsets=[0, 8]), "b": entry(offsets=[4, 12])},
        {"a": entry(shape=[10**9], offsets=[0, 4 * 10**9])},
        {"a": entry(shape=[1] * 17)}, {"__metadata__": 3, "a": entry(offsets=[0, 80])},
    ],
)  # fmt: skip
def test_lying_headers(tmp_path, header):
    with pytest.raises(BrokenFile, match=r"0001\.take is damaged"):
        TensorFile(raw(tmp_path / "0001.take", header, b"\0" * 8))


def test_a_giant_header_is_not_even_read(tmp_path):
    path = tmp_path / "a.take"
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", 10**9))
        file.truncate(2 * 10**9)
    with pytest.raises(UnsafeFile, match="claims 1,000,000,000 bytes"):
        TensorFile(path)


def test_rows_that_do_not_exist(tmp_path):
    file = TensorFile(write(tmp_path / "a", [Block("x", "U8", (2, 1), [b"ab"])]))
    for name, row in (("y", None), ("x", 2), ("x", -1)):
        with pytest.raises(BrokenFile):
            file.read(name, row)
    with pytest.raises(BrokenFile):
        file.read_bytes(0, 99)
    with pytest.raises(BrokenFile):
        file.read_bytes(-5, 1)


def test_the_file_is_closed_with_its_reader(tmp_path):
    import os

    file = TensorFile(write(tmp_path / "a", [Block("x", "U8", (1,), [b"a"])]))
    number = file._file
    os.fstat(number)
    del file
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(number)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 300))
def test_any_bytes(tmp_path_factory, body, length):
    path = tmp_path_factory.getbasetemp() / "any.take"
    path.write_bytes(struct.pack("<Q", length) + body)
    with contextlib.suppress(StudioError):
        TensorFile(path)
