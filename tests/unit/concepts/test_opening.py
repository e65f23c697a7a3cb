"""Opening an index: damage is put aside, everything else leaves it as it is."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from studio.concepts import opening, search
from studio.concepts.file_store import FileStore
from studio.concepts.opening import check_store, forget_below, open_store, put_aside
from studio.concepts.rows import Rows
from studio.concepts.store import DamagedIndex, DiskFull, Entry, Source, StoreError

D = 8


def entries(first, count):
    return [Entry(source=Source(file=f"/p/{i}.png", size=i, mtime_ns=1, digest=b"d"))
            for i in range(first, first + count)]  # fmt: skip


def rows_of(count):
    plain = np.random.default_rng(count).standard_normal((count, D)).astype(np.float32)
    return plain / np.linalg.norm(plain, axis=1, keepdims=True)


@pytest.fixture
def folder(tmp_path):
    """An index of 20 pictures, closed."""
    store = FileStore(tmp_path / "index", D, "m")
    store.add(entries(0, 20), rows_of(20))
    store.close()
    return tmp_path / "index"


@pytest.fixture
def full_disk(monkeypatch):
    """SQLite cannot open the file for writing until the answer is emptied."""
    answer = [sqlite3.OperationalError("database or disk is full")]
    answer[0].sqlite_errorcode = sqlite3.SQLITE_FULL
    real = sqlite3.connect

    def connect(name, *args, **options):
        if answer and not options.get("uri"):
            raise answer[0]
        return real(name, *args, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    return answer


def test_damage_is_put_aside_and_told(folder):
    (folder / "index.db").write_bytes(b"damaged" * 999)
    notes = []
    store = open_store(folder, D, "m", "", notes)
    assert len(store) == 0
    store.close()
    [note] = notes
    assert "index.damaged-1" in note
    assert (folder.with_name("index.damaged-1") / "index.db").read_bytes()[:7] == b"damaged"


def test_an_index_of_another_model_in_this_place_is_put_aside(folder):
    notes = []
    open_store(folder, D, "other", "", notes).close()
    assert notes
    assert folder.with_name("index.damaged-1").is_dir()


def test_an_index_held_by_another_program_is_left_alone(folder, monkeypatch):
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **o: real(*a, **{**o, "timeout": 0.1}))
    other = real(folder / "index.db")
    other.execute("begin immediate")
    notes = []
    with pytest.raises(StoreError, match="Another program") as caught:
        open_store(folder, D, "m", "", notes)
    assert not isinstance(caught.value, DamagedIndex)
    assert notes == []
    other.execute("rollback")
    other.close()
    store = open_store(folder, D, "m", "", notes)
    assert len(store) == 20
    store.close()


def test_a_full_disk_leaves_the_index_searchable_and_whole(folder, full_disk):
    notes = []
    store = open_store(folder, D, "m", "", notes)
    found = search.search(store, rows_of(20)[7], count=3)
    assert found.hits[0].item.file == "/p/7.png"
    with pytest.raises(DiskFull, match="full"):
        store.add(entries(20, 2), rows_of(2))
    assert len(store) == 20
    assert search.search(store, rows_of(20)[8], count=1).hits[0].item.file == "/p/8.png"
    full_disk.clear()  # space was made
    store.add(entries(20, 2), rows_of(2))
    assert len(store) == 22
    assert search.search(store, rows_of(2)[1], count=1).hits[0].item.file == "/p/21.png"
    store.close()
    assert notes == []


def test_a_full_disk_before_there_is_an_index_is_one_sentence(tmp_path, full_disk):
    with pytest.raises(DiskFull) as caught:
        open_store(tmp_path / "index", D, "m", "", [])
    assert "disk" in caught.value.message
    assert caught.value.hint


def test_changes_not_yet_taken_over_are_not_read_past(folder, full_disk):
    """After a crash the newest rows lie in SQLite's log: the old ones alone could be wrong."""
    (folder / "index.db-wal").write_bytes(b"x")
    with pytest.raises(DiskFull):
        Rows(folder / "index.db")


