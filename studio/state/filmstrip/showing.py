"""Taking a strip elsewhere: export to a file; and proving it: the replay check."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.record import Frame, Status
from studio.jobs.job import Job
from studio.jobs.queue import JobQueue
from studio.library.replay import Maker, Replay, replay
from studio.library.strips import Look, export_strip
from studio.state.filmstrip.errands import Errands
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.tree import Node


def _with_picture(frames: list[Frame], node: Node | None) -> list[Frame]:
    """The strip, ending in the finished picture itself instead of its preview.

    Where something was repainted the lanes may show a part of the picture only: they stay.
    """
    if node is None or node.pixels is None or node.request.inpaint is not None or not frames:
        return frames
    last, lanes = frames[-1], {}
    if last.index >= last.total:
        lanes = {lane: node.pixels for lane in ("x0", "noisy") if lane in last.lanes}
    return [*frames[:-1], replace(last, lanes={**last.lanes, **lanes})]


class Exporter(QObject):
    """One export at a time, on the background worker.

    Signals:
        progress_changed(float): 0 .. 1.
        export_ended(object): the file's Path, or None if it was cancelled or failed.
    """

    progress_changed = Signal(float)
    export_ended = Signal(object)

    def __init__(self, filmstrip: Filmstrip, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._strip = filmstrip
        self._job: Job | None = None
        self._path: Path | None = None

    @property
    def is_running(self) -> bool:
        """Whether an export is under way."""
        return self._job is not None

    def export(self, path: Path, look: Look) -> None:
        """Write the shown strip to `path`; its suffix chooses the format."""
        if self._job is not None:
            return
        frames = _with_picture(list(self._strip.model.frames), self._strip.node)

        def task(stop: threading.Event) -> Generator[Status, None, Path]:
            return export_strip(path, frames, look, stop)

        self._path = None
        self._job = self._strip.errands.run(
            task, f"Exporting {path.name}", self._on_done,
            progress=self._on_progress, ended=self._on_ended, front=True,
        )  # fmt: skip

    @Slot()
    def cancel(self) -> None:
        """Stop the export; no file is written."""
        self._strip.errands.cancel(self._job)

    def _on_progress(self, status: Status) -> None:
        self.progress_changed.emit(status.fraction or 0.0)

    def _on_done(self, path: Path) -> None:
        self._path = path
        self._strip.messages.info(f"The strip was saved as {path.name}.")

    def _on_ended(self, _job: Job) -> None:
        self._job = None
        self.export_ended.emit(self._path)


class ReplayCheck(QObject):
    """Makes the shown take again, in the generation queue, and says whether it is the same.

    Signals:
        checked(Replay): the outcome.
    """

    checked = Signal(object)

    def __init__(
        self, filmstrip: Filmstrip, generation: JobQueue, maker: Maker,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._strip, self._maker = filmstrip, maker
        # The engine makes one picture at a time: the check waits its turn like any other run.
        self._errands = Errands(generation, self)

    @Slot()
    def check(self) -> None:
        """Queue the check of the shown take."""
        node = self._strip.node
        if node is None or node.take is None:
            self._strip.messages.info("There is no finished take to check.")
            return
        take, maker, picture = node.take, self._maker, node.pixels

        def task(stop: threading.Event) -> Generator[Status | Frame, None, Replay]:
            return replay(maker, take, stop, picture=picture)

        self._errands.run(task, "Replay check", self._on_checked)

    def _on_checked(self, outcome: Replay) -> None:
        if outcome.is_identical:
            self._strip.messages.info(outcome.words)
        else:
            self._strip.messages.warning(outcome.words)
        self.checked.emit(outcome)
