"""Last savings before the window closes, on a thread of their own: no disk may hold it up."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.jobs import collector

PATIENCE = 1.5  # seconds that closing waits on the spot; a disk that hangs may take minutes
LOOK_MS = 100


class Closing(QObject):
    """One piece of work at a time.

    Signals:
        caught_up(): work that had not ended within PATIENCE has ended.
    """

    caught_up = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._late: threading.Event | None = None
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.setObjectName("closingTimer")
        self._timer.timeout.connect(self._look)

    @property
    def is_late(self) -> bool:
        """Whether work goes on that was not waited for."""
        return self._late is not None

    def do(self, work: Callable[[], object]) -> bool:
        """Do it, and wait for PATIENCE; True if it has ended by then.

        work: keeps its own outcome, so it must not raise; it makes no Qt objects.
        """
        has_ended = threading.Event()

        def run() -> None:
            try:
                work()
            finally:
                has_ended.set()  # and nothing else: the window may be gone

        collector.hold(has_ended)  # a thread that Qt does not know must not collect its objects
        threading.Thread(target=run, name="closing", daemon=True).start()
        if has_ended.wait(PATIENCE):
            collector.release(has_ended)
            return True
        self._late = has_ended
        self._timer.start()
        return False

    @Slot()
    def _look(self) -> None:
        if self._late is not None and self._late.is_set():
            collector.release(self._late)
            self._late = None
            self._timer.stop()
            self.caught_up.emit()
