"""Python's garbage collector on the GUI thread only, while there are workers."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 1000

_holders: set[object] = set()


class GuiThreadGc(QObject):
    """Does on the GUI thread what the collector's thresholds ask for.

    A collection on a worker destroys Qt objects that are garbage *there*: their timers are not
    stopped, another object's timer of the same id is, and the event loop waits for ever
    [measured]. Automatic collection is off while any worker lives: see `hold`.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.setObjectName("gcTimer")
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def close(self) -> None:
        """Collect no more."""
        self._timer.stop()

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation that is due; nothing if none is."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation] > 0:
                gc.collect(generation)
                return


def hold(worker: object) -> None:
    """No automatic collection while `worker` lives: it would happen there, too."""
    _holders.add(worker)
    gc.disable()


def release(worker: object) -> None:
    """`worker` has ended, surely: the last one gives the collector back. More than once is fine."""
    if worker in _holders:
        _holders.remove(worker)
        if not _holders:
            gc.enable()
