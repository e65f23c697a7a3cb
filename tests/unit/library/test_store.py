"""Whatever interrupts a save, the old file or the whole new one is there; nothing else."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from studio.engine.errors import SaveFailed
from studio.library import store
from studio.library.store import new_path, remove_leftovers, write_atomic
from tests.fakes import snapshot

CALLS = ("open", "write", "fsync", "replace", "folder open", "folder fsync", "mkdir")


def test_writes_and_replaces(tmp_path):
    file = tmp_path / "deep" / "a.bin"
    write_atomic(file, b"one")
    write_atomic(file, (piece for piece in (b"tw", b"o")))
    assert snapshot(tmp_path) == {"deep/a.bin": b"two"}


class Faults:
    """Makes the k-th file operation fail, whichever it is."""

    def __init__(self, monkeypatch, fail_at: int, number: int) -> None:
        self.count, self.fail_at, self.number = 0, fail_at, number
        for owner, name in ((os, "fsync"), (os, "replace"), (os, "open"), (Path, "mkdir")):
            self._wrap(monkeypatch, owner, name)
        real_open = open

        def opening(*args, **more):
            self.hit()
            return Writer(real_open(*args, **more), self)

        monkeypatch.setattr("builtins.open", opening)

    def _wrap(self, monkeypatch, owner, name) -> None:
        real = getattr(owner, name)

        def wrapped(*args, **more):
            self.hit()
            return real(*args, **more)

        monkeypatch.setattr(owner, name, wrapped)

    def hit(self) -> None:
        self.count += 1
        if self.count == self.fail_at:
            raise OSError(self.number, os.strerror(self.number))


class Writer:
    """A file whose writes may fail half way."""

    def __init__(self, file, faults) -> None:
        self.file, self.faults = file, faults

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, data: bytes) -> int:
        self.file.write(data[: len(data) // 2])
        self.faults.hit()
        return self.file.write(data[len(data) // 2 :])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("had_old", [True, False])
@pytest.mark.parametrize("fail_at", range(1, 9))
def test_a_fault_at_any_call_loses_nothing(tmp_path, fail_at, had_old, number):
    file = tmp_path / "pictures" / "a.bin"
    file.parent.mkdir()
    if had_old:
        file.write_bytes(b"old and precious")
    with pytest.MonkeyPatch.context() as patch:
        faults = Faults(patch, fail_at, number)
        failed = None
        try:
            write_atomic(file, b"new and whole")
        except SaveFailed as error:
            failed = error
    left = snapshot(tmp_path)
    if faults.count < fail_at:
        assert failed is None  # fewer calls than that: it went through
    else:
        assert failed is not None
        assert "a.bin" in failed.message
        assert failed.hint
    contents = left.pop("pictures/a.bin", None)
    assert not left  # no half file, no temporary file
    assert contents in (
        (b"old and precious", b"new and whole") if had_old else (None, b"new and whole")
    )
    if failed is None:
        assert contents == b"new and whole"


def test_the_faults_above_reach_every_call(tmp_path, monkeypatch):
    faults = Faults(monkeypatch, 99, errno.EIO)
    write_atomic(tmp_path / "a.bin", b"data")
    assert faults.count == len(CALLS)


def test_the_disk_is_told_before_the_name_appears(tmp_path, monkeypatch):
    """Power loss: write < fsync(file) < rename < fsync(folder)."""
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace

    def logged_fsync(number):
        calls.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{number}") else "fsync file")
        fsync(number)

    def logged_replace(*args):
        calls.append("rename")
        replace(*args)

    monkeypatch.setattr(os, "fsync", logged_fsync)
    monkeypatch.setattr(os, "replace", logged_replace)
    write_atomic(tmp_path / "a.bin", b"data")
    assert [c.replace("folder", "").split()[0] for c in calls] == ["fsync", "rename", "fsync"]


CHILD = """
import sys
from pathlib import Path
from studio.library.store import write_atomic
folder, number = Path(sys.argv[1]), 0
print("ready", flush=True)
while True:
    number += 1
    write_atomic(folder / "session.json", b"%d " % number * 20_000)
    write_atomic(folder / f"{number:04d}.png", bytes([number % 256]) * 200_000)
    print(number, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_twenty_kills_leave_only_whole_files(tmp_path):
    chance = random.Random(1)
    for round_number in range(20):
        folder = tmp_path / str(round_number)
        folder.mkdir()
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.12))
        child.send_signal(signal.SIGKILL)
        announced = [int(line) for line in child.stdout.read().split("\n") if line.strip()]
        child.wait()
        child.stdout.close()
        for number in announced:
            assert (folder / f"{number:04d}.png").exists()
        for file in folder.glob("*.png"):
            assert file.read_bytes() == bytes([int(file.stem) % 256]) * 200_000
        if (folder / "session.json").exists():
            words = (folder / "session.json").read_bytes().split()
            assert len(words) == 20_000
            assert len(set(words)) == 1
        remove_leftovers(folder, older_than=-1)
        assert not list(folder.glob(".*"))


