"""What keeps the window honest: stalls are measured, errors are heard."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

TICK_MS = 10
STALL_MS = 50.0
SAMPLES = 6000  # ticks kept: one minute

log = logging.getLogger(__name__)


class Watchdog(QObject):
    """Measures how late the event loop is; a stall is written to the log with what ran then."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._late: deque[float] = deque(maxlen=SAMPLES)
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.setObjectName("watchdogTimer")
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def lateness(self) -> tuple[float, float]:
        """p99 and maximum of the last minute, ms beyond the tick."""
        values = sorted(self._late)
        return (values[int(0.99 * (len(values) - 1))], values[-1]) if values else (0.0, 0.0)

    def reset(self) -> None:
        """Forget what was measured so far."""
        self._late.clear()
        self._last = time.perf_counter()

    @Slot()
    def _tick(self) -> None:
        now = time.perf_counter()
        late = max(0.0, 1000 * (now - self._last) - TICK_MS)
        self._last = now
        self._late.append(late)
        if late > STALL_MS:
            log.info("the window stood still for %.0f ms", late)


class ErrorHooks(QObject):
    """Exceptions that nobody has caught, on any thread: written down and said in the window.

    Signals:
        failed(object): the exception; always emitted towards the GUI thread.
    """

    failed = Signal(object)

    def install(self) -> None:
        """From now on nothing fails silently."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def remove(self) -> None:
        """Put Python's own hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.critical("uncaught", exc_info=(kind, error, trace))
        self.failed.emit(error)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)
