"""Paints the strip: lanes as rows, steps as columns, one amber frame at the scrub position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPen

from studio.engine.record import Frame
from studio.library.strip_words import LANE, summary, why_missing
from studio.ui.filmstrip.geometry import AXIS_HEIGHT, GAP, LABEL_WIDTH, MARGIN, Geometry
from studio.ui.filmstrip.graph import Curves, paint_graph
from studio.ui.filmstrip.thumbnails import Thumbnails
from studio.ui.theme import color

INVITATION = (
    "Every step of a picture appears here while it is made: what the model sees, what it expects, "
    "and where your prompt pulls. Afterwards you can go back to any step and continue differently."
)
_RADIUS = 3.0
INHERITED = 0.55  # opacity of the steps that a fork has from the take it left


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What to paint: the strip's data and the state of the mouse and the marks."""

    frames: Sequence[Frame]
    lanes: Sequence[str]
    geometry: Geometry
    scroll: tuple[int, int]  # horizontal, vertical
    current: int
    hovered: int = -1
    hovered_lane: int = -1
    marks: Mapping[int, str] = field(default_factory=dict)  # row -> "A", "B"
    forks: frozenset[int] = frozenset()  # rows from which other takes left
    curves: Curves | None = None  # of the frames; None = to be computed
    fork_row: int = -1  # the first row of its own, if the take is a fork


def paint_strip(painter: QPainter, scene: Scene, thumbnails: Thumbnails, ratio: float) -> None:
    """Paint the whole visible strip. ratio: device pixels per pixel."""
    g, (left, top) = scene.geometry, scene.scroll
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.save()
    painter.setClipRect(QRect(LABEL_WIDTH - 2, 0, g.width, g.height))
    size = QSize(g.thumb_width, g.thumb_height)
    for column in g.visible(left):
        for row, lane in enumerate(scene.lanes):
            place = QRect(g.x_of(column, left), g.y_of(row, top), size.width(), size.height())
            frame = scene.frames[column] if column < len(scene.frames) else None
            pixmap = thumbnails.get(column, lane, frame, size, ratio) if frame else None
            if pixmap is None:
                _paint_slot(painter, place, is_open=frame is None)
                continue
            painter.setOpacity(INHERITED if column < scene.fork_row else 1.0)
            painter.drawPixmap(place.topLeft(), pixmap)
    painter.setOpacity(1.0)
    paint_graph(painter, g, scene.frames, scene.scroll, scene.curves)
    _paint_fork_line(painter, scene)
    _paint_marks(painter, scene)
    _paint_scrub(painter, scene)
    painter.restore()
    _paint_labels(painter, scene)
    _paint_reasons(painter, scene)
    _paint_chip(painter, scene)


def _paint_slot(painter: QPainter, place: QRect, *, is_open: bool) -> None:
    """An empty place: outlined while its step is to come, filled faintly where it never comes."""
    line = color("line")
    line.setAlpha(150 if is_open else 70)
    painter.setPen(QPen(line, 1) if is_open else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if is_open else line)
    painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)


def _column_frame(scene: Scene, column: int) -> QRectF:
    g, (left, top) = scene.geometry, scene.scroll
    return QRectF(
        g.x_of(column, left) - 2, g.y_of(0, top) - 2, g.thumb_width + 4, g.lanes_height + 4
    )


def _paint_scrub(painter: QPainter, scene: Scene) -> None:
    """The hovered column, and the one amber frame through all lanes down into the graph."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if 0 <= scene.hovered < len(scene.frames) and scene.hovered != scene.current:
        glow = color("text")
        glow.setAlpha(90)
        painter.setPen(QPen(glow, 1))
        painter.drawRoundedRect(_column_frame(scene, scene.hovered), _RADIUS + 1, _RADIUS + 1)
    if not 0 <= scene.current < len(scene.frames):
        return
    amber = color("accent")
    place = _column_frame(scene, scene.current)
    painter.setPen(QPen(amber, 2))
    painter.drawRoundedRect(place, _RADIUS + 1, _RADIUS + 1)
    g = scene.geometry
    if g.graph_height:
        x = place.center().x()
        foot = g.graph_top(scene.scroll[1]) + g.graph_height - AXIS_HEIGHT - 4
        painter.setPen(QPen(amber, 1.4))
        painter.drawLine(QPointF(x, place.bottom()), QPointF(x, foot))


def _paint_marks(painter: QPainter, scene: Scene) -> None:
    """A and B on their columns; a small branch where another take was forked."""
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    for column, letter in scene.marks.items():
        place = _column_frame(scene, column)
        badge = QRectF(place.left() + 4, place.top() + 4, 17, 17)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("accent"))
        painter.drawRoundedRect(badge, 4, 4)
        painter.setPen(color("accent_text"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, letter)
    font.setBold(False)
    painter.setFont(font)
    for column in scene.forks:
        place = _column_frame(scene, column)
        _paint_branch(painter, QPointF(place.right() - 6, place.top() + 3))


def _paint_fork_line(painter: QPainter, scene: Scene) -> None:
    """Left of this line the steps are the parent's."""
    g, (left, top) = scene.geometry, scene.scroll
    if not 0 < scene.fork_row < g.columns:
        return
    x = g.x_of(scene.fork_row, left) - GAP / 2
    pen = QPen(color("text"), 1)
    pen.setStyle(Qt.PenStyle.DotLine)
    painter.setPen(pen)
    foot = g.y_of(0, top) + g.lanes_height + g.graph_height
    painter.drawLine(QPointF(x, g.y_of(0, top) - 2), QPointF(x, foot))


