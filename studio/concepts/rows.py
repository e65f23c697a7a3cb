"""The rows of an index in SQLite: which picture, in which slots of the matrix. Torch-free.

A slot is a row number of the matrix file. Copies of a picture share their slots. The table is
the truth: a slot that no row names does not exist.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from studio.concepts.store import DamagedIndex, DiskFull, Entry, Ids, Item, Source, StoreError
from studio.library.wal import use_wal

_SCHEMA = """
create table if not exists meta(key text primary key, value);
create table if not exists item(
    id integer primary key autoincrement, file text not null, part int not null default -1,
    size int not null, mtime_ns int not null, digest blob not null default x'',
    slot int, state text not null default 'ready', reason text not null default '',
    width int not null default 0, height int not null default 0, unique(file, part));
create index if not exists item_digest on item(digest, size) where digest != x'';
create index if not exists item_size on item(size);
create index if not exists item_failed on item(state) where state != 'ready';
create table if not exists block(number integer primary key, crc int not null);
"""
_COLUMNS = "id, file, part, size, mtime_ns, state, reason, width, height"
_PATIENCE_S = 20.0  # for other programs that write
_FILES_PER_QUERY = 500  # below SQLite's oldest limit on variables


class Rows:
    """One SQLite file; may be used from several threads, one at a time.

    Writers of several processes take turns: every change happens inside `writing()`.
    """

    _db: sqlite3.Connection

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._path = path
        self._openings = 0
        self.is_frozen = False  # a full disk: can be read, until a writer finds space again
        try:
            self._open()
        except DiskFull:
            self._open_frozen()

    def _open(self) -> None:
        try:
            self._connect(self._path)
            use_wal(self._db, _PATIENCE_S)
            self._db.execute("pragma synchronous=full")
            with self._changing():
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
        except sqlite3.Error as error:
            raise _trouble(error) from error
        self.is_frozen = False

    def _open_frozen(self) -> None:
        """Read what there is, without the files that SQLite would have to write beside it."""
        log = self._path.with_name(f"{self._path.name}-wal")
        try:
            if log.exists() and log.stat().st_size:
                raise _full()  # what lies there must be taken over first
            self._connect(f"file:{quote(str(self._path))}?mode=ro&immutable=1", is_uri=True)
            self._db.execute("select count(*) from item where id < 0").fetchone()
        except (sqlite3.Error, OSError) as error:
            raise _full() from error
        self.is_frozen = True

    def _connect(self, name: Path | str, *, is_uri: bool = False) -> None:
        if self._openings:
            self._db.close()
        self._db: sqlite3.Connection = sqlite3.connect(
            name, timeout=_PATIENCE_S, check_same_thread=False, uri=is_uri
        )
        self._db.isolation_level = None  # transactions are begun by `writing` alone
        self._openings += 1

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing; waits for other writers. Raises StoreError when the disk refuses."""
        with self._lock:
            if self.is_frozen:
                self._thaw()
            with self._changing():
                yield

    def _thaw(self) -> None:
        try:
            self._open()
        except StoreError:
            self._open_frozen()
            raise

    @contextmanager
    def _changing(self) -> Iterator[None]:
        try:
            self._db.execute("begin immediate")
            yield
            self._db.execute("commit")
        except sqlite3.Error as error:
            self._roll_back()
            raise _trouble(error) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("rollback")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise _trouble(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read in here is of one moment, whatever other programs write meanwhile."""
        with self._reading():
            if self._db.in_transaction:  # of this thread: nobody else has the lock
                yield
                return
            self._db.execute("begin")
            try:
                yield
            finally:
                self._roll_back()

    def check(self) -> None:
        """Read the whole table. Raises DamagedIndex."""
        with self._reading():
            answer = self._db.execute("pragma quick_check(1)").fetchone()
        if answer != ("ok",):
            raise _damage()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def version(self) -> int:
        """A number that changes whenever another connection has changed the file."""
        with self._reading():
            count = int(self._db.execute("pragma data_version").fetchone()[0])
        return count + (self._openings << 32)

    def meta(self, key: str, default: str = "") -> str:
        """One remembered text."""
        with self._reading():
            row = self._db.execute("select value from meta where key = ?", (key,)).fetchone()
        return str(row[0]) if row else default

    def set_meta(self, key: str, value: str) -> None:
        """Remember a text; inside `writing()`."""
        self._db.execute("insert or replace into meta values(?, ?)", (key, value))

    def put(self, entries: Sequence[Entry], slots: Sequence[int]) -> None:
        """Insert or replace pictures with their slots; inside `writing()`."""
        self._db.executemany(
            "insert into item(file, part, size, mtime_ns, digest, width, height, slot)"
            " values(?, ?, ?, ?, ?, ?, ?, ?) on conflict(file, part) do update set"
            " size=excluded.size, mtime_ns=excluded.mtime_ns, digest=excluded.digest,"
            " slot=excluded.slot, state='ready', reason='',"
            " width=excluded.width, height=excluded.height",
            [(e.source.file, e.part, e.source.size, e.source.mtime_ns, e.source.digest,
              e.width, e.height, slot) for e, slot in zip(entries, slots, strict=True)],
        )  # fmt: skip

    def put_failed(self, source: Source, reason: str) -> None:
        """Replace all that is known of a file by one failure; inside `writing()`."""
        self._db.execute("delete from item where file = ?", (source.file,))
        self._db.execute(
            "insert into item(file, size, mtime_ns, digest, state, reason)"
            " values(?, ?, ?, ?, 'failed', ?)",
            (source.file, source.size, source.mtime_ns, source.digest, reason[:500]),
        )

    def share(self, ids: Sequence[int], source: Source) -> None:
        """Give `source` copies of these rows, with the same slots; inside `writing()`."""
        self._db.executemany(
            "insert or replace into item(file, part, size, mtime_ns, digest, width, height, slot)"
            " select ?, part, ?, ?, ?, width, height, slot from item where id = ?",
            [(source.file, source.size, source.mtime_ns, source.digest, i) for i in ids],
        )

    def delete(self, ids: Iterable[int]) -> None:
        """Forget rows; inside `writing()`."""
        self._db.executemany("delete from item where id = ?", ((int(i),) for i in ids))

    def find(self, file: str) -> list[Item]:
        """All rows of one file."""
        return self._select("where file = ? order by part", (file,))

    def has_size(self, size: int) -> bool:
        """Whether a ready row has this many bytes."""
        with self._reading():
            row = self._db.execute(
                "select 1 from item where size = ? and state = 'ready' limit 1", (size,)
            ).fetchone()
        return row is not None

    def alike(self, source: Source) -> list[Item]:
        """Ready rows of one other file with equal size and digest."""
        found = self._select(
            "where digest = ? and size = ? and file != ? and state = 'ready' order by id, part",
            (source.digest, source.size, source.file),
        ) if source.digest else []  # fmt: skip
        return [item for item in found if item.file == found[0].file]

    def failures(self) -> list[Item]:
        """Rows of files that could not be read."""
        return self._select("where state = 'failed' order by file", ())

    def items(self, ids: Sequence[int]) -> list[Item]:
        """Rows by id, in the order asked."""
        found: dict[int, Item] = {}
        for at in range(0, len(ids), _FILES_PER_QUERY):
            some = [int(i) for i in ids[at : at + _FILES_PER_QUERY]]
            marks = ",".join("?" * len(some))
            found |= {row.id: row for row in self._select(f"where id in ({marks})", some)}
        return [found[int(i)] for i in ids if int(i) in found]

    def files(self, folder: str) -> dict[str, list[int]]:
        """Known files below `folder` (a path that ends with a separator), with their ids."""
        known: dict[str, list[int]] = {}
        with self._reading():
            rows = self._db.execute("select file, id from item where substr(file, 1, ?) = ?",
                                    (len(folder), folder))  # fmt: skip
            for file, number in rows:
                known.setdefault(file, []).append(number)
        return known

    def _select(self, where: str, values: Sequence[object]) -> list[Item]:
        names = [name.strip() for name in _COLUMNS.split(",")]
        with self._reading():
            rows = self._db.execute(f"select {_COLUMNS} from item {where}", values).fetchall()
        return [Item(**dict(zip(names, row, strict=True))) for row in rows]

    def slots(self) -> tuple[Ids, Ids]:
        """Ids and slots of all ready rows, ordered by slot: [N], [N]."""
        with self._reading():
            count, last, is_odd = self._db.execute(
                "select count(*), max(id), total(slot != id - 1) from item where state = 'ready'"
            ).fetchone()
            if count and not is_odd and last == count:  # an index to which was only ever added
                return np.arange(1, count + 1), np.arange(count)
            rows = self._db.execute("select id, slot from item where state = 'ready'").fetchall()
        both = np.array(rows, np.int64).reshape(-1, 2)
        both = both[np.argsort(both[:, 1], kind="stable")]
        return both[:, 0].copy(), both[:, 1].copy()

    def slots_of(self, ids: Sequence[int]) -> dict[int, int]:
        """The slots of these ids; unknown ids and those without a slot are left out."""
        found: dict[int, int] = {}
        for at in range(0, len(ids), _FILES_PER_QUERY):
            some = [int(i) for i in ids[at : at + _FILES_PER_QUERY]]
            marks = ",".join("?" * len(some))
            with self._reading():
                found |= dict(self._db.execute(
                    f"select id, slot from item where state = 'ready' and id in ({marks})", some
                ))  # fmt: skip
        return found

    def ready_count(self) -> int:
        """How many pictures can be found."""
        with self._reading():
            return int(self._db.execute(
                "select count(*) from item where state = 'ready'").fetchone()[0])  # fmt: skip

    def mark_stale(self, first_slot: int, last_slot: int) -> int:
        """Make pictures in these slots be embedded again; inside `writing()`; how many."""
        cursor = self._db.execute(
            "update item set state = 'stale', slot = null where slot between ? and ?",
            (first_slot, last_slot),
        )
        return cursor.rowcount

    def block_crcs(self) -> dict[int, int]:
        """Checksums by block number."""
        with self._reading():
            return dict(self._db.execute("select number, crc from block").fetchall())

    def set_block_crcs(self, crcs: dict[int, int], *, replace_all: bool = False) -> None:
        """Remember checksums; inside `writing()`."""
        if replace_all:
            self._db.execute("delete from block")
        self._db.executemany("insert or replace into block values(?, ?)", crcs.items())

    def move_slots(self, ids: Ids, slots: NDArray[np.int64]) -> None:
        """Give rows new slots; inside `writing()`."""
        self._db.executemany("update item set slot = ? where id = ?",
                             zip(slots.tolist(), ids.tolist(), strict=True))  # fmt: skip


def _trouble(error: sqlite3.Error) -> StoreError:
    """What SQLite says, in words that help. Only true damage is called damage."""
    if isinstance(error, sqlite3.ProgrammingError):  # another thread has closed it
        return StoreError("The search index has been closed.", "Ask again.")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
        return _damage()
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return _full()
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError("Another program holds the search index.",
                          "Wait until it is done, or close it.")  # fmt: skip
    return StoreError(f"The search index cannot be used: {error}.",
                      "Check that its folder is yours to write to.")  # fmt: skip


def _damage() -> DamagedIndex:
    return DamagedIndex("The search index of your pictures is damaged.",
                        "Update the index; the pictures are untouched.")  # fmt: skip


def _full() -> DiskFull:
    return DiskFull("The disk of the search index is full or does not answer.",
                    "Free some disk space and go on; nothing is lost.")  # fmt: skip
