"""Lets a CLIP read its vocabulary once, before it is asked: minutes for a large one on a CPU.

Every answer needs it: naming ranks these words, and searching centres on their mean. As a job of
its own it is not begun anew with each letter typed, it can be stopped, and how far it is can be
shown.
"""

from __future__ import annotations

import threading
from collections.abc import Generator

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.concepts.concepts import Concepts
from studio.jobs.queue import JobQueue
from studio.state.lab.latest import Latest

LOOK_MS = 200  # between two looks at how far it is
PREPARE = "prepare"


class Preparing(QObject):
    """The reading of the present model's words.

    Signals:
        changed(): `is_running` or `share` is another.
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
        self.share = 0.0
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.setObjectName("conceptPreparingTimer")
        self._timer.timeout.connect(self._look)
        self._latest.done.connect(self._on_ended)
        self._latest.failed.connect(self._on_ended)

    @property
    def is_running(self) -> bool:
        """Whether words are being read."""
        return self._latest.is_busy()

    def begin(self) -> None:
        """Read the present model's words; at once if they are remembered."""
        self.stop()
        concepts, read = self._concepts, [0.0]
        self._read, self.share = read, 0.0
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
    def _look(self) -> None:
        if self._read[0] != self.share:
            self.share = self._read[0]
            self.changed.emit()

    @Slot(str, object)
    def _on_ended(self, _kind: str, _result: object) -> None:
        self._timer.stop()
        self.changed.emit()
        self.ended.emit()