def open_and_check(folder):
    check_store(FileStore(folder, D, "m"), threading.Event())


def test_a_table_damaged_inside_is_noticed_by_the_check(folder):
    data = bytearray((folder / "index.db").read_bytes())
    page = int.from_bytes(data[16:18], "big")
    for at in range(page, len(data) - page, page):
        data[at + 8 : at + 64] = os.urandom(56)
    (folder / "index.db").write_bytes(data)
    notes = []
    with pytest.raises(DamagedIndex):
        open_and_check(folder)
    put_aside(folder, notes)
    assert notes


def test_a_whole_index_passes_and_waste_is_given_back(folder):
    store = FileStore(folder, D, "m")
    store.remove(range(1, 11))
    assert store.waste() > opening.COMPACT_ABOVE
    check_store(store, threading.Event())
    assert store.waste() == 0
    assert len(store) == 10
    store.close()


def named(*names):
    return [Entry(source=Source(file=name, size=1, mtime_ns=1)) for name in names]


def test_a_folder_is_forgotten_in_every_index_but_not_what_is_kept_below_it(tmp_path):
    names = ("/p/a.png", "/p/old/b.png", "/p/old/kept/c.png", "/p/older/d.png", "/p/old_e.png")
    stores = [FileStore(tmp_path / name, D, name) for name in ("m", "n")]
    for store in stores:
        store.add(named(*names), rows_of(5))
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "index.db").write_bytes(b"no table at all" * 99)
    forget_below(tmp_path, Path("/p/old"), [Path("/p/old/kept"), Path("/elsewhere")])
    for store in stores:
        assert set(store.files("/p/")) == set(names) - {"/p/old/b.png"}
        assert len(store.score(rows_of(1)).ids) == 4
        store.close()


def test_forgetting_without_any_index(tmp_path):
    forget_below(tmp_path / "none", Path("/p"), [])
    assert not (tmp_path / "none").exists()


def test_no_room_to_tidy_up_is_no_reason_not_to_index(folder, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    store = FileStore(folder, D, "m")
    store.remove(range(1, 11))
    monkeypatch.setattr("studio.concepts.matrix.Matrix.write", full)
    check_store(store, threading.Event())
    assert store.waste() > opening.COMPACT_ABOVE
    assert len(store) == 10
    store.close()


def test_what_cannot_be_moved_away_is_said(folder, monkeypatch):
    def refuse(*_args):
        raise PermissionError(13, "no")

    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.raises(StoreError, match="cannot be moved"):
        put_aside(folder, [])


MOUNT = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs"]
can_mount = sys.platform == "linux" and hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def small_disk(tmp_path):
    """A real disk of 400 kB; skipped where it cannot be had."""
    place = tmp_path / "disk"
    place.mkdir()
    if not can_mount or subprocess.run([*MOUNT, place], capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    yield place
    for _ in range(20):
        if not subprocess.run(["umount", place], capture_output=True).returncode:
            break
        time.sleep(0.1)


def add_for_ever(store):
    for first in range(10, 5000, 50):
        store.add(entries(first, 50), rows_of(50))


def test_a_disk_that_fills_up_and_is_emptied(small_disk):
    ballast = small_disk / "ballast"
    store = FileStore(small_disk / "index", D, "m")
    store.add(entries(0, 10), rows_of(10))
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    ballast.write_bytes(b"\0" * (free - 4096))
    with pytest.raises(StoreError, match=r"[Ff]ull|space"):
        add_for_ever(store)
    stored = len(store)
    assert stored % 50 == 10  # whole additions only
    assert search.search(store, rows_of(10)[4], count=1).hits[0].item.file == "/p/4.png"
    ballast.unlink()
    store.add(entries(stored, 50), rows_of(50))
    assert len(store) == stored + 50
    store.close()
    again = FileStore(small_disk / "index", D, "m")
    assert len(again) == stored + 50
    list(again.verify())
    assert len(again) == stored + 50
    again.close()
