"""The page of the image space: pictures on their plane, the take's path, and how it bends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.lab import views
from studio.lab.figure import Figure, Ink
from studio.state.lab.space_room import SpaceRoom
from studio.ui import theme
from studio.ui.controls import STEP, Slider
from studio.ui.lab.paint import ink_of, paint_figure
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.theme import set_icon

GRAPH_PX = 170


class SpaceView(QWidget):
    """The plane above, the graph of the path below."""

    def __init__(self, room: SpaceRoom) -> None:
        super().__init__()
        self.setObjectName("labSpaceView")
        self.setAccessibleName("Pictures as points on a plane")
        self.setMinimumSize(280, 260)
        self._room = room
        room.space_changed.connect(self.update)

    def figure(self, ink: Ink) -> Figure | None:
        """The plane as a figure; None before there are pictures."""
        room = self._room
        return None if room.space is None else views.space_view(room.space, room.path, room.at, ink)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint plane and graph."""
        painter = QPainter(self)
        tokens, room = theme.current(), self._room
        painter.fillRect(self.rect(), QColor(tokens.window))
        figure = self.figure(ink_of(tokens))
        if figure is None:
            painter.setPen(QColor(tokens.muted))
            words = (f"Reading pictures, {room.share:.0%}" if room.is_busy else
                     "Take your own pictures, or a folder of them.")  # fmt: skip
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
            return
        has_path = room.path is not None
        height = self.height() - (GRAPH_PX if has_path else 0)
        paint_figure(painter, figure, self.width(), height)
        if room.path is not None:
            painter.translate(0, height)
            graph = views.bend_view(room.path, room.at, ink_of(tokens))
            paint_figure(painter, graph, self.width(), GRAPH_PX)


class SpacePage(QWidget):
    """Buttons, the view, and a slider along the path. library: gives the files of all pictures."""

    def __init__(self, room: SpaceRoom, library: Callable[[], list[Path]]) -> None:
        super().__init__()
        self.setObjectName("labSpacePage")
        self._room, self._library = room, library
        self.view = SpaceView(room)
        self._slider = Slider("labSpaceSlider", 0, 0)
        self._slider.setAccessibleName("Step of the take")
        self._slider.valueChanged.connect(room.go_to)
        line = QHBoxLayout()
        line.setSpacing(2 * STEP)
        rows = (("Your pictures", "labSpaceOwn", self.take_library, "history",
                 "All that you have made."),
                ("A folder…", "labSpaceFolder", self.open_folder, "folder",
                 "Pictures from your disk."))  # fmt: skip
        for words, name, slot, icon, tip in rows:
            button = QPushButton(words)
            button.setObjectName(name)
            button.clicked.connect(slot)
            set_icon(button, icon)
            set_plain_tip(button, tip)
            line.addWidget(button)
        hint = plain_label("The amber path is the take in the filmstrip: what the model guessed at "
                           "each step. The graph says where it turns.", role="muted")  # fmt: skip
        hint.setWordWrap(True)
        line.addWidget(hint, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        column.addLayout(line)
        column.addWidget(self.view, 1)
        column.addWidget(self._slider)
        room.space_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Fit the slider to the path."""
        path = self._room.path
        self._slider.blockSignals(True)
        self._slider.setRange(0, 0 if path is None else len(path) - 1)
        self._slider.setValue(self._room.at)
        self._slider.blockSignals(False)
        self._slider.setEnabled(path is not None)

    def showEvent(self, event: QShowEvent) -> None:
        """Take the take that is shown now."""
        super().showEvent(event)
        self._room.refresh_path()

    @Slot()
    def take_library(self) -> None:
        """Lay out the pictures of the history."""
        self._room.use(self._library())

    @Slot()
    def open_folder(self) -> None:
        """Ask for a folder."""
        name = QFileDialog.getExistingDirectory(self, "A folder of pictures")
        if name:
            self._room.use_folder(Path(name))
