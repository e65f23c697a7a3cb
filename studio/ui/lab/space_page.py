"""The page of the image space: pictures on their plane, takes as paths, what lies along the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from studio.lab import views
from studio.lab.figure import Figure, Ink, Viewport
from studio.state.lab.space_room import SpaceRoom
from studio.ui import theme
from studio.ui.controls import STEP, Combo, Slider
from studio.ui.lab.paint import ink_of, paint_figure
from studio.ui.lab.parts import (
    Controls,
    PictureTable,
    button,
    labelled,
    side_by_side,
    write,
)
from studio.ui.lab.plane import Graph

WAY_PX = 150.0  # the strip below: guesses and their neighbours
CELL = 58.0  # px, the wished size of its pictures
NEAR_PX = 26.0  # how near to a picture a click must be


def way_steps(count: int, room: int) -> list[int]:
    """Which of `count` steps are shown where there is room for some: evenly, with both ends."""
    return sorted({round(i) for i in np.linspace(0, count - 1, max(2, min(room, count)))})


class SpaceView(PictureTable):
    """The plane above; below, the guesses of the take and the picture nearest to each."""

    def __init__(self, room: SpaceRoom, show_file: Callable[[Path], None]) -> None:
        super().__init__("labSpaceView", "Pictures as points on a plane")
        self._room, self._show = room, show_file
        self._viewport: Viewport | None = None
        self._columns: list[tuple[QRectF, int]] = []  # where the steps below are painted
        room.space_changed.connect(self.update)

    def figure(self, ink: Ink, at: int | None = None) -> Figure | None:
        """The plane as a figure; None before there are pictures. at: instead of the room's."""
        room = self._room
        if room.space is None:
            return None
        paths = [path.vectors for path in room.paths]
        return views.space_view(room.space, paths, room.at if at is None else at, ink,
                                name=room.name)  # fmt: skip

    def draw(self, painter: QPainter) -> None:
        """Plane, then the way."""
        room, tokens = self._room, theme.current()
        figure = self.figure(ink_of(tokens))
        if figure is None:
            self.say(painter, f"Reading pictures, {room.share:.0%}" if room.is_busy else
                     "Choose a set of pictures: the starter's world, your own, or a folder. "
                     "Those alike will lie near each other.")  # fmt: skip
            return
        way = WAY_PX if room.path is not None else 0.0
        self._viewport = paint_figure(painter, figure, self.width(), self.height() - way)
        self._columns = []
        if room.path is not None:
            self._draw_way(painter, self.height() - way)

    def _draw_way(self, painter: QPainter, top: float) -> None:
        room, path, space = self._room, self._room.path, self._room.space
        assert path is not None
        assert space is not None
        labels = 62.0
        fit = int((self.width() - labels - 28) // (CELL + STEP))
        steps = way_steps(len(path.guesses), fit)
        near = space.nearest(path.vectors)
        for row, words in enumerate(("guess", "nearest")):
            write(painter, QRectF(14, top + 18 + row * (CELL + STEP), labels, CELL), words, "muted")
        here = min(steps, key=lambda step: abs(step - room.at))
        for column, step in enumerate(steps):
            x = labels + 14 + column * (CELL + STEP)
            boxes = [QRectF(x, top + 18 + row * (CELL + STEP), CELL, CELL) for row in (0, 1)]
            neighbour = int(near[step])
            self.picture(painter, boxes[0], path.guesses[step], f"The guess at step {step}")
            self.picture(painter, boxes[1], space.thumbs[neighbour], space.names[neighbour])
            write(painter, QRectF(x, top, CELL, 16), f"step {step}",
                  "accent_ink" if step == here else "muted", size=10,
                  align=Qt.AlignmentFlag.AlignHCenter)  # fmt: skip
            if step == here:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.current().accent), 2))
                painter.drawRect(boxes[0].united(boxes[1]).adjusted(-2, -2, 2, 2))
            self._columns.append((boxes[0].united(boxes[1]), step))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to a step below, to the nearest point of the path, or open a picture."""
        place, room = event.position(), self._room
        for box, step in self._columns:
            if box.contains(place):
                room.go_to(step)
                return
        if room.space is None or self._viewport is None:
            return
        here = np.array([place.x(), place.y()])
        if room.path is not None:
            laid = self._viewport.px(room.space.lay(room.path.vectors))
            gaps = np.linalg.norm(laid - here, axis=1)
            if gaps.min() < NEAR_PX / 2:
                room.go_to(int(gaps.argmin()))
                return
        gaps = np.linalg.norm(self._viewport.px(room.space.points) - here, axis=1)
        file = room.space.files[int(gaps.argmin())]
        if gaps.min() < NEAR_PX and file is not None:
            self._show(file)


class SpacePage(QWidget):
    """The view, and a slider along the path of the take."""

    def __init__(self, room: SpaceRoom, show_file: Callable[[Path], None]) -> None:
        super().__init__()
        self.setObjectName("labSpacePage")
        self._room = room
        self.view = SpaceView(room, show_file)
        self._slider = Slider("labSpaceSlider", 0, 0)
        self._slider.setAccessibleName("Step of the take")
        self._slider.valueChanged.connect(room.go_to)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 0, 3 * STEP, 2 * STEP)
        column.addWidget(self.view, 1)
        column.addWidget(self._slider)
        room.space_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Fit the slider to the path."""
        path = self._room.path
        self._slider.blockSignals(True)
        self._slider.setRange(0, 0 if path is None else len(path.guesses) - 1)
        self._slider.setValue(self._room.at)
        self._slider.blockSignals(False)
        self._slider.setVisible(path is not None)

    def showEvent(self, event: QShowEvent) -> None:
        """Take the takes that are shown now."""
        super().showEvent(event)
        self._room.refresh_path()


