"""The graph under the strip: the noise level as a line, the change per step as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPainterPath, QPen

from studio.engine.record import Frame
from studio.ui.filmstrip.geometry import AXIS_HEIGHT, GRAPH_HEIGHT, LABEL_WIDTH, Geometry
from studio.ui.theme import color

_PAD = 4
_DOTS_FROM, _TICK_ROOM = 12, 26  # px between columns; px that a number needs


@dataclass(frozen=True, slots=True)
class Curves:
    """Both curves scaled to 0 .. 1; sigma on a logarithmic scale."""

    sigma: tuple[float, ...]
    change: tuple[float, ...]


def curves(frames: Sequence[Frame]) -> Curves:
    """Scale sigma (log) and change (square root) of every frame to 0 .. 1; infinity is 1."""
    finite = [math.log(f.sigma) for f in frames if 0 < f.sigma < math.inf]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    span = high - low or 1.0
    top = max((f.change for f in frames), default=0.0) or 1.0

    def level(sigma: float) -> float:
        if sigma <= 0:
            return 0.0
        return 1.0 if math.isinf(sigma) else 0.06 + 0.94 * (math.log(sigma) - low) / span

    return Curves(
        tuple(level(f.sigma) for f in frames),
        tuple(math.sqrt(min(1.0, max(0.0, f.change) / top)) for f in frames),
    )


def paint_graph(
    painter: QPainter,
    geometry: Geometry,
    frames: Sequence[Frame],
    scroll: tuple[int, int],
    shape: Curves | None = None,
) -> None:
    """Draw the visible part of both curves under the lanes.

    scroll: horizontal, vertical. shape: the curves of the frames, where they are known already.
    """
    if not geometry.graph_height or not frames:
        return
    height = GRAPH_HEIGHT - AXIS_HEIGHT - 2 * _PAD
    base = geometry.graph_top(scroll[1]) + _PAD + height
    shape = shape or curves(frames)
    seen = [c for c in geometry.visible(scroll[0]) if c < len(frames)]
    _paint_sigma(painter, geometry, shape, seen, (scroll[0], base, height))
    painter.setPen(QPen(color("line"), 1))
    painter.drawLine(LABEL_WIDTH, base, geometry.width, base)
    bar = color("muted")
    bar.setAlpha(170)
    width = max(3.0, min(10.0, geometry.thumb_width * 0.18))
    for column in seen:
        tall = shape.change[column] * height
        middle = _middle(geometry, column, scroll[0])
        painter.fillRect(QRectF(middle - width / 2, base - tall, width, tall), bar)
    _paint_dots(painter, geometry, shape, seen, (scroll[0], base, height))
    _paint_axis(painter, geometry, frames, seen, (scroll[0], base))


def _middle(geometry: Geometry, column: int, scroll: int) -> float:
    return geometry.x_of(column, scroll) + geometry.thumb_width / 2


def _points(
    geometry: Geometry, shape: Curves, seen: Sequence[int], place: tuple[int, int, int]
) -> list[QPointF]:
    """The sigma curve. place: scroll, base line, height."""
    scroll, base, height = place
    return [
        QPointF(_middle(geometry, column, scroll), base - shape.sigma[column] * height)
        for column in seen
    ]


def _paint_sigma(
    painter: QPainter,
    geometry: Geometry,
    shape: Curves,
    seen: Sequence[int],
    place: tuple[int, int, int],
) -> None:
    """The noise that is left: a line over a ground that fades."""
    points = _points(geometry, shape, seen, place)
    if not points:
        return
    base, height = place[1], place[2]
    path = QPainterPath(points[0])
    for point in points[1:]:
        path.lineTo(point)
    ground = QPainterPath(path)
    ground.lineTo(points[-1].x(), base)
    ground.lineTo(points[0].x(), base)
    fade = QLinearGradient(0, base - height, 0, base)
    for at, alpha in ((0.0, 70), (1.0, 8)):
        ink = color("information")
        ink.setAlpha(alpha)
        fade.setColorAt(at, ink)
    painter.fillPath(ground, fade)
    painter.setPen(QPen(color("information"), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def _paint_dots(
    painter: QPainter,
    geometry: Geometry,
    shape: Curves,
    seen: Sequence[int],
    place: tuple[int, int, int],
) -> None:
    if geometry.pitch < _DOTS_FROM:
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color("information"))
    for point in _points(geometry, shape, seen, place):
        painter.drawEllipse(point, 2.2, 2.2)


def ticks_every(pitch: int) -> int:
    """Each how manieth step is numbered, so that the numbers do not touch."""
    return next((n for n in (1, 2, 5, 10, 20, 50, 100) if n * pitch >= _TICK_ROOM), 200)


def _paint_axis(
    painter: QPainter,
    geometry: Geometry,
    frames: Sequence[Frame],
    seen: Sequence[int],
    place: tuple[int, int],
) -> None:
    """The numbers of the steps, counted from 1, under the base line. place: scroll, base line."""
    scroll, base = place
    font = painter.font()
    small = painter.font()
    small.setPixelSize(10)
    painter.setFont(small)
    painter.setPen(color("muted"))
    every = ticks_every(geometry.pitch)
    for column in seen:
        number = frames[column].index + 1
        if frames[column].index >= frames[column].total or (number % every and number != 1):
            continue
        at = QRectF(_middle(geometry, column, scroll) - 24, base + 1, 48, AXIS_HEIGHT)
        painter.drawText(at, Qt.AlignmentFlag.AlignCenter, str(number))
    painter.setFont(font)
