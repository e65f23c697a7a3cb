"""Says so when long work has ended while the user is in another program."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

from studio.jobs.job import JobState
from studio.state.session import Run, Session
from studio.state.settings import Settings

LONG_SECONDS = 8.0  # work that was shorter is still being waited for
SHOWN_MS = 8000


class Notifier(QObject):
    """One notice for everything that was queued, not one for each picture.

    The task bar's entry asks for attention, and where the system has a tray it shows a line. The
    line never holds the prompt: some systems would read it as markup.
    """

    def __init__(self, window: QMainWindow, session: Session, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._settings = settings
        self._began = 0.0  # when the first run of this work began; 0 = nothing runs
        self._made = self._failed = 0
        self._tray: QSystemTrayIcon | None = None
        self._hiding = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._hiding.setObjectName("noticeTimer")
        self._hiding.timeout.connect(self._hide)
        session.run_began.connect(self._on_run_began)
        session.run_ended.connect(self._on_run_ended)

    @Slot(object)
    def _on_run_began(self, _run: Run) -> None:
        if not self._began:
            self._began, self._made, self._failed = time.monotonic(), 0, 0

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        self._made += run.job.state is JobState.FINISHED
        self._failed += run.job.state is JobState.FAILED
        if self._session.is_generating or not self._began:
            return
        seconds, self._began = time.monotonic() - self._began, 0.0
        words = summary(self._made, self._failed)
        is_elsewhere = QApplication.activeWindow() is None  # not even in one of our dialogs
        if words and seconds >= LONG_SECONDS and is_elsewhere:
            self.tell(words)

    def tell(self, words: str) -> None:
        """Draw attention to the window, unless the user wants none."""
        if not self._settings.get("notify"):
            return
        QApplication.alert(self._window)
        if QSystemTrayIcon.isSystemTrayAvailable():
            if self._tray is None:
                self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
                self._tray.messageClicked.connect(self._on_clicked)
            self._tray.show()
            self._tray.showMessage(
                self._window.windowTitle(), words, self._window.windowIcon(), SHOWN_MS
            )
            self._hiding.start()

    @Slot()
    def _on_clicked(self) -> None:
        self._window.raise_()
        self._window.activateWindow()
        self._hide()

    @Slot()
    def _hide(self) -> None:
        if self._tray is not None:
            self._tray.hide()


def summary(made: int, failed: int) -> str:
    """What has come of the work, in one line; "" if the user stopped all of it."""
    parts = []
    if made:
        parts.append("A picture is finished." if made == 1 else f"{made} pictures are finished.")
    if failed:
        parts.append("One could not be made." if failed == 1 else f"{failed} could not be made.")
    return " ".join(parts)