class SpaceControls(Controls):
    """Which pictures, which space, and why the path bends. library: files of all own pictures."""

    def __init__(self, room: SpaceRoom, library: Callable[[], list[Path]]) -> None:
        super().__init__("labSpaceControls")
        self._room, self._library = room, library
        self.column.addLayout(side_by_side(
            button("Starter's world", "labSpaceWorld", room.use_world, icon="picture",
                   tip="192 pictures of the kind that the starter model was taught."),
            button("Yours", "labSpaceOwn", self.take_library, icon="history",
                   tip="All that you have made."),
        ))  # fmt: skip
        self.column.addLayout(side_by_side(
            button("A folder…", "labSpaceFolder", self.open_folder, icon="folder",
                   tip="Pictures from your disk.")))  # fmt: skip
        self._kind = Combo("labSpaceKind")
        self._kind.addItem("Colours, shapes (PCA)", "pixels")
        self._kind.addItem("Meaning (CLIP)", "clip")
        self._kind.activated.connect(self._on_kind)
        self.column.addWidget(labelled(
            "Alike by", "PCA compares small copies pixel by pixel. CLIP compares what is to be "
            "seen, as the Concepts workspace does.", self._kind))  # fmt: skip
        self.heading("THE WAY OF A TAKE")
        self._way = self.muted()
        self._graph = Graph("labSpaceGraph", self.graph)
        self.column.addWidget(self._graph)
        self._reason = self.muted()
        room.space_changed.connect(self.refresh)
        self.refresh()

    def graph(self, ink: Ink) -> Figure | None:
        """The direction of each step against the straight line."""
        path = self._room.path
        return None if path is None else views.bend_view(path.vectors, self._room.at, ink)

    @Slot()
    def refresh(self) -> None:
        """Show the room."""
        room = self._room
        self._kind.select(room.kind)
        if room.space is None:
            self._way.setText("First choose pictures: they make the plane.")
        elif room.path is None:
            self._way.setText("Make a picture in the Generate workspace, or open a take: it will "
                              "be a path on this plane, from noise to its picture.")  # fmt: skip
        else:
            others = len(room.paths) - 1
            more = f" Grey: {others} more from this session." if others else ""
            self._way.setText("Amber: the take in the filmstrip, the model's guess at each step. "
                              f"The dashed line leads to its nearest picture.{more}")  # fmt: skip
        self._graph.refresh()
        words = room.reason()
        if words:
            words += (" Early guesses are means of many pictures and lie near the middle of all; "
                      "each step decides, and so turns away from the straight line.")  # fmt: skip
        self._reason.setText(words)

    @Slot(int)
    def _on_kind(self, _at: int) -> None:
        self._room.choose_kind(self._kind.currentData())

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
