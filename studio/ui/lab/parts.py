"""Small parts of the pages on pictures: buttons, lines of controls, a table of pictures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QImageWriter,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.engine.request import Pixels
from studio.ui import theme
from studio.ui.controls import STEP, Combo, FieldLabel, HelpButton, Slider
from studio.ui.plain import PlainLabel, plain_label, set_plain_tip
from studio.ui.qimage import to_qimage
from studio.ui.theme import set_icon

LABEL_WIDTH = 78  # px
CARD_PX = 176.0  # of a picture under the mouse


def button(
    words: str, name: str, slot: Callable[[], object], *, icon: str = "", tip: str = "",
    role: str = "",
) -> QPushButton:  # fmt: skip
    """A push button. slot: a bound method of a QObject."""
    made = QPushButton(words)
    made.setObjectName(name)
    if role:
        made.setProperty("role", role)
    if icon:
        set_icon(made, icon)
    if tip:
        set_plain_tip(made, tip)
    made.clicked.connect(slot)
    return made


def side_by_side(*widgets: QWidget) -> QHBoxLayout:
    """Widgets in a line, the room after them free."""
    line = QHBoxLayout()
    line.setSpacing(2 * STEP)
    for widget in widgets:
        line.addWidget(widget)
    line.addStretch(1)
    return line


def labelled(title: str, words: str, *controls: QWidget) -> QWidget:
    """Label, controls, question mark: as the rows of the plane's experiments."""
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(2 * STEP)
    label = FieldLabel(title)
    label.setFixedWidth(LABEL_WIDTH)
    line.addWidget(label)
    for control in controls:
        control.setAccessibleName(title)
        set_plain_tip(control, words)
        line.addWidget(control, 1 if isinstance(control, (Slider, Combo)) else 0)
    line.addWidget(HelpButton(title, words))
    return row


class Controls(QWidget):
    """A column of headings, rows and words in the panel beside a page on pictures."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2 * STEP)

    def heading(self, text: str) -> None:
        """A small heading with some air above it."""
        self.column.addSpacing(STEP)
        self.column.addWidget(plain_label(text, role="heading"))

    def muted(self, text: str = "") -> PlainLabel:
        """Words that wrap."""
        label = plain_label(text, role="muted")
        label.setWordWrap(True)
        self.column.addWidget(label)
        return label


class PictureTable(QWidget):
    """A ground for painted pictures and words; subclasses implement `draw`.

    What is painted with `picture` is shown larger under the mouse.
    """

    def __init__(self, name: str, about: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(about)
        self.setMinimumSize(280, 240)
        self.setMouseTracking(True)
        self._cells: list[tuple[QRectF, Pixels, str]] = []
        self._mouse: QPointF | None = None
        theme.switch().theme_changed.connect(self._on_theme)

    @Slot(object)
    def _on_theme(self, _theme: object) -> None:
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, then what `draw` paints."""
        painter = QPainter(self)
        self.paint_all(painter)
        self._paint_card(painter)

    def paint_all(self, painter: QPainter) -> None:
        """Everything but what follows the mouse; also onto paper."""
        painter.fillRect(self.rect(), QColor(theme.current().window))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._cells = []
        self.draw(painter)

    def picture(self, painter: QPainter, box: QRectF, pixels: Pixels | None,
                words: str = "") -> None:  # fmt: skip
        """Paint a picture; with words it is shown larger under the mouse."""
        paint_picture(painter, box, pixels)
        if pixels is not None and words:
            self._cells.append((box, pixels, words))

    def _paint_card(self, painter: QPainter) -> None:
        mouse = self._mouse
        if mouse is None:
            return
        cell = next((cell for cell in self._cells if cell[0].contains(mouse)), None)
        if cell is None or cell[0].width() >= CARD_PX:
            return
        box, tokens = cell[0], theme.current()
        left = box.right() + 10 if box.right() + CARD_PX + 30 < self.width() else (
            box.left() - CARD_PX - 26)  # fmt: skip
        top = min(max(box.center().y() - CARD_PX / 2, 8.0), self.height() - CARD_PX - 40.0)
        painter.setPen(QPen(QColor(tokens.line)))
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(QRectF(left, top, CARD_PX + 16, CARD_PX + 34), 6, 6)
        paint_picture(painter, QRectF(left + 8, top + 8, CARD_PX, CARD_PX), cell[1])
        write(painter, QRectF(left + 8, top + CARD_PX + 10, CARD_PX, 20), cell[2], size=11)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what is under the mouse larger."""
        self._mouse = event.position()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Show nothing larger."""
        self._mouse = None
        self.update()

    def draw(self, painter: QPainter) -> None:
        """Paint everything; subclasses."""

    def say(self, painter: QPainter, words: str) -> None:
        """One sentence in the middle: there is nothing to be seen yet."""
        painter.setPen(QColor(theme.current().muted))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(40, 0, -40, 0), int(flags), words)


def write(
    painter: QPainter, box: QRectF, words: str, token: str = "text", *, size: int = 12,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft, is_bold: bool = False,
) -> None:  # fmt: skip
    """One line of words within a box, cut at its end if it is too long. token: of the theme."""
    font = QFont(painter.font())
    font.setPixelSize(size)
    font.setBold(is_bold)
    painter.setFont(font)
    painter.setPen(theme.color(token))
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, int(align | Qt.AlignmentFlag.AlignVCenter), shown)


def paint_picture(painter: QPainter, box: QRectF, pixels: Pixels | None) -> None:
    """A picture fitted into a box; an empty frame where there is none."""
    if pixels is None:
        painter.fillRect(box, theme.color("panel"))
        return
    height, width = pixels.shape[:2]
    scale = min(box.width() / width, box.height() / height)
    size = width * scale, height * scale
    place = QRectF(box.center().x() - size[0] / 2, box.center().y() - size[1] / 2, *size)
    painter.drawImage(place, to_qimage(pixels))


def painted(table: PictureTable, suffix: str) -> bytes:
    """What a table shows, as the bytes of a file. suffix: ".svg", else PNG at twice its size."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if suffix == ".svg":
        paper = QSvgGenerator()
        paper.setOutputDevice(buffer)
        paper.setSize(table.size())
        paper.setViewBox(table.rect())
        painter = QPainter(paper)
        table.paint_all(painter)
        painter.end()
    else:
        image = QImage(table.size() * 2, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(2.0)
        painter = QPainter(image)
        table.paint_all(painter)
        painter.end()
        QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    buffer.close()
    return bytes(data.data())
