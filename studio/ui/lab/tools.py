"""Larger parts of the controls beside the plane: drawing, training, sampling recipes, runs."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.lab.data import DATA_SETS
from studio.state.lab.drawings import NAME_MOST
from studio.state.lab.results import Run
from studio.state.lab.room import LabRoom
from studio.ui import theme
from studio.ui.controls import STEP
from studio.ui.lab.parts import button, write
from studio.ui.lab.rows import ChoiceRow
from studio.ui.plain import set_plain_tip

RUNS_SHOWN, RUN_PX = 8, 34  # runs in the list, px of each
BAR_FULL = 0.5  # a distance that fills the whole bar
GOOD = 0.12  # a distance below it is the data's own: two fresh draws are about 0.05 apart
DRAWN = "drawn:"

# title, words, fields of the board
RECIPES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("DDPM", "Fresh noise at each step.",
     {"sampler": "DDPM", "steps": 40, "process": "diffusion"}),
    ("Noise removed", "DDPM without its fresh noise: all falls into the inside.",
     {"sampler": "DDPM, noise removed", "steps": 40, "process": "diffusion"}),
    ("DDIM, 20 steps", "No fresh noise, smooth paths, few steps.",
     {"sampler": "DDIM", "steps": 20, "process": "diffusion"}),
    ("DPM++ 2M, 8", "Looks back one step, so that eight go a long way.",
     {"sampler": "DPM++ 2M", "steps": 8, "process": "diffusion"}),
    ("Flow matching", "Straight lines between noise and data.",
     {"sampler": "Euler", "steps": 20, "process": "flow"}),
)  # fmt: skip


class DataRow(ChoiceRow):
    """Which data set: one of ours, or one of those drawn by the user."""

    def __init__(self, room: LabRoom) -> None:
        self._names: tuple[str, ...] = ()
        super().__init__(room, "data", "Data set", "The pictures that the model is to learn.",
                         self._options(room))  # fmt: skip

    def _options(self, room: LabRoom) -> list[tuple[str, Any]]:
        self._names = room.drawings.names
        ours = [(name.capitalize(), name) for name in DATA_SETS]
        drawn = [(f"Drawn: {name}", DRAWN + name) for name in self._names]
        return [*ours, *drawn, ("A new drawing", DRAWN)]

    @property
    def value(self) -> Any:
        """The data set, and the drawing's name with it."""
        board = self.room.board
        return DRAWN + board.drawing if board.data == "drawn" else board.data

    @Slot()
    def _on_board(self) -> None:
        if self._names != self.room.drawings.names:
            self.set_options(self._options(self.room))
            self._shown = ()
        super()._on_board()

    @Slot(int)
    def _on_activated(self, at: int) -> None:
        value = str(self._values[at])
        if value.startswith(DRAWN):
            name = value.removeprefix(DRAWN)
            if not name:
                self.room.clear_drawing()  # choosing a new one means to begin
            self.room.change(data="drawn", drawing=name, draw_label=None if name else 0)
        else:
            self.room.change(data=value, drawing="", draw_label=None)


