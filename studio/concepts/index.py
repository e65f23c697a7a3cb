"""Index folders: find what is new, changed, moved or gone, embed it, remember what is broken.

A generator, to be run as a job. The store is the queue: stopping and starting again goes on where
it was; a kill loses at most what was not yet committed (COMMIT_SECONDS and one batch).
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.concepts import decode
from studio.concepts.decode import ReadFrames, Thumbnails
from studio.concepts.intake import Decoded, Intake, PictureEncoder
from studio.concepts.store import Entry, Source, VectorStore
from studio.concepts.walk import Walk
from studio.engine.errors import BrokenFile, Cancelled

COMMIT_PICTURES = 256
COMMIT_SECONDS = 1.0
BATCH = 16  # pictures per call of the model
BATCH_SECONDS = 0.5  # slow pictures and slow models have smaller batches: a kill loses little
AHEAD = 4 * BATCH  # decoded pictures that may wait for the model
STRIP_ROOM = BATCH  # that a strip counts for: it holds all its steps
BUSY_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexProgress:
    """How far indexing is. rate: pictures per second; seconds_left: None while unknown."""

    done: int
    total: int
    failed: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    is_looking: bool = False  # still finding files
    current: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What indexing has done."""

    embedded: int
    copied: int
    removed: int
    failed: int
    unchanged: int
    unread_folders: tuple[str, ...]
    seconds: float
    decode_seconds_waited: float = 0.0  # that the model stood still for want of pictures


@dataclass(slots=True)
class _Counts:
    embedded: int = 0
    copied: int = 0
    removed: int = 0
    failed: int = 0
    unchanged: int = 0
    waited: float = 0.0


