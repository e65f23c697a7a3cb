"""The composition root of the window: the only place where all its parts meet."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from PySide6.QtCore import QObject, Qt, QTimer, QtMsgType, Slot, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from studio.jobs.job import Job, JobState, Task
from studio.library.home import Home
from studio.rooms import (
    LATE,
    Below,
    import_late,
    open_frame,
    open_late,
    open_late_rooms,
    open_rooms,
)
from studio.ui.guards import ErrorHooks, Watchdog
from studio.ui.instance import SingleInstance
from studio.ui.main_window import MainWindow

APP_NAME = "Latent Studio"
SWITCH_INTERVAL = 0.001  # seconds; Python's 5 ms let a busy worker hold up the window
LOG_BYTES = 1_000_000
PAINT_WAIT_MS = 400  # a window that is hidden by others is never painted

log = logging.getLogger(__name__)


def create_window(home: Path) -> MainWindow:
    """The real window with its worker, everything it writes below `home`. Not yet shown.

    Needs a QApplication, or makes one. Closing the window ends its threads.
    """
    _application()
    window = open_frame(Home(home))
    for _ in open_rooms(window, Below(window.studio.home)):
        pass
    window.studio.models.load()
    for room in LATE:
        open_late(window, room)
    window.build_all()
    window.shown.connect(window.studio.begin)
    return window


def run_window(paths: Sequence[Path]) -> int:
    """Open the window on the user's home, or raise the one that is open; the exit code.

    The process ends with the window; this returns only when another window was raised.
    """
    application = _application()
    home = Home.from_environment()
    instance = SingleInstance(home.data, application)
    if not instance.take():
        return 0 if instance.call(paths) else _say_busy()
    with _log_to(home.logs):
        window = open_frame(home)
        runner = Runner(window, instance, list(paths))
        runner.begin()
        window.show()
        code = application.exec()
        runner.end()
    instance.release()
    # All is saved and closed. A worker may be deep in an import or a kernel, and taking torch
    # down takes seconds: do not wait for either.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Runner(QObject):
    """Everything that only the program has, and a window under test has not."""

    def __init__(self, window: MainWindow, instance: SingleInstance, paths: list[Path]) -> None:
        super().__init__()
        self._window = window
        self._paths = paths
        self._importing: Job | None = None
        self._steps: Iterator[None] = iter(())
        self._has_begun = False
        self._next_step = QTimer(self, interval=0)  # between all other events
        self._next_step.timeout.connect(self._go_on)
        self._hooks = ErrorHooks(self)
        self.watchdog = Watchdog(self)
        window.empty_state.get_ready()
        window.studio.lateness = self.watchdog.lateness
        self._hooks.failed.connect(self._on_failed)
        self._interrupts = QTimer(self, interval=250)  # lets Python see Ctrl+C
        self._interrupts.timeout.connect(self._breathe)
        instance.called.connect(self._on_called)
        window.shown.connect(self._on_shown)
        window.painted.connect(self._open_rooms, Qt.ConnectionType.QueuedConnection)
        window.closed.connect(self._next_step.stop)
        window.closed.connect(QApplication.quit)
        window.workspaces.workspace_changed.connect(self._on_workspace)

    def begin(self) -> None:
        """Take hold of the process: switch interval, hooks, signals."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._hooks.install()
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        self._interrupts.start()

    def end(self) -> None:
        """Let go of the process."""
        log.info("in the last minute the window was late by %.0f ms (p99), %.0f ms at most",
                 *self.watchdog.lateness())  # fmt: skip
        self._hooks.remove()

    @Slot()
    def _on_shown(self) -> None:
        QTimer.singleShot(PAINT_WAIT_MS, self._open_rooms)

    @Slot()
    def _open_rooms(self) -> None:
        """Complete the window, which the user sees already."""
        if self._importing is None:
            self._window.studio.background.job_changed.connect(self._on_job_changed)
            below = Below(self._window.studio.home)
            self._open(below, open_rooms(self._window, below))

    def _open(self, imports: Task, steps: Iterator[None]) -> None:
        """Import on the worker first what needs no Qt, then take the steps on this thread."""
        self._steps = steps
        background = self._window.studio.background
        self._importing = background.prepare(imports, "Opening the rooms")
        background.add(self._importing, front=True)

    @Slot(object)
    def _on_job_changed(self, job: Job) -> None:
        # Were it to fail, the same import fails on this thread and is told.
        if job is self._importing and job.state in (JobState.FINISHED, JobState.FAILED):
            self._next_step.start()

    @Slot()
    def _go_on(self) -> None:
        if next(self._steps, self) is not self:
            return
        self._next_step.stop()
        studio = self._window.studio
        if self._has_begun:
            # Last: while torch's libraries are opened, nobody else can import a library.
            studio.warm_up()
            return
        self._has_begun = True
        studio.look_around()
        if self._paths:
            self._window.files_dropped.emit(self._paths)
        self._open(import_late, open_late_rooms(self._window))

    @Slot(str)
    def _on_workspace(self, name: str) -> None:
        if name in LATE and self._window.is_complete:
            open_late(self._window, name)

    @Slot(list)
    def _on_called(self, paths: list[Path]) -> None:
        self._window.come_forward()
        if paths and self._window.is_complete:
            self._window.files_dropped.emit(paths)
        else:
            self._paths += paths

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self._window.studio.messages.failure(error)

    @Slot()
    def _breathe(self) -> None:
        """Do nothing, in Python: pending signals are handled between its instructions."""

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._window.close()


def _application() -> QApplication:
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported
    # Qt would share large blits with threads that wait for a processor while a picture is made:
    # under such load a brush of 600 px took 25 ms each time instead of 4.
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    application = QApplication([APP_NAME])
    application.setApplicationName(APP_NAME)
    application.setApplicationDisplayName(APP_NAME)
    application.setDesktopFileName("io.github.latentstudio.studio")
    application.setQuitOnLastWindowClosed(False)  # MainWindow.closed ends the program
    return application


class _LogFile(logging.handlers.RotatingFileHandler):
    """A log file that never grows large; on a full disk lines are lost, and nothing else."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:
        """Python would print a traceback for each line."""
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)

    def close(self) -> None:
        """Also with lines left that the disk does not take: they must not be the exit code."""
        with suppress(OSError):
            super().close()


class _log_to:
    """Log to a file that never grows large; crashes of C code leave their stacks beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._crash: TextIO | None = None
        self._handler: logging.Handler | None = None

    def __enter__(self) -> None:
        root = logging.getLogger()
        root.setLevel(logging.INFO)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._handler = _LogFile(self._folder / "studio.log")
            self._crash = open(self._folder / "crash.log", "a", encoding="utf-8")
            faulthandler.enable(self._crash)
        except OSError as error:  # a full or read-only disk must not keep the window away
            self._handler = logging.NullHandler()
            sys.stderr.write(f"The studio runs without a log: {self._folder} cannot be written to "
                             f"({error.strerror or error}).\n")  # fmt: skip
        form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
        self._handler.setFormatter(logging.Formatter(form))
        root.addHandler(self._handler)
        qInstallMessageHandler(_on_qt_message)

    def __exit__(self, *_error: object) -> None:
        qInstallMessageHandler(None)
        faulthandler.disable()
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
        if self._crash is not None:
            self._crash.close()


def _on_qt_message(kind: QtMsgType, _context: object, text: str) -> None:
    is_grave = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
    logging.getLogger("qt").log(logging.ERROR if is_grave else logging.WARNING, "%s", text[:2000])


def _say_busy() -> int:
    sys.stderr.write("The studio is already open, but its window does not answer.\n")
    return 1
