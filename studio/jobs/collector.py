"""Python's garbage collector on the GUI thread only, while there are workers."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 250  # what a busy worker makes in this time is looked through in 10 ms

_holders: set[object] = set()
_is_growing: list[Callable[[], bool]] = []


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
        if any(is_growing() for is_growing in _is_growing):
            _freeze()
            return
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation] > 0:
                gc.collect(generation)
                return


def freeze_while(is_growing: Callable[[], bool]) -> None:
    """While this is true, take what is alive out of the collector's rounds instead of looking.

    For imports of large libraries: they make a hundred thousand objects a second, which all stay,
    and a collection that looks through them holds up the window by 140 ms.
    """
    if is_growing not in _is_growing:
        _is_growing.append(is_growing)


def _freeze() -> None:
    gc.freeze()
    _thaw_at_exit()


@cache
def _thaw_at_exit() -> None:
    """Else extension modules find their objects alive at exit and print about leaks."""
    atexit.register(gc.unfreeze)


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
