"""The small dark labels that lie on the canvas: the caption, and the zoom with its buttons."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.ui.plain import one_line, set_plain_tip

_BACK = QColor(20, 20, 22, 200)
_INK = QColor("#e8e6e3")
_CAPTION_LIMIT = 200  # characters
FLAT = (  # the style of buttons on the picture
    "QPushButton { color: #e8e6e3; background: transparent; border: none; padding: 3px 7px; }"
    "QPushButton:hover { color: #f0a23c; }"
    "QPushButton:checked { color: #f0a23c; }"
    "QPushButton:focus { text-decoration: underline; }"
)


class Caption(QWidget):
    """One line of literal text on a rounded dark ground; hidden while empty."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("canvasCaption")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = ""
        self.hide()

    def text(self) -> str:
        """What is shown."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show `text` as it is, on one line; an empty text hides the label."""
        text = one_line(text, _CAPTION_LIMIT)
        if text == self._text:
            return
        self._text = text
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """The text's size plus the padding."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text) + 26, metrics.height() + 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ground and the text, cut in the middle if there is no room."""
        painter = QPainter(self)
        paint_ground(painter, self)
        painter.setPen(_INK)
        room = self.width() - 24
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)


class ZoomChip(QWidget):
    """Fit and 100 % as buttons, with the zoom between them.

    Signals:
        fit_asked(), actual_size_asked(): a button was pressed.
    """

    fit_asked = Signal()
    actual_size_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("canvasZoom")
        self._fit = _flat_button("Fit", "Show the whole picture  (Ctrl+0)", self)
        self._zoom = _flat_button("100 %", "One picture pixel per screen pixel  (1, Ctrl+1)", self)
        self._fit.clicked.connect(self.fit_asked)
        self._zoom.clicked.connect(self.actual_size_asked)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 2, 6, 2)
        self._row.setSpacing(0)
        self._row.addWidget(self._fit)
        self._row.addWidget(self._zoom)

    def set_zoom(self, zoom: float, *, is_fitted: bool) -> None:
        """Show the zoom in per cent; Fit is marked while the picture follows the window."""
        percent = zoom * 100
        self._zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")
        font = self._fit.font()
        font.setBold(is_fitted)
        self._fit.setFont(font)

    def add_button(self, button: QWidget) -> None:
        """Put another button to the right, e.g. a comparison."""
        self._row.addWidget(button)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rounded ground."""
        paint_ground(QPainter(self), self)


def paint_ground(painter: QPainter, widget: QWidget) -> None:
    """The rounded, dark, translucent ground of everything that lies on the picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_BACK)
    radius = min(widget.height() / 2, 12.0)
    painter.drawRoundedRect(QRectF(widget.rect()), radius, radius)


class Choice(QWidget):
    """A few words on a dark ground, of which one is chosen.

    Signals:
        chosen(int): another one was pressed.
    """

    chosen = Signal(int)

    def __init__(self, words: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 2)
        row.setSpacing(0)
        self._buttons = [_flat_button(word, word, self) for word in words]
        for number, button in enumerate(self._buttons):
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.clicked.connect(partial(self.chosen.emit, number))
            row.addWidget(button)

    def set_current(self, number: int) -> None:
        """Mark one of them."""
        self._buttons[number].setChecked(True)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rounded ground."""
        paint_ground(QPainter(self), self)


def paint_chip(painter: QPainter, corner: QPointF, text: str, *, is_above: bool = False) -> None:
    """A short literal text on a rounded dark ground. corner: its upper left, or its lower left."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text) + 16, metrics.height() + 6
    top = corner.y() - height if is_above else corner.y()
    rect = QRectF(corner.x(), top, max(width, height), height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_BACK)
    painter.drawRoundedRect(rect, height / 2, height / 2)
    painter.setPen(_INK)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _flat_button(text: str, tip: str, parent: QWidget) -> QPushButton:
    button = QPushButton(text, parent)
    button.setFlat(True)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setStyleSheet(FLAT)
    set_plain_tip(button, tip)
    return button