class Indexer:
    """One run over the folders.

    read_frames: the predicted pictures of a strip, by step; None leaves strips out.
    is_busy: while it says True (a picture is being generated) indexing waits. side, input_px: see
    Intake.
    """

    def __init__(
        self,
        store: VectorStore,
        encoder: PictureEncoder,
        folders: Iterable[Path],
        *,
        read_frames: ReadFrames | None = None,
        thumbnails: Thumbnails | None = None,
        is_busy: Callable[[], bool] | None = None,
        side: int = 2 * decode.THUMBNAIL_PX,
        input_px: int = 0,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._folders = list(folders)
        self._has_strips = read_frames is not None
        self._intake = Intake(encoder, read_frames=read_frames, thumbnails=thumbnails, side=side,
                              input_px=input_px)  # fmt: skip
        self._is_busy = is_busy
        self._counts = _Counts()
        self._pending: list[tuple[Entry, NDArray[np.float32]]] = []
        self._committed_at = 0.0
        self._batch = -(-BATCH // 4)  # until the model's speed is known

    def run(self, stop: threading.Event) -> Generator[IndexProgress, None, IndexReport]:
        """Index; yields progress. Raises Cancelled after `stop` is set, with everything kept."""
        began = time.monotonic()
        walk = Walk(self._folders, with_strips=self._has_strips)
        work = yield from self._find(walk, stop)
        self._forget(walk)
        total = len(work)
        yield IndexProgress(done=0, total=total)
        self._committed_at = started = time.monotonic()
        try:
            for done, path in self._embed(work, stop):
                rate = done / max(time.monotonic() - started, 1e-3)
                yield IndexProgress(done=done, total=total, failed=self._counts.failed, rate=rate,
                                    seconds_left=(total - done) / max(rate, 1e-6),
                                    current=path)  # fmt: skip
        finally:
            self._commit()
        c = self._counts
        return IndexReport(
            embedded=c.embedded, copied=c.copied, removed=c.removed, failed=c.failed,
            unchanged=c.unchanged, unread_folders=tuple(walk.unread),
            seconds=time.monotonic() - began, decode_seconds_waited=c.waited,
        )  # fmt: skip

    def _find(
        self, walk: Walk, stop: threading.Event
    ) -> Generator[IndexProgress, None, list[Source]]:
        """The files that must be embedded, newest first. Copies and moves are settled here."""
        work: list[Source] = []
        told = time.monotonic()
        for source in walk.sources():
            _check(stop)
            if self._is_known(source):
                self._counts.unchanged += 1
            else:
                work.append(source)
            if time.monotonic() - told > 0.2:
                told = time.monotonic()
                yield IndexProgress(done=0, total=len(work), is_looking=True)
        work.sort(key=lambda source: -source.mtime_ns)
        fresh: list[Source] = []
        for source in work:
            _check(stop)
            if self._store.has_size(source.size):  # else nothing is alike, and no file is opened
                source = self._with_digest(source)
            if not self._is_copied(source):
                fresh.append(source)
        return fresh

    def _is_known(self, source: Source) -> bool:
        items = self._store.find(source.file)
        return bool(items) and all(
            (item.size, item.mtime_ns) == (source.size, source.mtime_ns) and item.state != "stale"
            for item in items
        )

    def _with_digest(self, source: Source) -> Source:
        try:
            return replace(source, digest=decode.digest(Path(source.file)))
        except BrokenFile:
            return source  # decoding it says why

    def _is_copied(self, source: Source) -> bool:
        """Take the vectors of an equal file: a copy, or the same file under its old name."""
        alike = self._store.alike(source) if source.digest else []
        if not alike:
            return False
        self._store.remove(item.id for item in self._store.find(source.file))
        self._store.copy(alike, source)
        self._counts.copied += 1
        return True

    def _forget(self, walk: Walk) -> None:
        """Drop pictures that are gone; nothing below a folder that could not be read."""
        gone: list[int] = []
        for folder in walk.walked:
            for file, ids in self._store.files(folder).items():
                is_unread = any(file.startswith(f"{place}{os.sep}") for place in walk.unread)
                if file not in walk.seen and not is_unread:
                    gone += ids
                    self._counts.removed += 1
        if gone:
            self._store.remove(gone)

    def _embed(self, work: Sequence[Source], stop: threading.Event) -> Iterator[tuple[int, str]]:
        """Decode in threads, encode in batches; yields (files done, the last one)."""
        workers = max(2, min(8, os.cpu_count() or 2))  # large pictures cost more than the model
        batch: list[Decoded] = []
        done, sent = 0, time.monotonic()
        with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
            try:
                for decoded in self._decoded(pool, work):
                    batch.append(decoded)
                    done += 1
                    is_full = sum(len(d.prepared) for d in batch) >= self._batch
                    if is_full or stop.is_set() or time.monotonic() - sent > BATCH_SECONDS:
                        self._encode(batch, stop)
                        batch, sent = [], time.monotonic()
                        yield done, decoded.source.file
                        _check(stop)
                        self._wait_while_busy(stop)
                self._encode(batch, stop)
                yield done, ""
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _decoded(self, pool: ThreadPoolExecutor, work: Sequence[Source]) -> Iterator[Decoded]:
        waiting: deque[tuple[int, Future[Decoded]]] = deque()
        ahead = 0
        for source in work:
            room = STRIP_ROOM if source.file.lower().endswith(decode.TAKE_SUFFIX) else 1
            waiting.append((room, pool.submit(self._intake.decode, source)))
            ahead += room
            while ahead > AHEAD:
                room, oldest = waiting.popleft()
                ahead -= room
                yield self._result(oldest)
        for _room, future in waiting:
            yield self._result(future)

    def _result(self, future: Future[Decoded]) -> Decoded:
        began = time.monotonic()
        decoded = future.result()
        self._counts.waited += time.monotonic() - began
        return decoded

    def _encode(self, batch: Sequence[Decoded], stop: threading.Event) -> None:
        prepared = [views for decoded in batch for views in decoded.prepared]
        began = time.monotonic()
        vectors: list[NDArray[np.float32]] = []
        for at in range(0, len(prepared), BATCH):  # a long strip is many, and one
            if at:
                _check(stop)
            vectors += list(self._encoder.pictures(prepared[at : at + BATCH]))
        each = (time.monotonic() - began) / max(len(prepared), 1)
        self._batch = max(1, min(BATCH, int(BATCH_SECONDS / max(each, 1e-6))))
        entries = [entry for decoded in batch for entry in decoded.entries]
        for decoded in batch:
            if decoded.reason:
                self._store.fail(decoded.source, decoded.reason)
                self._counts.failed += 1
        for entry, vector in zip(entries, vectors, strict=True):
            self._pending.append((entry, vector))
        is_late = time.monotonic() - self._committed_at > COMMIT_SECONDS
        if len(self._pending) >= COMMIT_PICTURES or is_late:
            self._commit()

    def _commit(self) -> None:
        pending, self._pending = self._pending, []
        self._committed_at = time.monotonic()
        if pending:
            self._remove_old_parts({entry.source.file for entry, _ in pending})
            self._store.add([entry for entry, _ in pending], np.stack([row for _, row in pending]))
            self._counts.embedded += len(pending)

    def _remove_old_parts(self, files: set[str]) -> None:
        """A strip that has become shorter must not keep its old last steps."""
        strips = [file for file in files if file.endswith(decode.TAKE_SUFFIX)]
        failed = [file for file in files if any(
            item.state == "failed" for item in self._store.find(file))]  # fmt: skip
        for file in {*strips, *failed}:
            self._store.remove(item.id for item in self._store.find(file))

    def _wait_while_busy(self, stop: threading.Event) -> None:
        if self._is_busy is None or not self._is_busy():
            return
        self._commit()
        while self._is_busy() and not stop.wait(BUSY_POLL_SECONDS):
            pass


def _check(stop: threading.Event) -> None:
    if stop.is_set():
        raise Cancelled
