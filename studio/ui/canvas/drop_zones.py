"""What may become of a dropped picture: zones over the canvas while something is dragged there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from studio.ui.theme import color, pixmap

_VEIL = QColor(18, 18, 20, 150)
_GROUND = QColor(28, 28, 31, 235)
_INK, _MUTED = QColor("#e8e6e3"), QColor("#b9bcc2")
_MARGIN, _GAP = 24.0, 12.0  # px
_LARGEST = (760.0, 420.0)  # px, of all zones together
_RADIUS = 10.0
_ICON = 28  # px


class Use(Enum):
    """What a dropped file or picture becomes: icon, title, words."""

    OPEN = ("mask", "Repaint it", "Open it here; Undo brings the old picture back")
    START = ("picture", "Start from it", "Image to image with the whole picture")
    REFERENCE = ("eye", "Keep it in sight", "A reference beside the canvas")
    MASK = ("invert", "Use it as mask", "White, or what is transparent, is repainted")
    SETTINGS = ("reuse", "Take its settings", "Prompt, seed and all that is stored in it")
    PROJECT = ("open", "Open the project", "Picture, mask, paint and settings")


_ON_EMPTY = {Use.OPEN: "Open it here and paint over what should change"}


@dataclass(frozen=True, slots=True)
class _Zone:
    use: Use
    rect: QRectF


class DropZones(QWidget):
    """Covers its parent while a drag is over it. The parent gets the drag's events."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.setObjectName("dropZones")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._uses: tuple[Use, ...] = ()
        self._is_empty = False
        self._current: Use | None = None
        self.hide()

    def offer(self, uses: tuple[Use, ...], *, is_empty: bool = False) -> None:
        """Show a zone for each use; the first is the large one. is_empty: nothing is replaced."""
        self._uses, self._current, self._is_empty = uses, None, is_empty
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()

    def point_at(self, place: QPointF) -> Use:
        """The use under the pointer, marked; beside all zones it is the first."""
        under = [zone.use for zone in self._zones() if zone.rect.contains(place)]
        current = under[0] if under else self._uses[0]
        if current is not self._current:
            self._current = current
            self.update()
        return current

    def place_of(self, use: Use) -> QPointF:
        """The middle of a use's zone."""
        return next(zone.rect.center() for zone in self._zones() if zone.use is use)

    def _zones(self) -> list[_Zone]:
        """The first use at the left, the others one above the other at the right."""
        room = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        field = QRectF(0, 0, min(room.width(), _LARGEST[0]), min(room.height(), _LARGEST[1]))
        field.moveCenter(room.center())
        if len(self._uses) < 2:
            return [_Zone(use, field) for use in self._uses]
        left = QRectF(field.topLeft(), field.bottomRight())
        left.setWidth((field.width() - _GAP) * 0.46)
        zones, count = [_Zone(self._uses[0], left)], len(self._uses) - 1
        height = (field.height() - _GAP * (count - 1)) / count
        for number, use in enumerate(self._uses[1:]):
            top = field.top() + number * (height + _GAP)
            width = field.right() - left.right() - _GAP
            zones.append(_Zone(use, QRectF(left.right() + _GAP, top, width, height)))
        return zones

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The veil and the zones, the one under the pointer in the accent's colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _VEIL)
        for number, zone in enumerate(self._zones()):
            self._draw(painter, zone, is_large=number == 0)

    def _draw(self, painter: QPainter, zone: _Zone, *, is_large: bool) -> None:
        is_current = zone.use is self._current
        pen = QPen(QColor(255, 255, 255, 60), 1.0, Qt.PenStyle.DashLine)
        painter.setPen(QPen(color("accent"), 2.0) if is_current else pen)
        painter.setBrush(_GROUND)
        painter.drawRoundedRect(zone.rect, _RADIUS, _RADIUS)
        name, title, words = zone.use.value
        words = _ON_EMPTY.get(zone.use, words) if self._is_empty else words
        image = pixmap(name, "accent" if is_current else "strong_line", size=_ICON,
                       ratio=self.devicePixelRatioF())  # fmt: skip
        inner = zone.rect.adjusted(16, 12, -16, -12)
        if is_large:
            top = inner.center().y() - 48
            painter.drawPixmap(QPointF(inner.center().x() - _ICON / 2, top), image)
            text = QRectF(inner.left(), top + _ICON + 10, inner.width(), inner.bottom() - top)
            self._write(painter, text, title, words, Qt.AlignmentFlag.AlignHCenter)
        else:
            painter.drawPixmap(QPointF(inner.left(), inner.center().y() - _ICON / 2), image)
            text = inner.adjusted(_ICON + 14, 0, 0, 0)
            text.setTop(inner.center().y() - 20)
            self._write(painter, text, title, words, Qt.AlignmentFlag.AlignLeft)

    def _write(
        self, painter: QPainter, place: QRectF, title: str, words: str, align: Qt.AlignmentFlag
    ) -> None:
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(_INK)
        painter.drawText(place, align | Qt.AlignmentFlag.AlignTop, title)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(_MUTED)
        below = place.adjusted(0, self.fontMetrics().height() + 4, 0, 0)
        painter.drawText(below, align | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, words)
