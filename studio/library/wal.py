"""SQLite's write-ahead log, also while other programs open the same new file."""

from __future__ import annotations

import sqlite3
import time

_PAUSE_S = 0.01


def use_wal(connection: sqlite3.Connection, seconds: float) -> None:
    """Switch to the write-ahead log; waits up to `seconds` for others that switch too.

    SQLite's own busy timeout does not cover this switch: of 600 that opened a new file, six at
    once, 19 were told "database is locked". Raises sqlite3.Error.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_PAUSE_S)