def test_fresh_names_count_up_and_are_never_given_twice(tmp_path):
    day = date(2026, 11, 21)
    first = new_path(tmp_path, ".png", day=day)
    assert first == tmp_path / "2026-11-21" / "0001.png"
    (tmp_path / "2026-11-21" / "0041.take").write_bytes(b"x")
    (tmp_path / "2026-11-21" / "holiday.png").write_bytes(b"x")
    last = new_path(tmp_path, ".png", day=day)
    assert last.name == "0042.png"
    last.unlink()  # deleted: it may be brought back, and the window knows its strip by the name
    assert new_path(tmp_path, ".png", day=day).name == "0043.png"


def test_many_threads_get_many_names(tmp_path):
    names: list[Path] = []
    lock = threading.Lock()

    def reserve() -> None:
        for _ in range(20):
            path = new_path(tmp_path, ".png")
            with lock:
                names.append(path)

    threads = [threading.Thread(target=reserve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 80


def test_leftovers_go_and_strangers_stay(tmp_path):
    ours = [".0001.png.123-0.part", "0001.png", "0002.take"]
    theirs = [".hidden", "holiday.png", "0003.png", "thesis.part", ".film.mp4.part"]
    for name in ours:
        (tmp_path / name).write_bytes(b"")
    for name in theirs:
        (tmp_path / name).write_bytes(b"x" if name == "0003.png" else b"")
    assert remove_leftovers(tmp_path) == 0  # they may be somebody's work just now
    assert remove_leftovers(tmp_path, older_than=-1) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(theirs)


@pytest.mark.parametrize("letter", ["x", "é", "狐", "🦊"])
def test_a_name_that_just_fits_can_be_written(tmp_path, letter):
    room = 255 - len(".png")  # bytes, on every usual disk
    name = letter * (room // len(letter.encode())) + ".png"
    write_atomic(tmp_path / name, b"new")
    write_atomic(tmp_path / name, b"newer")
    assert snapshot(tmp_path) == {name: b"newer"}


@pytest.mark.parametrize(
    "name", ["a b.png", "-rf.png", "quote'\".png", "new\nline.png", "e\u0301.png", ".png.png",
             "\u202egnp.png", "%2e%2e.png"],
)  # fmt: skip
def test_odd_names_are_names(tmp_path, name):
    write_atomic(tmp_path / "deep" / name, b"x")
    assert snapshot(tmp_path) == {f"deep/{name}": b"x"}


def test_a_folder_that_vanishes_is_made_again(tmp_path):
    def pieces():
        yield b"half"
        shutil.rmtree(tmp_path / "day", ignore_errors=True)
        yield b"whole"

    (tmp_path / "day").mkdir()
    with pytest.raises(SaveFailed):  # in the middle: told, and nothing is left half
        write_atomic(tmp_path / "day" / "a.png", pieces())
    write_atomic(tmp_path / "day" / "a.png", b"again")
    assert snapshot(tmp_path) == {"day/a.png": b"again"}


def test_the_reason_is_in_words(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SaveFailed, match=r"a\.png could not be saved: .*file stands"):
        write_atomic(tmp_path / "file" / "a.png", b"x")
    with pytest.raises(SaveFailed, match="name is too long"):
        write_atomic(tmp_path / ("x" * 300 + ".png"), b"x")


def test_every_reason_comes_with_a_next_step(tmp_path):
    for number in (*store._REASONS, errno.EXDEV, 0):
        failure = store.save_failed(tmp_path / "0001.png", OSError(number, "Gibberish of Unix"))
        assert failure.message.startswith("0001.png could not be saved: ")
        assert failure.hint.endswith(".")
        assert ("Gibberish" in failure.message) is (number not in store._REASONS)


def test_a_failing_source_leaves_nothing(tmp_path):
    def pieces():
        yield b"half"
        raise RuntimeError("the encoder gave up")

    with pytest.raises(RuntimeError):
        write_atomic(tmp_path / "a.bin", pieces())
    assert snapshot(tmp_path) == {}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(SaveFailed, match="may not be written"):
        write_atomic(tmp_path / "a.png", b"x")
    tmp_path.chmod(0o700)


def test_a_network_folder_that_cannot_sync_is_good_enough(tmp_path, monkeypatch):
    def refuses(_number):
        raise OSError(errno.EINVAL, "not here")

    monkeypatch.setattr(store.os, "fsync", refuses)
    store.sync_folder(tmp_path)
