"""The map of takes: each take a path from noise to picture on one plane."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.state.filmstrip.branches import Branches
from studio.state.filmstrip.filmstrip import Filmstrip
from studio.state.filmstrip.mapping import LATENTS, LOOK, MapOfTakes, Path2D
from studio.ui.plain import one_line, set_plain_tip
from studio.ui.qimage import fitted, to_qimage
from studio.ui.theme import color

_EDGE, _FACE, _REACH, _FOOT = 22, 36, 18, 18
_HEAD = 26  # px, for the choice of the space
_SPACES = (
    (LATENTS, "by latents", "Takes lie close together when their latents are alike: what is where, "
                            "and in which colour."),
    (LOOK, "by look", "Takes lie close together when CLIP sees the same in them: what is shown, "
                      "wherever it is."),
)  # fmt: skip


class MapView(QWidget):
    """Paths with a dot per step; the scrubbed step is amber. Click goes to the nearest step.

    Signals:
        space_chosen(str): lay the takes out in this space (see mapping.py).
    """

    space_chosen = Signal(str)

    def __init__(
        self,
        filmstrip: Filmstrip,
        branches: Branches,
        of_takes: MapOfTakes,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("takeMap")
        self.setAccessibleName("Map of takes")
        self.setMinimumSize(160, 120)
        set_plain_tip(self, "Takes that look alike lie close together. Each path runs from noise "
                            "to picture; where paths part, the takes part.")  # fmt: skip
        self._strip, self._branches, self._map = filmstrip, branches, of_takes
        self._chips: dict[str, QPushButton] = {}
        self._ground = QPixmap()  # all but the scrubber, which moves with every frame
        self._ground_of: tuple[object, ...] = ()
        row = QHBoxLayout()
        row.addStretch(1)
        for space, words, tip in _SPACES:
            row.addWidget(self._chip(space, words, tip))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 0)
        column.addLayout(row)
        column.addStretch(1)
        of_takes.map_changed.connect(self._on_map)
        self._on_map()
        filmstrip.model.current_changed.connect(self.update)
        filmstrip.take_shown.connect(self.update)

    def _chip(self, space: str, words: str, tip: str) -> QPushButton:
        chip = QPushButton(words)
        chip.setObjectName(f"mapSpace:{space}")
        chip.setProperty("role", "chip")
        chip.setCheckable(True)
        set_plain_tip(chip, tip)
        chip.clicked.connect(self._on_space)
        self._chips[space] = chip
        return chip

    @Slot()
    def _on_space(self) -> None:
        chip = self.sender()
        space = next((name for name, one in self._chips.items() if one is chip), "")
        if space:
            self.space_chosen.emit(space)
        self._on_map()

    @Slot()
    def _on_map(self) -> None:
        self._ground_of = ()
        for space, chip in self._chips.items():
            chip.setChecked(space == self._map.space)
            chip.setVisible(self._map.has_look)
        self.update()

    def sizeHint(self) -> QSize:
        """A small square."""
        return QSize(280, 220)

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: compute."""
        self._map.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        self._map.watch(False)

    def _scaled(self, path: Path2D) -> list[QPointF]:
        """The path's points in the widget, the whole map kept in shape."""
        every = [p.points for p in self._map.paths]
        low = [min(float(p[:, axis].min()) for p in every) for axis in (0, 1)]
        high = [max(float(p[:, axis].max()) for p in every) for axis in (0, 1)]
        room = (self.width() - 2 * _EDGE - _FACE, self.height() - 2 * _EDGE - _FOOT - _HEAD)
        spans = [max(high[axis] - low[axis], 1e-9) for axis in (0, 1)]
        scale = min(room[0] / spans[0], room[1] / spans[1])
        left = _EDGE + (room[0] - scale * spans[0]) / 2
        top = _EDGE + _HEAD + (room[1] - scale * spans[1]) / 2
        return [
            QPointF(left + (x - low[0]) * scale, top + (high[1] - y) * scale)
            for x, y in path.points
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """All paths, the shown one last, and where the scrubber is; or why there are none."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._map.paths:
            painter.setPen(color("muted"))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(20, 10, -20, -10), flags, self._map.words)
            return
        painter.drawPixmap(0, 0, self._ground_now())
        at = self._scrubber()
        if at is not None:
            painter.setPen(QPen(color("panel"), 2))
            painter.setBrush(color("accent"))
            painter.drawEllipse(at, 6, 6)

    def _ground_now(self) -> QPixmap:
        """The paths, drawn again only when something of them has changed."""
        ratio, shown = self.devicePixelRatioF(), self._strip.node
        nodes = [path.node for path in self._map.paths]
        faces = tuple((id(n.pixels), id(n.own), len(n.own), n.state) for n in nodes)
        inks = tuple(color(name).rgba() for name in ("accent", "muted"))
        of = (self.size(), ratio, id(shown), id(self._map.paths), faces, inks)
        if of == self._ground_of:
            return self._ground
        self._ground_of = of
        self._ground = QPixmap(self.size() * ratio)
        self._ground.setDevicePixelRatio(ratio)
        self._ground.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self._ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        for path in sorted(self._map.paths, key=lambda p: p.node is shown):
            self._paint_path(painter, path)
        painter.setPen(color("muted"))
        share = round(100 * sum(self._map.explained))
        words = f"{share} % of what differs is on this plane"
        painter.drawText(self.rect().adjusted(8, 0, -8, -4), Qt.AlignmentFlag.AlignBottom, words)
        painter.end()
        return self._ground

    def _scrubber(self) -> QPointF | None:
        """Where the step under the scrubber lies: on the shown take's path, between its points."""
        frame = self._strip.frame
        path = next((p for p in self._map.paths if p.node is self._strip.node), None)
        if frame is None or path is None or not path.indices:
            return None
        points, indices = self._scaled(path), path.indices
        after = bisect_right(indices, frame.index)
        if not 0 < after < len(indices):
            return points[max(0, after - 1)]
        share = (frame.index - indices[after - 1]) / (indices[after] - indices[after - 1])
        return points[after - 1] + (points[after] - points[after - 1]) * share

    def _paint_path(self, painter: QPainter, path: Path2D) -> None:
        is_shown = path.node is self._strip.node
        ink = QColor(color("accent" if is_shown else "muted"))
        points = self._scaled(path)
        painter.setPen(QPen(ink, 2 if is_shown else 1.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(points)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        for point in points:
            painter.drawEllipse(point, 1.8, 1.8)
        face = path.node.thumbnail
        if face is not None:
            place = QRectF(points[-1].x() + 6, points[-1].y() - _FACE / 2, _FACE, _FACE)
            image = to_qimage(face)
            painter.drawImage(fitted(place, image.size()), image)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the step nearest to the mouse."""
        here = event.position()
        best: tuple[float, Path2D, int] | None = None
        for path in self._map.paths:
            for place, point in enumerate(self._scaled(path)):
                away = (point - here).manhattanLength()
                if best is None or away < best[0]:
                    best = (away, path, path.indices[place])
        if best is not None and best[0] <= 2 * _REACH:
            self._go(best[1], best[2])

    def _go(self, path: Path2D, index: int) -> None:
        if path.node is not self._strip.node:
            self._branches.show(path.node)
        self._strip.model.set_current(self._strip.model.row_of(index))

    @Slot()
    def title_of_shown(self) -> str:
        """The shown take's name, for screen readers."""
        node = self._strip.node
        return one_line(self._strip.tree.title(node)) if node else ""
