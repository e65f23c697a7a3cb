"""Decodes the frame under the scrubber with the real decoder, when the scrubber rests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.engine.request import Pixels
from studio.jobs.job import Job, JobState
from studio.jobs.queue import JobQueue

REST_MS = 180  # the scrubber must rest this long; a passing frame is not worth a decode
CACHE_LIMIT = 32  # pictures kept; 32 of 512 x 512 are 25 MB

Decode = Callable[[], Pixels]


@dataclass(frozen=True, slots=True)
class SharpKey:
    """Which picture: take, step index, lane."""

    take: str
    index: int
    lane: str


class SharpDecoder(QObject):
    """One decode at a time; a newer wish replaces an older one that has not begun.

    A take of which a step could not be decoded, e.g. because its model is gone, is left alone until
    `try_again`: it would fail, and be told, at every step that one looks at.

    Signals:
        decoded(SharpKey): the picture is in the cache now.
        working_changed(bool): a decode runs, or none.
    """

    decoded = Signal(object)
    working_changed = Signal(bool)

    def __init__(self, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._cache: OrderedDict[SharpKey, Pixels] = OrderedDict()
        self._wish: tuple[SharpKey, Decode] | None = None
        self._refused: set[str] = set()  # takes
        self._job: Job | None = None
        self._job_key: SharpKey | None = None
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.setObjectName("sharpTimer")
        self._timer.timeout.connect(self._submit)
        queue.job_changed.connect(self._on_job_changed)

    def get(self, key: SharpKey) -> Pixels | None:
        """The decoded picture, if it is there."""
        return self._cache.get(key)

    def put(self, key: SharpKey, pixels: Pixels) -> None:
        """Keep a picture; the oldest goes."""
        self._cache[key] = pixels
        self._cache.move_to_end(key)
        if len(self._cache) > CACHE_LIMIT:
            self._cache.popitem(last=False)

    def ask(self, key: SharpKey, decode: Decode) -> None:
        """Decode soon, unless another wish comes first. decode: runs on the worker."""
        if key in self._cache or key == self._job_key or key.take in self._refused:
            self._wish = None
            return
        self._wish = (key, decode)
        self._timer.start()

    def forget_wish(self) -> None:
        """The scrubber went on to something that needs no decode."""
        self._wish = None
        self._timer.stop()

    def try_again(self) -> None:
        """Decode also what has failed before: its take is shown anew."""
        self._refused.clear()

    @Slot()
    def _submit(self) -> None:
        if self._wish is None:
            return
        if self._job is not None:
            self._queue.cancel(self._job)
        (key, decode), self._wish = self._wish, None

        def task(_stop: threading.Event) -> Generator[None, None, Pixels]:
            pixels = decode()
            yield
            return pixels

        self._job_key = key
        self._job = self._queue.prepare(task, "Developing one step")
        self._queue.add(self._job, front=True)
        self.working_changed.emit(True)

    @Slot(object)
    def _on_job_changed(self, job: Job) -> None:
        if job is not self._job or not job.state.is_over:
            return
        key, self._job, self._job_key = self._job_key, None, None
        self.working_changed.emit(False)
        if job.state is JobState.FINISHED and key is not None:
            self.put(key, job.result)
            self.decoded.emit(key)
        elif job.state is JobState.FAILED and key is not None:
            self._refused.add(key.take)
