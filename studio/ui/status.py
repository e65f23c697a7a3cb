"""The line at the bottom: what is being done, what was saved, what the machine gives."""

from __future__ import annotations

import os
from pathlib import Path

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
        studio.session.progress_changed.connect(self._on_progress)

    def show_file(self, path: Path, seed: int) -> None:
        """Say where the last picture was saved, and the seed that made it."""
        try:
            short = path.relative_to(self._studio.home.pictures.parent)
        except ValueError:
            short = path
        self._file.setText(f"Saved to {one_line(str(short), 70)} · seed {seed}")

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        self._progress.setText(one_line(progress.text, 160) or "Ready")

    @Slot()
    def _measure(self) -> None:
        size = _resident_bytes()
        if size:
            self._machine.setText(f"{size / 1e6:,.0f} MB")


def _resident_bytes() -> int:
    """Memory that this process holds; 0 where the system does not say it cheaply."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
