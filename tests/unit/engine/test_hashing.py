from __future__ import annotations

import hashlib
import json
import os
import threading

import pytest

from studio.engine import cancel, hashing
from studio.engine.errors import Cancelled
from studio.engine.hashing import file_hash, remember_in


@pytest.fixture
def next_start(monkeypatch):
    """Forget everything, as a new process does."""

    def forget():
        monkeypatch.setattr(hashing, "_known", {})
        monkeypatch.setattr(hashing, "_file", [])

    forget()
    return forget


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"weights" * 1000)
    return path


def test_the_next_start_reads_no_byte_of_a_file_that_is_the_same(
    tmp_path, model, next_start, monkeypatch
):
    keep = tmp_path / "cache" / "hashes.json"
    remember_in(keep)
    right = file_hash(model)
    assert right == hashlib.sha256(model.read_bytes()).hexdigest()
    next_start()
    remember_in(keep)
    monkeypatch.setattr(hashing.hashlib, "sha256", None)
    assert file_hash(model) == right
    assert [p.name for p in keep.parent.iterdir()] == ["hashes.json"]


def test_a_changed_file_is_read_again(tmp_path, model, next_start):
    remember_in(tmp_path / "hashes.json")
    first, status = file_hash(model), model.stat()
    model.write_bytes(b"another" * 1000)
    os.utime(model, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert file_hash(model) == hashlib.sha256(model.read_bytes()).hexdigest() != first


@pytest.mark.parametrize("said", ["", "{", "[1]", '{"KEY": "short"}', '{"KEY": 7}', "[" * 9000])
def test_a_damaged_memory_is_forgotten(tmp_path, model, next_start, said):
    status = model.stat()
    key = f"{model.resolve()}|{status.st_size}|{status.st_mtime_ns}"
    keep = tmp_path / "hashes.json"
    keep.write_text(said.replace("KEY", key))
    remember_in(keep)
    right = hashlib.sha256(model.read_bytes()).hexdigest()
    assert file_hash(model) == right
    assert json.loads(keep.read_text()) == {key: right}


def test_what_cannot_be_kept_is_no_error(tmp_path, model, next_start, caplog):
    (tmp_path / "cache").write_text("a file where the folder should be")
    remember_in(tmp_path / "cache" / "hashes.json")
    assert len(file_hash(model)) == 64
    assert "not kept" in caplog.text


def test_reading_can_be_stopped(model, next_start):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled), cancel.stoppable(stop):
        file_hash(model)
