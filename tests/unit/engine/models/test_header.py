from __future__ import annotations

import contextlib
import json
import os
import struct
import time

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from studio.engine.errors import BrokenFile, StudioError, UnsafeFile
from studio.engine.models import header as module
from studio.engine.models.catalog import inspect
from studio.engine.models.guard import read_json
from studio.engine.models.header import read_header, read_small


def raw(table, data=b""):
    text = table if isinstance(table, bytes) else json.dumps(table).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(shape=(2,), begin=0, end=8, dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def written(path, content):
    path.write_bytes(content)
    return path


def test_reads_what_safetensors_wrote(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"w": torch.zeros(2, 3), "b": torch.zeros(4, dtype=torch.bfloat16)}, path,
              metadata={"made": "here"})  # fmt: skip
    header = read_header(path)
    assert header.shape("w") == (2, 3)
    assert header.tensors["b"].dtype == "BF16"
    assert header.shape("none") == ()
    assert header.metadata == {"made": "here"}
    assert header.size_bytes == path.stat().st_size


def test_an_empty_tensor_is_whole(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"none": torch.zeros(0, 3), "w": torch.zeros(2)}, path)
    assert read_header(path).shape("none") == (0, 3)


BROKEN = {
    "nothing": b"",
    "seven bytes": b"1234567",
    "no table": struct.pack("<Q", 4) + b"abcd",
    "length beyond the file": struct.pack("<Q", 10**6) + b'{"a":1}',
    "length of a fable": struct.pack("<Q", 2**63) + b"{}" + b" " * 40,
    "no JSON": raw(b'{"a": [}'),
    "not UTF-8": raw(b'{"\xff\xfe": 1}'),
    "a list": raw(b"[1, 2, 3]"),
    "200,000 brackets": raw(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "a name twice": raw(b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
                        b'"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)),
    "shape lies": raw({"a": entry((200_000, 200_000))}, bytes(8)),
    "negative": raw({"a": entry((-2,), 0, 8)}, bytes(8)),
    "shape overflows": raw({"a": entry((2**40, 2**40, 2**40))}, bytes(8)),
    "end before begin": raw({"a": entry((2,), 8, 0)}, bytes(8)),
    "past the end": raw({"a": entry((2,), 0, 8)}, bytes(4)),
    "bytes over": raw({"a": entry((2,), 0, 8)}, bytes(9)),
    "a hole": raw({"a": entry((2,), 0, 8), "b": entry((2,), 16, 24)}, bytes(24)),
    "overlap": raw({"a": entry((2,), 0, 8), "b": entry((2,), 4, 12)}, bytes(12)),
    "unknown type": raw({"a": entry(dtype="PICKLE")}, bytes(8)),
    "true as a number": raw({"a": entry((True, 2), 0, 8)}, bytes(8)),
    "no shape": raw({"a": {"dtype": "F32", "data_offsets": [0, 8]}}, bytes(8)),
    "an entry that is text": raw({"a": "F32"}, bytes(8)),
    "a fraction": raw({"a": entry((2.0,))}, bytes(8)),
}  # fmt: skip

UNSAFE = {
    "a checkpoint": b"PK\x03\x04" + bytes(100),
    "a pickle": b"\x80\x04\x95" + bytes(100),
    "an old pickle": b"\x80\x02}q\x00" + bytes(100),
    "GGUF": b"GGUF\x03\x00\x00\x00" + bytes(100),
    "a web page": b"<!DOCTYPE html><html>" + bytes(100),
    "an LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_at_once(tmp_path, name):
    path = written(tmp_path / "model.safetensors", BROKEN[name])
    began = time.perf_counter()
    with pytest.raises(BrokenFile, match=r"model\.safetensors"):
        read_header(path)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("name", UNSAFE)
def test_other_formats_are_recognised_by_their_first_bytes(tmp_path, name):
    path = written(tmp_path / "model.safetensors", UNSAFE[name])
    with pytest.raises(UnsafeFile) as caught:
        read_header(path)
    assert "safetensors" in str(caught.value)
    assert caught.value.hint


def test_a_locked_file_is_not_called_damaged(tmp_path, monkeypatch):
    """Neither in the list of models nor for a LoRA: downloading it again would not help."""
    path = tmp_path / "locked.safetensors"
    save_file({"a": torch.zeros(2)}, path)

    def locked(self, *_args, **_kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(path), "open", locked)
    monkeypatch.setattr(type(path), "read_bytes", locked)
    for read in (read_header, read_json):
        with pytest.raises(BrokenFile, match="cannot be read") as caught:
            read(path)
        assert "yours to read" in caught.value.hint
    assert "cannot be read" in inspect(path).problem


def test_limits_on_the_table(tmp_path, monkeypatch):
    long = written(tmp_path / "long.safetensors", raw(b"{" + b" " * (9 * 2**20) + b"}"))
    with pytest.raises(UnsafeFile, match="9 MB"):
        read_header(long)
    monkeypatch.setattr(module, "TENSOR_LIMIT", 3)
    many = {str(i): entry((2,), 8 * i, 8 * i + 8) for i in range(4)}
    path = written(tmp_path / "many.safetensors", raw(many, bytes(32)))
    with pytest.raises(UnsafeFile, match="4 tensors"):
        read_header(path)


def test_a_pipe_a_folder_and_nothing_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.safetensors")
    (tmp_path / "folder.safetensors").mkdir()
    for name in ("pipe", "folder", "missing"):
        with pytest.raises(BrokenFile, match=name):
            read_header(tmp_path / f"{name}.safetensors")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_a_header_or_a_message(tmp_path_factory, content, is_framed):
    path = tmp_path_factory.getbasetemp() / "fuzz.safetensors"
    path.write_bytes(raw(content) if is_framed else content)
    with contextlib.suppress(StudioError):
        read_header(path)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 400), st.binary(min_size=1, max_size=6))
def test_a_damaged_real_file_gives_a_header_or_a_message(tmp_path_factory, place, patch):
    path = tmp_path_factory.getbasetemp() / "mutant.safetensors"
    save_file({"w": torch.zeros(3, 3), "b": torch.zeros(5)}, path)
    content = bytearray(path.read_bytes())
    content[place : place + len(patch)] = patch
    path.write_bytes(content)
    with contextlib.suppress(StudioError):
        read_header(path)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_one_small_tensor_is_read_without_torch(tmp_path, dtype):
    path = tmp_path / "a.safetensors"
    want = torch.tensor([0.5, -2.0, 3.0], dtype=dtype)
    save_file({"before": torch.zeros(7), "w": want, "z": torch.zeros(3, dtype=torch.int64)}, path)
    header = read_header(path)
    assert read_small(path, header, "w").tolist() == [0.5, -2.0, 3.0]
    assert read_small(path, header, "z") is None
    assert read_small(path, header, "nothing") is None
