"""Grids of pictures in the window: cells as queue jobs, one sheet that fills as they finish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from studio.engine.errors import InvalidRequest, StudioError
from studio.engine.request import GenerationRequest, Pixels, validate
from studio.jobs.job import JobState
from studio.jobs.queue import JobQueue
from studio.lab.figure import Ink
from studio.lab.grid import Axis, Cell, cells, check_models, parse_axis
from studio.lab.grid_picture import (
    SIDE_MAX,
    Layout,
    blank_sheet,
    counts_of,
    fitting_cell,
    lay_out,
    put,
)
from studio.library.metadata import write_png
from studio.library.store import write_atomic
from studio.state.lab.batch import Batch
from studio.state.messages import Messages
from studio.state.models import Models
from studio.state.session import Run, Session

PLANNED_SIDE_MAX = 1800  # px of a sheet that is only planned
Place = tuple[int, int, int]  # column, row, sheet


class Preset(NamedTuple):
    """A grid worth seeing. words: what to look for; x, y: axes as in `studio grid`."""

    title: str
    words: str
    x: str
    y: str


def presets(request: GenerationRequest) -> tuple[Preset, ...]:
    """Grids worth seeing for a request. Without a negative prompt its last words serve as one."""
    away = request.negative_prompt.strip() or " ".join(request.prompt.split()[-2:]) or "blurry"
    away = away.replace('"', "").replace(",", " ")
    return (
        Preset("Guidance sweep", "From no prompt at all (0) to far too much. Look for the scale at "
               "which the picture follows the words, and where colours burn.",
               "cfg=0,1,2,4,8,16", "seed=1..2"),
        Preset("Negative on and off", f"The second row keeps away from “{away[:60]}”. At CFG scale "
               "1 it does nothing, for then the difference is not used.", "cfg=1,2,4,8",
               f"negative=,{away}"),
        Preset("Samplers and steps", "The same seed by several recipes. Look at DDPM with its "
               "noise removed: smooth and washed out, however many steps.",
               "sampler=DDPM,DDPM, noise removed,DDIM,DPM++ 2M", "steps=5,20,50"),
        Preset("Fresh noise", "Eta is how much noise is drawn anew at each step, from the same "
               "start.", "eta=0,0.5,1", "steps=10,30"),
    )  # fmt: skip


class _Grid(NamedTuple):
    """What axes mean."""

    axes: Sequence[Axis] = ()
    request: GenerationRequest = GenerationRequest()
    cells: Sequence[Cell] = ()


class GridRoom(QObject):
    """One grid at a time.

    ink: the colours of the sheet. problem: why the axes that were last planned cannot be run.
    planned: how many pictures they would make, while an earlier grid is still shown.

    Signals:
        grid_changed(): a cell was finished, a grid was planned, was begun or has ended.
    """

    grid_changed = Signal()

    def __init__(
        self, session: Session, queue: JobQueue, messages: Messages,
        show_picture: Callable[[Path], None], models: Models, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._session, self._messages, self._show = session, messages, show_picture
        self._models = models
        self.axes: Sequence[Axis] = ()
        self.sheet: Pixels | None = None  # empty frames until pictures are there
        self.paths: dict[Place, Path] = {}
        self.ink, self.problem, self.planned = Ink(), "", 0
        self._request = GenerationRequest()
        self._layout: Layout | None = None
        self._total = 0
        self._batch = Batch(session, queue, self)
        self._batch.run_ended.connect(self._on_run_ended)

    @property
    def is_running(self) -> bool:
        """Whether cells wait or are being made."""
        return self._batch.waiting > 0

    @property
    def progress(self) -> tuple[int, int]:
        """Cells finished and cells in all; (0, n) for a grid that is only planned."""
        return (self._total - self._batch.waiting if self.paths or self.is_running else 0,
                self._total)  # fmt: skip

    def plan(self, texts: list[str]) -> None:
        """Show what these axes would make, or say why they cannot.

        A grid with pictures stays until the next is started: its sheet is perhaps not saved yet.
        """
        if self.is_running:
            return
        try:
            grid = self._read(texts)
        except InvalidRequest as error:
            self.problem = f"{error.message} {error.hint}" if any(texts) else ""
            grid = _Grid()
        else:
            self.problem = ""
        if self.paths:
            self.planned = len(grid.cells)
        else:
            self._lay_out(grid, PLANNED_SIDE_MAX)  # with each key: the full sheet takes seconds
        self.grid_changed.emit()

    def start(self, texts: list[str]) -> bool:
        """Queue a grid over axes written as in `studio grid`; False, with a message, if wrong."""
        try:
            grid = self._read(texts)
            info = self._session.form.model
            for cell in grid.cells:
                validate(cell.request, multiple_of=info.multiple_of if info else 8)
        except InvalidRequest as error:
            self._messages.failure(error)
            return False
        self.problem = ""
        self._batch.stop()
        self._lay_out(grid)
        self._batch.start({(cell.column, cell.row, cell.sheet): cell.request
                           for cell in grid.cells})  # fmt: skip
        self.grid_changed.emit()
        return True

    def _read(self, texts: list[str]) -> _Grid:
        """The grid of axes as text. Raises InvalidRequest."""
        axes = [parse_axis(text) for text in texts if text.strip()]
        check_models(axes, [info.id for info in self._models.all])
        request = self._session.build_requests()[0]
        return _Grid(axes, request, cells(request, axes))

    def _lay_out(self, grid: _Grid, side_max: int = SIDE_MAX) -> None:
        """An empty sheet for the cells; none for none. side_max: px."""
        self.axes, self._request = grid.axes, grid.request
        self.paths, self._total, self.planned = {}, len(grid.cells), 0
        self.sheet, self._layout = None, None
        if grid.cells:
            size = self._request.width, self._request.height
            title = self._request.prompt
            cell = fitting_cell(size, self.axes, side_max)
            self._layout = lay_out(self.axes, cell, has_title=bool(title))
            self.sheet = blank_sheet(self._layout, self.axes, title=title, ink=self.ink)

    @Slot()
    def stop(self) -> None:
        """Give up the cells that are not finished; the sheet keeps the others."""
        self._total -= self._batch.waiting
        self._batch.stop()
        self.grid_changed.emit()

    @Slot(object, object)
    def _on_run_ended(self, place: Place, run: Run) -> None:
        if run.job.state is JobState.FINISHED and self.sheet is not None and self._layout:
            self.paths[place] = run.job.result.path
            put(self.sheet, self._layout.box(*place), run.job.result.picture)
        self.grid_changed.emit()

    def place_at(self, x: float, y: float) -> Place | None:
        """The finished cell at a place of the sheet, px; None between cells."""
        if self._layout is None:
            return None
        place = self._layout.cell_at(x, y, counts_of(self.axes))
        return place if place in self.paths else None

    def open_at(self, x: float, y: float) -> bool:
        """Open the take of the cell at a place of the sheet, px; False between cells."""
        place = self.place_at(x, y)
        if place is not None:
            self._show(self.paths[place])
        return place is not None

    def save(self, path: Path) -> None:
        """Write the sheet as it is, with the settings that all cells share."""
        if self.sheet is None:
            return
        axes = [{"name": axis.name, "values": list(axis.values)} for axis in self.axes]
        about = {"grid": {"axes": axes, "pictures": len(self.paths)}}
        try:
            write_atomic(path, write_png(self.sheet, self._request, about))
        except StudioError as error:
            self._messages.failure(error)
        else:
            self._messages.info(f"The grid is written: {path}")
