"""The store of one artist: an append-only float16 matrix, SQLite rows, an exact scan.

Exact, because approximate indexes lose a third of the answers on arithmetic queries, and because
histograms, z-scores and "nothing here matches" need every score. One folder per model.
Survives kill -9: vectors are on the disk before a row names them.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from studio.concepts.algebra import Vectors
from studio.concepts.matrix import BLOCK, Halves, Matrix, extend_checksums
from studio.concepts.rows import Rows
from studio.concepts.store import DamagedIndex, Entry, Ids, Item, Scores, Source, StoreError

log = logging.getLogger(__name__)
_SCAN_ROWS = 65_536  # rows per kernel call: a pause for other threads every few ms
_MOST_READERS = 4  # the memory is read no faster by more
_FORMAT = "1"


class FileStore:
    """A folder with index.db and vectors-N.f16; N grows by one with each compaction.

    model: identity of the encoder; vectors of two models never mix. Raises StoreError when the
    folder belongs to another model, or to a newer program.
    """

    def __init__(self, folder: Path, dimensions: int, model: str) -> None:
        self._folder = folder
        self._dimensions = dimensions
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"The search index cannot be kept: {error.strerror}.",
                             "Free some space or choose another folder.") from error  # fmt: skip
        self._rows = Rows(folder / "index.db")
        self._version = -1
        self._ids: Ids = np.empty(0, np.int64)
        self._slots: Ids = np.empty(0, np.int64)
        self._is_plain = True  # slot k belongs to the k-th id: no gathering
        try:
            if self._rows.is_frozen and self._rows.meta("about"):  # a full disk; searching goes on
                self._check(model)
                self._matrix = self._current_matrix()
            else:
                with self._rows.writing():
                    self._check(model)
                    self._recover()
        except BaseException as error:
            self._rows.close()
            if isinstance(error, OSError):
                raise StoreError(f"The search index cannot be opened: {error.strerror}.",
                                 "Check its disk; no picture is lost.") from error  # fmt: skip
            raise

    def _check(self, model: str) -> None:
        about = json.dumps({"format": _FORMAT, "model": model, "dimensions": self._dimensions})
        known = self._rows.meta("about")
        if not known:
            self._rows.set_meta("about", about)
        elif known != about:
            raise DamagedIndex("The search index in this place is of another model or program.",
                               "Index the folders again with the model now chosen.")  # fmt: skip

    def _recover(self) -> None:
        """Cut a torn tail; what the file has lost is embedded again."""
        self._matrix = self._current_matrix()
        rows, whole = self._row_count(), self._matrix.whole_rows()
        if whole < rows:
            lost = self._rows.mark_stale(whole, rows)
            log.warning("the matrix is %d rows short; %d pictures are indexed anew",
                        rows - whole, lost)  # fmt: skip
            rows = whole
            self._rows.set_meta("rows", str(rows))
            self._restore_checksums(rows)
        self._matrix.cut(rows)
        for path in self._folder.glob("vectors-*.f16"):
            if path != self._matrix.path:
                _discard(path)

    def _restore_checksums(self, rows: int) -> None:
        known = self._rows.block_crcs()
        last = (rows - 1) // BLOCK
        kept = {number: crc for number, crc in known.items() if number < last}
        kept |= {number: crc for number, crc in self._matrix.checksums(rows) if number == last}
        self._rows.set_block_crcs(kept, replace_all=True)

    def _current_matrix(self) -> Matrix:
        generation = int(self._rows.meta("generation", "0"))
        return Matrix(self._folder / f"vectors-{generation}.f16", self._dimensions)

    def _row_count(self) -> int:
        return int(self._rows.meta("rows", "0"))

    @property
    def dimensions(self) -> int:
        """D, numbers per vector."""
        return self._dimensions

    def __len__(self) -> int:
        """How many pictures can be found."""
        return self._rows.ready_count()

    def close(self) -> None:
        """Let go of the files."""
        self._rows.close()
        self._matrix.close()

    def add(self, entries: Sequence[Entry], vectors: Vectors) -> None:
        """Store or replace pictures; durable when it returns.

        vectors: [N, D], one per entry. Raises StoreError (nothing was stored), e.g. on a full disk.
        """
        if vectors.shape != (len(entries), self._dimensions):
            raise StoreError("The vectors do not fit this index.", "Index the folders again.")
        if not np.isfinite(vectors).all():
            raise StoreError("The model gave numbers that are not finite.",
                             "Its file is damaged; choose another model.")  # fmt: skip
        with self._lock, self._rows.writing():
            first = self._row_count()
            self._use_current_matrix()
            data = self._write(first, vectors)
            crcs = extend_checksums(self._rows.block_crcs(), first, data, 2 * self._dimensions)
            self._rows.set_block_crcs(crcs)
            self._rows.put(entries, range(first, first + len(entries)))
            self._rows.set_meta("rows", str(first + len(entries)))
            self._version = -1

    def _write(self, first: int, vectors: Vectors) -> bytes:
        try:
            return self._matrix.write(first, vectors)
        except OSError as error:
            raise StoreError(f"The search index could not be written: {error.strerror}.",
                             "Free some disk space and go on.") from error  # fmt: skip

    def _use_current_matrix(self) -> None:
        """Follow another process that has compacted the index."""
        current = self._current_matrix()
        if current.path != self._matrix.path:
            self._matrix = current

    def fail(self, source: Source, reason: str) -> None:
        """Remember that a file cannot be read."""
        with self._lock, self._rows.writing():
            self._rows.put_failed(source, reason)
            self._version = -1

    def find(self, file: str) -> list[Item]:
        """Everything known of one file."""
        return self._rows.find(file)

    def has_size(self, size: int) -> bool:
        """Whether a ready picture has this many bytes."""
        return self._rows.has_size(size)

    def alike(self, source: Source) -> list[Item]:
        """Ready pictures of another file with the same bytes."""
        return self._rows.alike(source)

    def copy(self, items: Sequence[Item], source: Source) -> None:
        """Store `source` with the vectors that `items` have."""
        with self._lock, self._rows.writing():
            self._rows.share([item.id for item in items], source)
            self._version = -1

    def remove(self, ids: Iterable[int]) -> None:
        """Forget pictures."""
        with self._lock, self._rows.writing():
            self._rows.delete(ids)
            self._version = -1

    def files(self, folder: str) -> dict[str, list[int]]:
        """The known files below a folder, with their ids."""
        return self._rows.files(folder)

    def failures(self) -> list[Item]:
        """The files that could not be read."""
        return self._rows.failures()

    def items(self, ids: Sequence[int]) -> list[Item]:
        """The pictures of these ids, in their order."""
        return self._rows.items(ids)

    def _refresh(self) -> Halves:
        """Make ids and slots current; the committed rows, [rows, D], of the same moment.

        Another program may add to the index, or tidy it up: its old matrix is then gone.
        """
        for is_second in (False, True):
            try:
                with self._rows.snapshot():
                    return self._read_current()
            except (OSError, ValueError) as error:
                self._version = -1
                if is_second:
                    raise StoreError("The search index is being changed by another program.",
                                     "Ask again.") from error  # fmt: skip
        raise AssertionError("the second time returns or raises")

    def _read_current(self) -> Halves:
        version, rows = self._rows.version(), self._row_count()
        if version != self._version:
            self._use_current_matrix()
            self._ids, self._slots = self._rows.slots()
            self._version = version
            self._is_plain = len(self._slots) == rows and _is_range(self._slots)
        return self._matrix.view(rows)

    def score(self, directions: Vectors, candidates: int = 0) -> Scores:
        """Cosines of every picture with directions [Q, D], to about 1e-3 (half precision)."""
        with self._lock:
            matrix = torch.from_numpy(self._refresh())
            ids, slots, is_plain = self._ids, self._slots, self._is_plain
        queries = torch.from_numpy(np.atleast_2d(np.asarray(directions, np.float32))).half()
        values = _scan(matrix, queries).float().numpy()
        return Scores(ids, values if is_plain else values[:, slots], True)

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The vectors of these ids, [N, D] float32; zeros for unknown ids."""
        with self._lock, self._rows.snapshot():
            matrix, slots = self._refresh(), self._rows.slots_of(ids)
            found = np.zeros((len(ids), self._dimensions), np.float32)
            known = [row for row, number in enumerate(ids) if int(number) in slots]
            wanted = [slots[int(ids[row])] for row in known]
            found[known] = matrix[wanted]
        return found

    def sample(self, count: int) -> Vectors:
        """Up to `count` vectors spread over the library, [N, D] float32."""
        with self._lock:
            matrix = self._refresh()
            chosen = np.random.default_rng(0).permutation(len(self._slots))[:count]
            return np.asarray(matrix[np.sort(self._slots[chosen])], np.float32)

    def verify(self) -> Iterator[int]:
        """Check every block against its checksum, yielding the rows checked so far.

        Pictures of a damaged block become stale: the next indexing embeds them again. Raises
        DamagedIndex when the table itself is damaged.
        """
        self._rows.check()
        rows, known = self._row_count(), self._rows.block_crcs()
        for number, crc in self._matrix.checksums(rows):
            first, last = number * BLOCK, min((number + 1) * BLOCK, rows) - 1
            if known.get(number) != crc and not self._was_appended(number, known):
                with self._lock, self._rows.writing():
                    lost = self._rows.mark_stale(first, last)
                    self._rows.set_block_crcs({number: crc})
                    self._version = -1
                log.warning("block %d of the index is damaged; %d pictures anew", number, lost)
            yield last + 1

    def _was_appended(self, number: int, known: dict[int, int]) -> bool:
        return self._rows.block_crcs().get(number) != known.get(number)

    def waste(self) -> float:
        """The share of the matrix that no picture uses, 0 .. 1."""
        rows = self._row_count()
        return 1.0 - len(np.unique(self._rows.slots()[1])) / rows if rows else 0.0

    def compact(self) -> None:
        """Rewrite the matrix without unused rows; a crash leaves the old one in force.

        Raises StoreError where the disk has no room for both; nothing has changed then.
        """
        with self._lock, self._rows.writing():
            ids, slots = self._rows.slots()
            used, moved = np.unique(slots, return_inverse=True)
            generation = int(self._rows.meta("generation", "0")) + 1
            self._use_current_matrix()
            old = self._matrix
            new = Matrix(self._folder / f"vectors-{generation}.f16", self._dimensions)
            self._rows.set_block_crcs(self._rewrite(old, new, used), replace_all=True)
            self._rows.move_slots(ids, moved.astype(np.int64))
            self._rows.set_meta("rows", str(len(used)))
            self._rows.set_meta("generation", str(generation))
            self._matrix, self._version = new, -1
        old.close()
        _discard(old.path)


    def _rewrite(self, old: Matrix, new: Matrix, used: Ids) -> dict[int, int]:
        """Copy rows; their checksums. Raises StoreError, and leaves no half of a file."""
        crcs: dict[int, int] = {}
        rows = old.view(self._row_count())
        try:
            for at in range(0, len(used), BLOCK):
                data = new.write(at, np.asarray(rows[used[at : at + BLOCK]], np.float32))
                crcs |= extend_checksums(crcs, at, data, 2 * self._dimensions)
        except OSError as error:
            _discard(new.path)
            raise StoreError(f"The search index could not be tidied: {error.strerror}.",
                             "Free some disk space.") from error  # fmt: skip
        return crcs


