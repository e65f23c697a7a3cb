"""Grids of pictures in the window: cells as queue jobs, one sheet that fills as they finish."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import InvalidRequest, StudioError
from studio.engine.request import GenerationRequest, Pixels, validate
from studio.jobs.job import JobState
from studio.jobs.queue import JobQueue
from studio.lab.figure import Ink
from studio.lab.grid import Axis, Cell, cells, parse_axis
from studio.lab.grid_picture import Layout, compose, counts_of, fitting_cell, lay_out
from studio.library.metadata import write_png
from studio.library.store import write_atomic
from studio.state.messages import Messages
from studio.state.session import Run, Session

Place = tuple[int, int, int]  # column, row, sheet


class Preset(NamedTuple):
    """A grid worth seeing. words: what to look for."""

    title: str
    words: str
    x: str
    y: str


PRESETS: tuple[Preset, ...] = (
    Preset("Samplers compared", "The same seed by several recipes and numbers of steps. Look at "
           "DDPM with its noise removed: smooth and washed out.",
           "sampler=DDPM,DDPM, noise removed,DDIM,DPM++ 2M", "steps=5,20,50"),
    Preset("Guidance sweep", "From no prompt at all (0) to far too much. Look for the scale at "
           "which the picture follows the words, and where colours burn.",
           "cfg=0,1,2,4,8,16", "seed=1..2"),
    Preset("Negative prompt on and off", "The second row keeps away from the words. At CFG scale "
           "1 it does nothing.", "cfg=1,3,6", "negative=,blurry"),
    Preset("Fresh noise", "Eta is how much noise is drawn anew at each step, from the same start.",
           "eta=0,0.5,1", "steps=10,30"),
)  # fmt: skip


class GridRoom(QObject):
    """One grid at a time.

    Signals:
        grid_changed(): a cell was finished, or a grid was begun or has ended.
    """

    grid_changed = Signal()

    def __init__(
        self, session: Session, queue: JobQueue, messages: Messages,
        show_picture: Callable[[Path], None], parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._session, self._queue = session, queue
        self._messages, self._show = messages, show_picture
        self.axes: list[Axis] = []
        self.sheet: Pixels | None = None
        self.paths: dict[Place, Path] = {}
        self._request = GenerationRequest()
        self._runs: dict[int, Cell] = {}  # job id -> cell
        self._jobs: list[Run] = []
        self._layout: Layout | None = None
        self._total = 0
        session.run_ended.connect(self._on_run_ended)

    @property
    def is_running(self) -> bool:
        """Whether cells wait or are being made."""
        return bool(self._runs)

    @property
    def progress(self) -> tuple[int, int]:
        """Cells finished and cells in all."""
        return self._total - len(self._runs), self._total

    def start(self, texts: list[str]) -> bool:
        """Queue a grid over axes written as in `studio grid`; False, with a message, if wrong."""
        try:
            axes = [parse_axis(text) for text in texts if text.strip()]
            request = self._session.build_requests()[0]
            wanted = cells(request, axes)
            info = self._session.form.model
            for cell in wanted:
                validate(cell.request, multiple_of=info.multiple_of if info else 8)
        except InvalidRequest as error:
            self._messages.failure(error)
            return False
        self.stop()
        self.axes, self._request, self.sheet, self._layout = axes, request, None, None
        self.paths, self._total = {}, len(wanted)
        batch = 0
        for cell in wanted:
            run = self._session.submit(cell.request, batch=batch)
            batch = run.batch
            self._runs[run.job.id] = cell
            self._jobs.append(run)
        self.grid_changed.emit()
        return True

    @Slot()
    def stop(self) -> None:
        """Give up the cells that are not finished; the sheet keeps the others."""
        waiting, self._runs = self._runs, {}
        self._total -= len(waiting)
        for run in self._jobs:
            if run.job.id in waiting:
                self._queue.cancel(run.job)
        self._jobs = []
        self.grid_changed.emit()

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        cell = self._runs.pop(run.job.id, None)
        if cell is None:
            return
        if run.job.state is JobState.FINISHED:
            self._put(cell, run.job.result.picture, run.job.result.path)
        self.grid_changed.emit()

    def _put(self, cell: Cell, picture: Pixels, path: Path) -> None:
        place = cell.column, cell.row, cell.sheet
        self.paths[place] = path
        if self.sheet is None or self._layout is None:
            size = fitting_cell((picture.shape[1], picture.shape[0]), self.axes)
            title = self._request.prompt
            self.sheet = compose({place: picture}, self.axes, title=title, ink=Ink()).copy()
            self._layout = lay_out(self.axes, size, has_title=bool(title))
            return
        left, top, right, bottom = self._layout.box(*place)
        small = Image.fromarray(picture)
        small.thumbnail((right - left, bottom - top), Image.Resampling.LANCZOS)
        self.sheet[top : top + small.height, left : left + small.width] = np.asarray(small)

    def open_at(self, x: float, y: float) -> bool:
        """Open the picture of the cell at a place of the sheet, px; False between cells."""
        if self._layout is None:
            return False
        place = self._layout.cell_at(x, y, counts_of(self.axes))
        if place is None or place not in self.paths:
            return False
        self._show(self.paths[place])
        return True

    def save(self, path: Path) -> None:
        """Write the sheet as it is, with the settings that all cells share."""
        if self.sheet is None:
            return
        about = {"grid": [{"name": axis.name, "values": list(axis.values)} for axis in self.axes]}
        try:
            write_atomic(path, write_png(self.sheet, self._request, about))
        except StudioError as error:
            self._messages.failure(error)
        else:
            self._messages.info(f"The grid is written: {path}")
