"""The graph under the strip: the noise level as a line, the change per step as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from studio.engine.record import Frame
from studio.ui.filmstrip.geometry import GRAPH_HEIGHT, LABEL_WIDTH, Geometry
from studio.ui.theme import color

_PAD = 6


@dataclass(frozen=True, slots=True)
class Curves:
    """Both curves scaled to 0 .. 1; sigma on a logarithmic scale."""

    sigma: tuple[float, ...]
    change: tuple[float, ...]


def curves(frames: Sequence[Frame]) -> Curves:
    """Scale sigma (log) and change of every frame to 0 .. 1; infinity is 1, zero is 0."""
    finite = [math.log(f.sigma) for f in frames if 0 < f.sigma < math.inf]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    span = high - low or 1.0
    top = max((f.change for f in frames), default=0.0) or 1.0

    def level(sigma: float) -> float:
        if sigma <= 0:
            return 0.0
        return 1.0 if math.isinf(sigma) else 0.06 + 0.94 * (math.log(sigma) - low) / span

    return Curves(
        tuple(level(f.sigma) for f in frames), tuple(min(1.0, f.change / top) for f in frames)
    )


def paint_graph(
    painter: QPainter,
    geometry: Geometry,
    frames: Sequence[Frame],
    scroll: tuple[int, int],
) -> None:
    """Draw the visible part of both curves under the lanes. scroll: horizontal, vertical."""
    if not geometry.graph_height or not frames:
        return
    top = geometry.graph_top(scroll[1])
    height = GRAPH_HEIGHT - 2 * _PAD
    base = top + _PAD + height
    shape = curves(frames)
    seen = [c for c in geometry.visible(scroll[0]) if c < len(frames)]
    painter.setPen(QPen(color("line"), 1))
    painter.drawLine(LABEL_WIDTH, base, geometry.width, base)
    bar = color("muted")
    bar.setAlpha(110)
    width = max(3.0, min(14.0, geometry.thumb_width * 0.22))
    for column in seen:
        tall = shape.change[column] * height
        middle = geometry.x_of(column, scroll[0]) + geometry.thumb_width / 2
        painter.fillRect(QRectF(middle - width / 2, base - tall, width, tall), bar)
    _paint_line(painter, geometry, shape, seen, (scroll[0], base, height))


def _paint_line(
    painter: QPainter,
    geometry: Geometry,
    shape: Curves,
    seen: Sequence[int],
    place: tuple[int, int, int],
) -> None:
    """The sigma curve with a dot per step. place: scroll, base line, height."""
    scroll, base, height = place
    points = [
        QPointF(
            geometry.x_of(column, scroll) + geometry.thumb_width / 2,
            base - shape.sigma[column] * height,
        )
        for column in seen
    ]
    if not points:
        return
    path = QPainterPath(points[0])
    for point in points[1:]:
        path.lineTo(point)
    painter.setPen(QPen(color("information"), 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color("information"))
    for point in points:
        painter.drawEllipse(point, 2.2, 2.2)
