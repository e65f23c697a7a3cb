from __future__ import annotations

import sqlite3
import threading

import pytest

from studio.library.wal import use_wal


def test_many_switch_a_new_file_at_once(tmp_path):
    """Two programs started together: one was told that the library's index is locked."""
    failures = []

    def open_one(path, together):
        together.wait()
        connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        try:
            use_wal(connection, 5)
            connection.executescript("CREATE TABLE IF NOT EXISTS t(a); PRAGMA user_version = 1")
        except sqlite3.Error as error:
            failures.append(error)
        connection.close()

    for number in range(100):
        together = threading.Barrier(6)
        args = (tmp_path / f"{number}.sqlite", together)
        threads = [threading.Thread(target=open_one, args=args) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []


def test_what_stays_locked_or_is_no_database_is_told(tmp_path):
    holder = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    holder.execute("CREATE TABLE t(a)")
    holder.execute("BEGIN EXCLUSIVE")
    other = sqlite3.connect(tmp_path / "a.sqlite", timeout=0.05)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        use_wal(other, 0.1)
    holder.close()
    other.close()
    (tmp_path / "b.sqlite").write_bytes(b"no database" * 1000)
    broken = sqlite3.connect(tmp_path / "b.sqlite")
    with pytest.raises(sqlite3.DatabaseError):
        use_wal(broken, 5)
    broken.close()
