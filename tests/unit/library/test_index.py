"""The SQLite index: two writers, broken files, no traces."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time

import pytest

from studio.engine.errors import SaveFailed
from studio.library.index import Index


@pytest.fixture
def index(tmp_path):
    index = Index(tmp_path / "data" / "library.db")
    yield index
    index.close()


def add(index, path):
    with index.writing() as connection:
        connection.execute("INSERT INTO pictures (path, created) VALUES (?, 0)", (path,))


def test_rows_come_back_after_closing(index):
    add(index, "a")
    index.close()
    assert [row["path"] for row in index.rows("SELECT path FROM pictures")] == ["a"]


def test_a_failed_transaction_leaves_nothing(index):
    def fail() -> None:
        with index.writing() as connection:
            connection.execute("INSERT INTO pictures (path, created) VALUES ('a', 0)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert index.rows("SELECT * FROM pictures") == []
    add(index, "b")


@pytest.mark.parametrize(
    "damage", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_broken_file_is_set_aside(tmp_path, damage):
    file = tmp_path / "library.db"
    file.write_bytes(damage)
    index = Index(file)
    add(index, "a")
    assert "damaged" in index.problem
    assert next(tmp_path.glob("library.db.broken-*")).read_bytes() == damage
    index.close()


def test_a_corrupt_page_is_found_at_the_start(tmp_path):
    index = Index(tmp_path / "library.db")
    with index.writing() as connection:
        connection.executemany(
            "INSERT INTO pictures (path, created, prompt) VALUES (?, 0, ?)",
            [(str(i), "x" * 500) for i in range(400)],
        )
    index.close()
    data = bytearray((tmp_path / "library.db").read_bytes())
    data[8192:16384] = b"\xa5" * 8192
    (tmp_path / "library.db").write_bytes(data)
    again = Index(tmp_path / "library.db")
    assert again.rows("SELECT count(*) FROM pictures")[0][0] == 0
    assert again.problem
    again.close()


def test_a_newer_schema_is_set_aside_not_destroyed(tmp_path):
    file = tmp_path / "library.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    index = Index(file)
    add(index, "a")
    assert list(tmp_path.glob("library.db.broken-*"))
    index.close()


def test_an_impossible_place_is_said_in_words(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SaveFailed, match="index cannot be used"):
        Index(tmp_path / "file" / "library.db").rows("SELECT 1")


def refusal(code_name):
    error = sqlite3.OperationalError("attempt to write a readonly database")
    error.sqlite_errorname = code_name
    return error


@pytest.mark.parametrize(("name", "reason", "step"), [
    ("SQLITE_READONLY_DBMOVED", "may not be written to", "written to"),
    ("SQLITE_CANTOPEN", "folder may not be written to", "written to"),
    ("SQLITE_FULL", "the disk is full", "Free some space"),
    ("SQLITE_IOERR_WRITE", "does not answer", "Free some space"),
    ("SQLITE_BUSY", "another program is using it", "try again"),
    ("SQLITE_CORRUPT", "damaged", "Start the studio again"),
])  # fmt: skip
def test_what_sqlite_says_is_said_in_our_words(tmp_path, name, reason, step):
    index = Index(tmp_path / "library.db")
    with pytest.raises(SaveFailed) as caught, index.writing():
        raise refusal(name)
    index.close()
    assert reason in caught.value.message
    assert step in caught.value.hint
    assert "safe" in caught.value.hint
    assert "readonly database" not in str(caught.value)


def test_an_index_that_may_only_be_read_is_refused_in_our_words(tmp_path):
    """The real thing: SQLite said "attempt to write a readonly database"."""
    file = tmp_path / "library.db"
    index = Index(file)
    index.rows("PRAGMA query_only = ON")
    with pytest.raises(SaveFailed, match="cannot be used: it may not be written to") as caught:
        add(index, "a")
    assert str(tmp_path) in caught.value.hint
    index.close()


def write_many(file, start, count):
    index = Index(file)
    for number in range(count):
        add(index, f"{start}-{number}")
    index.close()


def test_two_programs_write_at_once(tmp_path):
    file = tmp_path / "library.db"
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=write_many, args=(file, name, 60)) for name in "ab"]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
    assert [other.exitcode for other in others] == [0, 0]
    index = Index(file)
    assert index.rows("SELECT count(*) FROM pictures")[0][0] == 120
    index.close()


def test_reading_does_not_wait_for_a_writer(index):
    add(index, "a")
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with index.writing() as connection:
            connection.execute("INSERT INTO pictures (path, created) VALUES ('b', 0)")
            inside.set()
            done.wait(5)

    writer = threading.Thread(target=hold)
    index.rows("SELECT 1")
    writer.start()
    inside.wait(5)
    start = time.perf_counter()
    assert len(index.rows("SELECT * FROM pictures")) == 1
    assert time.perf_counter() - start < 0.5
    done.set()
    writer.join()
