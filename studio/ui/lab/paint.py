"""Paints a figure of the laboratory with QPainter: the third renderer beside SVG and PNG."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import assert_never

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
)

from studio.lab.around import Spot, around
from studio.lab.figure import (
    Arrows,
    Dots,
    Figure,
    Floats,
    Heat,
    Ink,
    Layer,
    Line,
    Segments,
    Stamps,
    Viewport,
    Words,
    arrow_heads,
    heat_pixels,
    viewport_of,
)
from studio.ui.qimage import to_qimage
from studio.ui.theme import Theme

MANY_ARROWS = 300


def ink_of(theme: Theme) -> Ink:
    """The colours of figures in a theme of the window."""
    is_dark = theme.name == "dark"
    return Ink(
        ground=theme.window, plane=theme.panel, line=theme.line,
        text=theme.text, muted=theme.muted, accent=theme.accent if is_dark else theme.accent_ink,
        classes=("#6ea8d8", "#7fb069", "#e07a9b") if is_dark else ("#2b6ca3", "#3f7a2b", "#b3345f"),
        model=theme.accent if is_dark else theme.accent_ink, noise=theme.information,
        plus=theme.plus, minus=theme.minus, cold=theme.panel,
        warm="#7d5320" if is_dark else "#f3c98a",
    )  # fmt: skip


def paint_figure(painter: QPainter, figure: Figure, width: float, height: float) -> Viewport:
    """Paint the figure into width x height px at the origin; return where its data lie."""
    viewport = viewport_of(figure, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, width, height), QColor(figure.ink.ground))
    plane = QRectF(viewport.left, viewport.top, viewport.width, viewport.height)
    painter.fillRect(plane, QColor(figure.ink.plane))
    painter.save()
    painter.setClipRect(plane)
    for layer in figure.layers:
        painter.save()
        _paint_layer(painter, layer, viewport)
        painter.restore()
    painter.restore()
    _paint_around(painter, figure, viewport)
    return viewport


def _paint_layer(painter: QPainter, layer: Layer, viewport: Viewport) -> None:
    match layer:
        case Dots():
            _paint_dots(painter, layer, viewport)
        case Line():
            _paint_line(painter, layer, viewport.px(layer.xy))
        case Segments():
            painter.setOpacity(layer.opacity)
            painter.setPen(QPen(QColor(layer.color), layer.width))
            ends = viewport.px(layer.xy).reshape(-1, 2, 2)
            _draw_lines(painter, ends[:, 0], ends[:, 1])
        case Arrows():
            _paint_arrows(painter, layer, viewport)
        case Heat():
            _paint_heat(painter, layer, viewport)
        case Words():
            x, y = viewport.px(np.array([[layer.x, layer.y]]))[0]
            _write(painter, x, y, layer.text, layer.color, layer.size, layer.anchor)
        case Stamps():
            painter.setOpacity(layer.opacity)
            for (x, y), pixels in zip(viewport.px(layer.xy), layer.pictures, strict=True):
                height, width = pixels.shape[:2]
                painter.drawImage(QPointF(x - width / 2, y - height / 2), to_qimage(pixels))
        case _:
            assert_never(layer)


def _paint_dots(painter: QPainter, layer: Dots, viewport: Viewport) -> None:
    """Stamp one small picture of a dot; a thousand round pen points cost seven times as much."""
    painter.setOpacity(layer.opacity)
    ratio = painter.device().devicePixelRatio()
    stamp = _dot(layer.color, layer.radius, ratio)
    half = stamp.width() / ratio / 2
    for x, y in (viewport.px(layer.xy) - half).tolist():
        painter.drawPixmap(QPointF(x, y), stamp)


@lru_cache(maxsize=64)
def _dot(color: str, radius: float, ratio: float) -> QPixmap:
    side = 2 * math.ceil(radius + 1)
    stamp = QPixmap(round(side * ratio), round(side * ratio))
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(QPointF(side / 2, side / 2), radius, radius)
    painter.end()
    return stamp


def _paint_line(painter: QPainter, layer: Line, points: Floats) -> None:
    painter.setOpacity(layer.opacity)
    pen = QPen(QColor(layer.color), layer.width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setStyle(Qt.PenStyle.DashLine if layer.is_dashed else Qt.PenStyle.SolidLine)
    painter.setPen(pen)
    painter.drawPolyline([QPointF(x, y) for x, y in points.tolist()])


def _paint_arrows(painter: QPainter, layer: Arrows, viewport: Viewport) -> None:
    start = viewport.px(layer.xy)
    end = viewport.px(np.asarray(layer.xy) + layer.delta)
    painter.setOpacity(layer.opacity)
    painter.setPen(QPen(QColor(layer.color), layer.width))
    _draw_lines(painter, start, end)
    if len(start) > MANY_ARROWS:
        _paint_quick_heads(painter, layer, start, end)
        return
    heads = QPainterPath()
    for (ax, ay), (bx, by), (cx, cy) in arrow_heads(start, end, layer.head).tolist():
        heads.moveTo(ax, ay)
        heads.lineTo(bx, by)
        heads.lineTo(cx, cy)
        heads.closeSubpath()
    painter.fillPath(heads, QColor(layer.color))


def _draw_lines(painter: QPainter, start: Floats, end: Floats) -> None:
    pairs = np.concatenate([start, end], axis=1).tolist()
    painter.drawLines([QLineF(*pair) for pair in pairs])


def _paint_quick_heads(painter: QPainter, layer: Arrows, start: Floats, end: Floats) -> None:
    """Heads as two short, ever thinner lines: true triangles would take a third of a frame."""
    base = arrow_heads(start, end, layer.head)[:, 1:].mean(axis=1)
    for width, first, last in ((layer.head * 0.9, 0.0, 0.5), (layer.head * 0.5, 0.4, 0.85)):
        pen = QPen(QColor(layer.color), width)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        _draw_lines(painter, base + first * (end - base), base + last * (end - base))


def _paint_heat(painter: QPainter, layer: Heat, viewport: Viewport) -> None:
    pixels = np.ascontiguousarray(heat_pixels(layer))
    height, width, _ = pixels.shape
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    x0, x1, y0, y1 = layer.extent
    (left, top), (right, bottom) = viewport.px(np.array([[x0, y1], [x1, y0]]))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(left, top, right - left, bottom - top), image)


def _write(painter: QPainter, x: float, y: float, text: str, color: str, size: float,
           anchor: str = "start") -> None:  # fmt: skip
    """Write one line on the base line y."""
    font = QFont(painter.font())
    font.setPixelSize(round(size))
    painter.setFont(font)
    painter.setPen(QColor(color))
    width = QFontMetricsF(font).horizontalAdvance(text)
    shift = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    painter.drawText(QPointF(x - shift, y), text)


def _width(words: str, size: float) -> float:
    font = QFont()
    font.setPixelSize(round(size))
    return QFontMetricsF(font).horizontalAdvance(words)


def _paint_around(painter: QPainter, figure: Figure, viewport: Viewport) -> None:
    """Title, note, legend and axes."""
    for piece in around(figure, viewport, _width):
        if isinstance(piece, Spot):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(piece.color))
            painter.drawEllipse(QPointF(piece.x, piece.y), piece.radius, piece.radius)
            continue
        painter.save()
        painter.translate(piece.x, piece.y)
        painter.rotate(-90 if piece.is_upright else 0)
        _write(painter, 0, 0, piece.words, piece.color, piece.size, piece.anchor)
        painter.restore()