def _scan(matrix: torch.Tensor, queries: torch.Tensor) -> torch.Tensor:
    """Dot products of rows [N, D] with queries [Q, D], both float16: [Q, N] float16.

    The memory is the limit, so all cores read: torch keeps one of them free for the window, which
    on a small machine leaves it a single one, and a query is over before that could be felt.
    """
    found = torch.empty(len(queries), len(matrix), dtype=torch.float16)
    is_together = len(queries) > 1 and _has_half_products()  # each row is read once for all
    columns = queries.T.contiguous()

    def score(at: int) -> None:
        rows, out = matrix[at : at + _SCAN_ROWS], found[:, at : at + _SCAN_ROWS]
        if is_together:
            out.copy_(torch.mm(rows, columns).T)
            return
        for query, row in zip(queries, out, strict=True):
            torch.mv(rows, query, out=row)

    blocks = range(0, len(matrix), _SCAN_ROWS)
    readers = min(_MOST_READERS, len(blocks), (os.cpu_count() or 1) // torch.get_num_threads())
    if readers <= 1:
        for at in blocks:
            score(at)
        return found
    with ThreadPoolExecutor(readers, thread_name_prefix="scan") as pool:
        for _done in pool.map(score, blocks):
            pass
    return found


@functools.cache
def _has_half_products() -> bool:
    """Whether this processor multiplies float16 matrices itself; others are slow at it."""
    ask = getattr(torch.cpu, "get_capabilities", None)  # newer than the oldest torch allowed
    capabilities: dict[str, object] = ask() if ask else {}
    return bool(capabilities.get("avx512_fp16") or capabilities.get("amx_fp16"))


def _is_range(slots: Ids) -> bool:
    """Whether the slots are 0, 1, 2, ..."""
    return not len(slots) or bool(slots[0] == 0 and (np.diff(slots) == 1).all())


def _discard(path: Path) -> None:
    """Delete a matrix of an earlier generation, now or (Windows, still mapped) at the next open."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        log.info("%s is still in use", path.name)
