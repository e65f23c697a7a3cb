"""Lets a CLIP read its vocabulary once, before it is asked: minutes for a large one on a CPU.

Every answer needs it: naming ranks these words, and searching centres on their mean. As a job of
its own it is not begun anew with each letter typed, it can be paused, how far it is can be shown,
and what needs it waits here instead of holding up the room's queue.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.concepts.concepts import Concepts
from studio.jobs.queue import JobQueue
from studio.state.lab.latest import Latest

LOOK_MS = 200  # between two looks at how far it is
PREPARE = "prepare"


class Preparing(QObject):
    """The reading of the present model's words.

    Signals:
        changed(): `is_running`, `is_paused`, `share` or what waits is another.
        ended(): questions can be asked; if it has failed, they tell why.
    """

    changed = Signal()
    ended = Signal()

    def __init__(self, concepts: Concepts, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._concepts = concepts
        self._latest = Latest(queue, self)
        self._count = 0  # of the preparings so far
        self._read = [0.0]  # written by the worker
        self._waiting: dict[str, Callable[[], object]] = {}
        self._first = (0.0, 0.0)  # when the first share came, in seconds, and which it was
        self.share = 0.0
        self.is_paused = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.setObjectName("conceptPreparingTimer")
        self._timer.timeout.connect(self._look)
        self._latest.done.connect(self._on_ended)
        self._latest.failed.connect(self._on_ended)

    @property
    def is_running(self) -> bool:
        """Whether words are being read."""
        return self._latest.is_busy()

    @property
    def is_unfinished(self) -> bool:
        """Whether questions wait: words are being read, or are not to be read now."""
        return self.is_running or self.is_paused

    @property
    def is_long(self) -> bool:
        """Whether it takes so long that it should be told."""
        return self.is_unfinished and self.share > 0

    @property
    def seconds_left(self) -> float | None:
        """About how long it will take; None while that cannot be said."""
        begun, share = self._first
        if not begun or self.share <= share or not self.is_running:
            return None
        return (time.monotonic() - begun) * (1 - self.share) / (self.share - share)

    def begin(self, share: float = 0.0) -> None:
        """Read the present model's words; at once if they are remembered.

        share: how far it is known to be, 0 .. 1.
        """
        self.stop()
        self.is_paused = False
        concepts, read = self._concepts, [share]
        self._read, self.share, self._first = read, share, (0.0, 0.0)
        self._count += 1

        def task(stop: threading.Event) -> Generator[None, None, None]:
            yield
            concepts.space().word_space(stop, lambda share: read.__setitem__(0, share))

        self._latest.ask(PREPARE, self._count, lambda: task, "Reading the words")
        self._timer.start()
        self.changed.emit()

    def stop(self) -> None:
        """Leave it; the next `begin` starts again."""
        self._timer.stop()
        self._latest.drop(PREPARE)

    @Slot()
    def pause(self) -> None:
        """Leave it for now; what was read is kept, and questions wait until `go_on`."""
        if self.is_running:
            self.stop()
            self.is_paused = True
            self.changed.emit()

    @Slot()
    def go_on(self) -> None:
        """After a pause."""
        if self.is_paused:
            self.begin(self.share)

    def when_read(self, kind: str, call: Callable[[], object]) -> None:
        """Call now, or as soon as the words are read; the newest call of a kind counts."""
        if not self.is_unfinished:
            call()
            return
        self._waiting[kind] = call
        self.changed.emit()

    def waits(self, kind: str) -> bool:
        """Whether a call of this kind waits for the words."""
        return kind in self._waiting

    @Slot()
    def _look(self) -> None:
        if not self.is_running:  # its model was let go of under it
            self._on_ended("", None)
        elif self._read[0] != self.share:
            self.share = self._read[0]
            if not self._first[0]:
                self._first = (time.monotonic(), self.share)
            self.changed.emit()

    @Slot(str, object)
    def _on_ended(self, _kind: str, _result: object) -> None:
        self._timer.stop()
        waiting, self._waiting = self._waiting, {}
        self.changed.emit()
        self.ended.emit()
        for call in waiting.values():
            call()
