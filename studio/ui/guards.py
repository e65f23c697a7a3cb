"""What keeps the window honest: stalls are measured, errors are heard."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from pathlib import Path
from types import FrameType, TracebackType

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
            log.info("the window stood still for %.0f ms; then: %s", late, _what_runs())


def _what_runs() -> str:
    """Where the other Python threads are now: their innermost lines, without paths of the user."""
    frames = sys._current_frames()
    frames.pop(threading.get_ident(), None)
    return "; ".join(_place(frame) for frame in frames.values())


def _place(frame: FrameType | None) -> str:
    lines: list[str] = []
    while frame is not None and len(lines) < 3:
        lines.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
        frame = frame.f_back
    return " < ".join(lines)


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
