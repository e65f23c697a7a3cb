"""A term as a chip: sign, picture or words, weight. Click flips the sign, the wheel weighs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from studio.concepts.expression import Term
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.plain import one_line, set_plain_tip
from studio.ui.theme import color, pixmap

HEIGHT, PICTURE_HEIGHT, SMALL_PICTURE = 28, 72, 40  # px
PAD, SIGN_WIDTH, CLOSE_WIDTH = 8, 22, 20
WORDS_MAX = 28  # characters
_ANGLE_STEP = 120  # of a wheel notch, in eighths of a degree


class Chip(QWidget):
    """One term. Keys: Space or Enter flips, + and - weigh, Delete removes.

    Signals:
        flip_wanted(int), remove_wanted(int): the place of the term.
        weigh_wanted(int, int): place and wheel steps.
    """

    flip_wanted = Signal(int)
    remove_wanted = Signal(int)
    weigh_wanted = Signal(int, int)

    def __init__(self, place: int, term: Term, thumbs: Thumbs, *, is_small: bool = False) -> None:
        super().__init__()
        self._side = SMALL_PICTURE if is_small else PICTURE_HEIGHT
        self.place, self.term, self._thumbs = place, term, thumbs
        self._turned = 0
        self.setObjectName(f"conceptChip{place}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(self.sizeHint())
        sign = "plus" if term.sign > 0 else "minus"
        self.setAccessibleName(f"{sign} {self._words()}, weight {term.weight:g}")
        hint = "Click the sign to flip it, turn the wheel for the weight, Delete removes."
        set_plain_tip(self, f"{term.value}\n{hint}")
        if term.kind == "picture":
            thumbs.arrived.connect(self.update)

    def _words(self) -> str:
        if self.term.kind == "text":
            return one_line(self.term.value, WORDS_MAX)
        return one_line(Path(self.term.value).name, WORDS_MAX)

    def _weight(self) -> str:
        return "" if self.term.weight == 1 else f"×{round(self.term.weight, 2):g}"

    def sizeHint(self) -> QSize:
        """Pictures are shown large, words on one line."""
        metrics = self.fontMetrics()
        weight = metrics.horizontalAdvance(self._weight()) + PAD if self._weight() else 0
        if self.term.kind == "picture":
            return QSize(SIGN_WIDTH + self._side + max(weight, CLOSE_WIDTH) + PAD,
                         self._side + 8)  # fmt: skip
        width = metrics.horizontalAdvance(self._words())
        return QSize(SIGN_WIDTH + width + weight + CLOSE_WIDTH + PAD, HEIGHT)

    def _close_box(self) -> QRect:
        return QRect(self.width() - CLOSE_WIDTH, 0, CLOSE_WIDTH, min(self.height(), HEIGHT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pill in the colour of its sign."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        tone = color("plus" if self.term.sign > 0 else "minus")
        ground = color("raised")
        painter.setPen(QPen(color("accent") if self.hasFocus() else tone, 1.2))
        painter.setBrush(ground)
        radius = 8 if self.term.kind == "picture" else HEIGHT / 2 - 1
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), radius, radius)
        painter.setPen(tone)
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        sign = "+" if self.term.sign > 0 else "−"
        painter.drawText(QRect(0, 0, SIGN_WIDTH, self.height()), Qt.AlignmentFlag.AlignCenter, sign)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(color("text"))
        if self.term.kind == "picture":
            self._paint_picture(painter)
        else:
            painter.drawText(self.rect().adjusted(SIGN_WIDTH, 0, -CLOSE_WIDTH, 0),
                             Qt.AlignmentFlag.AlignVCenter, self._words())  # fmt: skip
        self._paint_end(painter)

    def _paint_picture(self, painter: QPainter) -> None:
        box = QRect(SIGN_WIDTH, 4, self._side, self._side)
        picture = self._thumbs.get(self.term.value)
        if picture is None:
            painter.fillRect(box, color("field"))
            is_broken = self._thumbs.is_broken(self.term.value)
            sign: QPixmap = pixmap("warning" if is_broken else "picture", "muted", 20, 2.0)
            if self._side < PICTURE_HEIGHT:
                painter.drawPixmap(box.center().x() - 10, box.center().y() - 10, sign)
                return
            painter.drawPixmap(box.center().x() - 10, box.top() + 12, sign)
            painter.setPen(color("minus" if is_broken else "muted"))
            words = "missing" if is_broken else self._words()
            painter.drawText(box.adjusted(2, 34, -2, 0), Qt.AlignmentFlag.AlignHCenter
                             | Qt.TextFlag.TextWrapAnywhere, words)  # fmt: skip
            return
        size = picture.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(box.topLeft(), size)
        place.moveCenter(box.center())
        painter.drawPixmap(place, picture)

    def _paint_end(self, painter: QPainter) -> None:
        painter.setPen(color("muted"))
        box = self._close_box()
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "×")
        if self._weight():
            painter.setPen(color("accent_ink"))
            is_low = self.term.kind == "picture"
            margins = (0, 0, -4, -6) if is_low else (0, 0, -CLOSE_WIDTH, 0)
            upright = Qt.AlignmentFlag.AlignBottom if is_low else Qt.AlignmentFlag.AlignVCenter
            place, align = self.rect().adjusted(*margins), Qt.AlignmentFlag.AlignRight | upright
            painter.drawText(place, align, self._weight())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The sign flips, the cross removes."""
        place = event.position().toPoint()
        if self._close_box().contains(place):
            self.remove_wanted.emit(self.place)
        elif place.x() < SIGN_WIDTH:
            self.flip_wanted.emit(self.place)
        else:
            super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Weigh."""
        self._turned += event.angleDelta().y()
        steps = int(self._turned / _ANGLE_STEP)
        self._turned -= steps * _ANGLE_STEP
        if steps:
            self.weigh_wanted.emit(self.place, steps)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Everything that the mouse can do."""
        match event.key():
            case Qt.Key.Key_Space | Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.flip_wanted.emit(self.place)
            case Qt.Key.Key_Plus | Qt.Key.Key_Up:
                self.weigh_wanted.emit(self.place, 1)
            case Qt.Key.Key_Minus | Qt.Key.Key_Down:
                self.weigh_wanted.emit(self.place, -1)
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.remove_wanted.emit(self.place)
            case _:
                super().keyPressEvent(event)