def paint_invitation(painter: QPainter, place: QRect) -> None:
    """What an empty strip says."""
    painter.setPen(color("muted"))
    flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
    painter.drawText(place.adjusted(24, 8, -24, -8), flags, INVITATION)


def _paint_branch(painter: QPainter, at: QPointF) -> None:
    path = QPainterPath(at + QPointF(-4, 0))
    path.cubicTo(at + QPointF(-4, 6), at + QPointF(3, 4), at + QPointF(3, 10))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color("panel"), 4))
    painter.drawPath(path)
    painter.setPen(QPen(color("text"), 1.8))
    painter.drawPath(path)
    painter.setBrush(color("text"))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(at + QPointF(3, 10), 2.6, 2.6)


def _paint_labels(painter: QPainter, scene: Scene) -> None:
    """The lanes' names at the left; they stay while the strip scrolls under them."""
    g, top = scene.geometry, scene.scroll[1]
    painter.setPen(color("muted"))
    align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    for row, lane in enumerate(scene.lanes):
        place = QRect(MARGIN, g.y_of(row, top), LABEL_WIDTH - MARGIN - 4, g.thumb_height)
        painter.drawText(place, align | Qt.TextFlag.TextWordWrap, LANE[lane].label)
    if g.graph_height and scene.frames:
        y = g.graph_top(top) + 8
        painter.setPen(color("information"))
        painter.drawText(QRect(MARGIN, y, LABEL_WIDTH - MARGIN, 18), align, "noise σ")
        painter.setPen(color("muted"))
        painter.drawText(QRect(MARGIN, y + 18, LABEL_WIDTH - MARGIN, 18), align, "change")


def _paint_reasons(painter: QPainter, scene: Scene) -> None:
    """One sentence across a lane that has no picture at any step."""
    g, top = scene.geometry, scene.scroll[1]
    said = set[str]()
    for row, lane in enumerate(scene.lanes):
        reason = why_missing(lane, scene.frames)
        if not reason or reason in said:
            continue
        said.add(reason)
        metrics = QFontMetrics(painter.font())
        width = min(metrics.horizontalAdvance(reason) + 24, g.width - LABEL_WIDTH - 2 * GAP)
        middle = g.y_of(row, top) + g.thumb_height / 2
        _paint_label(painter, QRectF(LABEL_WIDTH + GAP, middle - 13, width, 26), reason)


def _paint_chip(painter: QPainter, scene: Scene) -> None:
    """Step, sigma and time of the hovered column, or why this one thumbnail is missing."""
    if not 0 <= scene.hovered < len(scene.frames):
        return
    g, left = scene.geometry, scene.scroll[0]
    text = summary(scene.frames[scene.hovered])
    if 0 <= scene.hovered_lane < len(scene.lanes):
        lane = scene.lanes[scene.hovered_lane]
        if why_missing(lane, scene.frames) == "":
            text = why_missing(lane, scene.frames, scene.hovered) or text
    width = QFontMetrics(painter.font()).horizontalAdvance(text) + 20
    middle = g.x_of(scene.hovered, left) + g.thumb_width / 2
    x = max(LABEL_WIDTH, min(middle - width / 2, g.width - width - 4))
    lowest = g.height - 28  # with many lanes the graph lies under the edge
    y = lowest if not g.graph_height else min(lowest, g.graph_top(scene.scroll[1]) + 2)
    _paint_label(painter, QRectF(x, y, width, 24), text)


def _paint_label(painter: QPainter, place: QRectF, text: str) -> None:
    back = color("panel")
    back.setAlpha(235)
    painter.setPen(QPen(color("line"), 1))
    painter.setBrush(back)
    painter.drawRoundedRect(place, 8, 8)
    painter.setPen(color("text"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
