"""Python's garbage collector on the GUI thread only, while there are workers."""

from __future__ import annotations

import gc
import weakref

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 1000

_holders: set[int] = set()


class GuiThreadGc(QObject):
    """Does on the GUI thread what the collector's thresholds ask for.

    A collection on a worker destroys Qt objects that are garbage *there*: their timers are not
    stopped, another object's timer of the same id is, and the event loop waits for ever
    [measured]. Automatic collection is off until the last of these is closed.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.setObjectName("gcTimer")
        self._timer.timeout.connect(self.collect)
        _holders.add(id(self))
        weakref.finalize(self, _release, id(self))  # an owner may forget to close
        gc.disable()
        self._timer.start()

    def close(self) -> None:
        """No worker of this owner is left: the last to say so gives the collector back."""
        self._timer.stop()
        _release(id(self))

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation that is due; nothing if none is."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation] > 0:
                gc.collect(generation)
                return


def _release(holder: int) -> None:
    if holder in _holders:
        _holders.remove(holder)
        if not _holders:
            gc.enable()
