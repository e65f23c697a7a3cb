"""The SQLite index of the library: rows that can always be made again from the pictures.

WAL, BEGIN IMMEDIATE, a connection per thread. A broken database is moved aside, never repaired.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from studio.engine.errors import SaveFailed
from studio.library.store import reason_of
from studio.library.wal import use_wal

SCHEMA_VERSION = 1
BUSY_MS = 5_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS pictures (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    modified_ns INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL,
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    has_take INTEGER NOT NULL DEFAULT 0,
    take_id TEXT NOT NULL DEFAULT '',
    parent_id TEXT NOT NULL DEFAULT '',
    parent_step INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT '',
    label TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    prompt TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL DEFAULT '',
    seed INTEGER NOT NULL DEFAULT 0,
    request TEXT NOT NULL DEFAULT '',
    is_favourite INTEGER NOT NULL DEFAULT 0,
    trashed REAL
);
CREATE INDEX IF NOT EXISTS by_created ON pictures (trashed, created);
CREATE INDEX IF NOT EXISTS by_take ON pictures (take_id);
CREATE INDEX IF NOT EXISTS by_parent ON pictures (parent_id);
"""
_WRITABLE = "Look whether {folder} and the files in it may be written to."
# Beginnings of SQLite's names of its errors; each has several that begin alike.
_REASONS = (
    ("SQLITE_READONLY", "it may not be written to", _WRITABLE),
    ("SQLITE_CANTOPEN", "its folder may not be written to", _WRITABLE),
    ("SQLITE_PERM", "it may not be written to", _WRITABLE),
    ("SQLITE_FULL", "the disk is full", "Free some space, and try again."),
    ("SQLITE_IOERR", "its disk is full or does not answer",
     "Free some space, and look whether the disk is still there: {folder}"),
    ("SQLITE_BUSY", "another program is using it", "Close that one, and try again."),
    ("SQLITE_LOCKED", "another program is using it", "Close that one, and try again."),
    ("SQLITE_NOMEM", "the machine is out of memory", "Close other programs, and try again."),
)  # fmt: skip
log = logging.getLogger(__name__)


class Index:
    """The database file. problem: in words, if an old one was broken and has been set aside."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problem = ""
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.RLock()
        self._is_ready = False

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Read rows. Raises SaveFailed if the index cannot be opened at all."""
        with self._words():
            return self._connection().execute(sql, values).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; undone if the block raises. Raises SaveFailed in words."""
        with self._words(), self._lock:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close every connection; the index opens again when it is used again."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()
            self._local = threading.local()

    @contextlib.contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            log.warning("the library's index failed: %s", error)
            reason, hint = _why(error, self.file.parent)
            raise SaveFailed(f"The library's index cannot be used: {reason}.",
                             f"Your pictures are safe. {hint}") from error  # fmt: skip
        except (UnicodeEncodeError, OverflowError) as error:
            raise SaveFailed("The library's index cannot hold this text or number.",
                             "Use another one.") from error  # fmt: skip

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            return connection
        with self._lock:
            if not self._is_ready:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                connection = self._open_checked()
                self._is_ready = True
            else:
                connection = _open(self.file)
            self._all.append(connection)
        self._local.connection = connection
        return connection

    def _open_checked(self) -> sqlite3.Connection:
        connection = None
        try:
            connection = _open(self.file)
            _check(connection)
            _prepare(connection)
            return connection
        except sqlite3.DatabaseError as error:
            if connection is not None:
                connection.close()
            if not _is_damage(error):
                raise
            self._set_aside(error)
        connection = _open(self.file)
        _prepare(connection)
        return connection

    def _set_aside(self, error: sqlite3.Error) -> None:
        aside = f"{self.file.name}.broken-{time.strftime('%Y%m%d-%H%M%S')}"
        log.warning("the library's index was damaged (%s); moved to %s", error, aside)
        os.replace(self.file, self.file.with_name(aside))
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.file}{suffix}", self.file.with_name(aside + suffix))
        self.problem = (
            "The library's index was damaged. It is being made again from your pictures; "
            "favourites marked before are lost."
        )


def _open(file: Path) -> sqlite3.Connection:
    # close() may be called from another thread than the one that opened it
    connection = sqlite3.connect(
        file, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    try:
        use_wal(connection, BUSY_MS / 1000)
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise sqlite3.DatabaseError(f"quick_check: {answer}")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in (0, SCHEMA_VERSION):
        raise sqlite3.DatabaseError(f"schema version {version}")


def _prepare(connection: sqlite3.Connection) -> None:
    connection.executescript(_SCHEMA)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _why(error: sqlite3.Error | OSError, folder: Path) -> tuple[str, str]:
    """What happened and what to do, in words. SQLite's own are for programmers."""
    if isinstance(error, OSError):
        return reason_of(error)[0], f"Look whether {folder} may be written to."
    name = str(getattr(error, "sqlite_errorname", ""))
    for start, reason, hint in _REASONS:
        if name.startswith(start):
            return reason, hint.format(folder=folder)
    return "it is damaged", "Start the studio again: it is then made anew from your pictures."


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Damage, as opposed to a full disk, a lock or a missing permission."""
    return not isinstance(error, sqlite3.OperationalError) or "no such column" in str(error)