class DrawTools(QWidget):
    """Draw a data set with the mouse: a class to draw in, clear, done; its name."""

    def __init__(self, room: LabRoom) -> None:
        super().__init__()
        self._room = room
        self._draw = QCheckBox("Draw with the mouse")
        self._draw.setObjectName("labDrawCheck")
        self._draw.toggled.connect(self._on_toggled)
        self._chips: list[QPushButton] = []
        line = QHBoxLayout()
        line.setSpacing(STEP)
        for at, name in enumerate(("first", "second", "third")):
            chip = button(name, f"labDrawClass{at}", self._on_chip, role="chip")
            chip.setCheckable(True)
            chip.setProperty("drawClass", at)
            self._chips.append(chip)
            line.addWidget(chip)
        line.addStretch(1)
        line.addWidget(button("Clear", "labDrawClear", room.clear_drawing,
                              tip="Begin anew; what is kept stays."))  # fmt: skip
        self._name = QLineEdit()
        self._name.setObjectName("labDrawName")
        self._name.setAccessibleName("Name of the drawing")
        self._name.setMaxLength(NAME_MOST)
        self._name.editingFinished.connect(self._on_named)
        set_plain_tip(self._name, "Its name. Drawings are kept until you delete them.")
        self._delete = button("Delete", "labDrawDelete", room.delete_drawing, icon="trash")
        named = QHBoxLayout()
        named.addWidget(self._name, 1)
        named.addWidget(self._delete)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2 * STEP, 0, 0)
        column.addWidget(self._draw)
        column.addLayout(line)
        column.addLayout(named)
        room.board_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show whether one draws, in which class, and under which name."""
        board = self._room.board
        self._draw.blockSignals(True)
        self._draw.setChecked(board.draw_label is not None)
        self._draw.blockSignals(False)
        for at, chip in enumerate(self._chips):
            chip.setEnabled(board.draw_label is not None)
            chip.setChecked(at == board.draw_label)
        is_kept = board.data == "drawn" and bool(board.drawing)
        for part in (self._name, self._delete):
            part.setVisible(is_kept)
        if not self._name.hasFocus():
            self._name.setText(board.drawing)

    @Slot(bool)
    def _on_toggled(self, is_on: bool) -> None:
        if is_on:
            self._room.change(draw_label=0, data="drawn")
        elif not self._room.use_drawing():
            self.refresh()

    @Slot()
    def _on_chip(self) -> None:
        sender = self.sender()
        if sender is not None:
            self._room.change(draw_label=int(sender.property("drawClass")))
            self.refresh()

    @Slot()
    def _on_named(self) -> None:
        if self._name.text() != self._room.board.drawing:
            self._room.rename_drawing(self._name.text())
            self._name.setText(self._room.board.drawing)


class RecipeChips(QWidget):
    """Ways of sampling worth comparing, at a click."""

    def __init__(self, room: LabRoom) -> None:
        super().__init__()
        self._room = room
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, STEP)
        grid.setSpacing(STEP)
        for at, (title, words, _) in enumerate(RECIPES):
            chip = button(title, f"labRecipe{at}", self._on_chip, tip=words, role="chip")
            chip.setProperty("recipeAt", at)
            grid.addWidget(chip, at // 2, at % 2)

    @Slot()
    def _on_chip(self) -> None:
        sender = self.sender()
        if sender is not None:
            changes = RECIPES[int(sender.property("recipeAt"))][2]
            self._room.change(eta=None, noise=None, **changes)


class RunList(QWidget):
    """The latest sampling runs; a bar for how far each is from the data."""

    def __init__(self, room: LabRoom) -> None:
        super().__init__()
        self.setObjectName("labRuns")
        self._room = room
        self._runs: list[Run] = []
        room.results_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Fetch the list anew."""
        runs = [run for run in self._room.results.runs if run.accuracy is None][:RUNS_SHOWN]
        if runs == self._runs and self.minimumHeight():
            return
        self._runs = runs
        self.setAccessibleName("; ".join(f"{run.distance:.3f} {_words(run)}" for run in runs))
        self.setFixedHeight(28 + RUN_PX * len(runs))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Words above, bar below, for each run."""
        painter, tokens = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = self.rect().toRectF()
        words = "distance to the data: shorter is better" if self._runs else ""
        write(painter, box.adjusted(0, 0, 0, 24 - box.height()), words, "muted", size=11)
        for at, run in enumerate(self._runs):
            top = 24.0 + at * RUN_PX
            line = box.adjusted(0, top, 0, top + 18 - box.height())
            write(painter, line, _words(run), "text" if at == 0 else "muted")
            write(painter, line, f"{run.distance:.3f}", "text" if at == 0 else "muted",
                  align=Qt.AlignmentFlag.AlignRight)  # fmt: skip
            painter.setPen(Qt.PenStyle.NoPen)
            groove = box.adjusted(0, top + 20, 0, top + 26 - box.height())
            painter.setBrush(QColor(tokens.window))
            painter.drawRoundedRect(groove, 3, 3)
            share = min(run.distance / BAR_FULL, 1.0)
            groove.setWidth(max(groove.width() * share, 6.0))
            painter.setBrush(QColor(tokens.plus if run.distance < GOOD else tokens.minus))
            painter.drawRoundedRect(groove, 3, 3)


def _words(run: Run) -> str:
    return f"{run.sampler}, {run.steps} steps, {run.source}"


class TrainTools(QWidget):
    """Train, pause, stop."""

    def __init__(self, room: LabRoom) -> None:
        super().__init__()
        self._room = room
        self._train = button("Train", "labTrainButton", room.train, icon="play")
        self._pause = button("Pause", "labPauseButton", room.pause_training, icon="pause")
        self._stop = button("Stop", "labStopTrainButton", room.stop_training, icon="stop")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, STEP, 0, 0)
        line.setSpacing(2 * STEP)
        for part in (self._train, self._pause, self._stop):
            line.addWidget(part)
        room.training_changed.connect(self.refresh)
        room.busy_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Enable what can be done."""
        is_training = self._room.is_training
        self._train.setText("Train anew" if self._room.results.losses else "Train")
        self._pause.setText("Go on" if self._room.is_resting else "Pause")
        self._pause.setEnabled(is_training)
        self._stop.setEnabled(is_training)
