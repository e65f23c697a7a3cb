"""The line at the bottom: what is being done, what was saved, what the machine gives."""

from __future__ import annotations

from pathlib import Path

import psutil  # type: ignore[import-untyped]
from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QStatusBar

from studio.state.progress import Progress
from studio.state.studio import Studio
from studio.ui.plain import one_line, plain_label

MEMORY_MS = 3000


class StatusLine(QStatusBar):
    """Left: stage, step, time left. Right: the last file, memory."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setObjectName("statusLine")
        self.setSizeGripEnabled(False)
        self._studio = studio
        self._process = psutil.Process()
        self._progress = plain_label("Ready", role="muted")
        self._progress.setObjectName("progressText")
        self._file = plain_label(role="muted")
        self._file.setObjectName("savedText")
        self._machine = plain_label(role="muted")
        self._machine.setObjectName("machineText")
        self.addWidget(self._progress, 1)
        self.addPermanentWidget(self._file)
        self.addPermanentWidget(self._machine)
        self._timer = QTimer(self, interval=MEMORY_MS)
        self._timer.setObjectName("memoryTimer")
        self._timer.timeout.connect(self._measure)
        self._timer.start()
        self._measure()
        studio.session.progress_changed.connect(self._on_progress)

    def show_file(self, path: Path) -> None:
        """Say where the last picture was saved."""
        try:
            short = path.relative_to(self._studio.home.pictures.parent)
        except ValueError:
            short = path
        self._file.setText(f"Saved to {one_line(str(short), 70)}")

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        self._progress.setText(one_line(progress.text, 160) or "Ready")

    @Slot()
    def _measure(self) -> None:
        megabytes = self._process.memory_info().rss / 1e6
        self._machine.setText(f"{megabytes:,.0f} MB".replace(",", " "))
