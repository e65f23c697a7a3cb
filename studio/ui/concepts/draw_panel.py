"""Draw it: one expression in five amounts at the same seed, and whether it worked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.concepts.checking import Check
from studio.engine.request import Pixels
from studio.state.concepts.drawing import WAYS, Drawn
from studio.state.concepts.room import DRAW, ConceptRoom
from studio.ui.concepts.reading_line import as_soon
from studio.ui.concepts.words_panel import MARGINS
from studio.ui.controls import STEP, Combo, FieldLabel, HelpButton, Slider, row_of
from studio.ui.plain import one_line, plain_label, set_plain_tip
from studio.ui.qimage import fitted, to_qimage
from studio.ui.theme import color

SIDE, LEAST_HEIGHT = 84, 36  # px of a row; five and the meter fit beside the strip
LINE, GAP = 15, 2  # px of the words above a strip, between its steps
STRENGTH_MAX = 300  # per cent
DEFAULT_STRENGTH = 100
HINT = "Write an expression, then draw it."
WAY_WORDS = {
    "embedding": "A point of meaning (starter)",
    "direction": "A direction of the prompt",
    "guidance": "CLIP guidance (any model, slower)",
}
WAY_HELP = (
    "A point of meaning: the starter draws the expression itself, pictures included; the surest "
    "way there. A direction of the prompt: the prompt is moved along words, on any model. CLIP "
    "guidance: before the first step CLIP looks ahead at what the words would give, in three "
    "strengths, and keeps the least that it can see; pictures are said in the words that CLIP has "
    "for them. It takes two to three times as long. On the starter a hat or a crown came to 30 of "
    "32 heads that had none, the head and the backdrop staying; what was to go away went from 8 of "
    "8, but in 2 the head changed, too."
)


class DrawnTile(QWidget):
    """One picture of the row, its amount and check, and its filmstrip. A click shows them large.

    Signals:
        open_wanted(str): the path of its picture.
    """

    open_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._drawn: Drawn | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumSize(120, LEAST_HEIGHT)
        self.setMaximumHeight(SIDE)

    def sizeHint(self) -> QSize:
        """A small picture with its strip beside it."""
        return QSize(280, SIDE)

    def show_drawn(self, drawn: Drawn) -> None:
        """Show another state."""
        self._drawn = drawn
        words = ", ".join(f"{word} {_said(check)}" for word, check in drawn.checks.items())
        doubts = dict.fromkeys(check.doubt for check in drawn.checks.values() if check.doubt)
        self.setAccessibleName(f"Amount {drawn.amount:g}. {words}")
        against = "\nz: how much more than at amount 0" if words else ""
        tip = "\n".join((f"Amount {drawn.amount:g}\n{words}{against}".strip(), *doubts))
        set_plain_tip(self, tip)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The picture; beside it amount, check and strip."""
        drawn = self._drawn
        if drawn is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        side = self.height() - 4
        box = QRect(2, 2, side, side)
        self._paint_picture(painter, box, drawn)
        right = QRect(box.right() + 8, 2, self.width() - box.right() - 10, side)
        head = QRect(right.topLeft(), QSize(right.width(), LINE))
        painter.setPen(color("text" if drawn.amount else "muted"))
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                         f"{drawn.amount:g}×" if drawn.amount else "0× · original")  # fmt: skip
        if drawn.checks and drawn.amount:
            word, check = max(drawn.checks.items(), key=lambda pair: abs(pair[1].z))
            tone = "muted" if check.doubt else "plus" if check.z > 0 else "minus"
            painter.setPen(color(tone))
            painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                             f"{one_line(word, 16)}: {_said(check)}")  # fmt: skip
        self._paint_strip(painter, right.adjusted(0, LINE + 2, 0, 0), drawn)

    def _paint_picture(self, painter: QPainter, box: QRect, drawn: Drawn) -> None:
        if drawn.picture is None:
            painter.setPen(QPen(color("line"), 1))
            painter.setBrush(color("field"))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(color("muted"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "–" if drawn.is_over else "…")
        else:
            _paint_in(painter, box, drawn.picture)
        if self.hasFocus():
            painter.setPen(QPen(color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 4, 4)

    def _paint_strip(self, painter: QPainter, room: QRect, drawn: Drawn) -> None:
        """As many steps as there is room for, evenly spread, the first and the last included."""
        if not drawn.strip or room.height() < 8:
            return
        count = max((room.width() + GAP) // (room.height() + GAP), 1)
        for place, step in enumerate(evenly(len(drawn.strip), count)):
            left = room.left() + place * (room.height() + GAP)
            box = QRect(left, room.top(), room.height(), room.height())
            _paint_in(painter, box, drawn.strip[step])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show it."""
        super().mousePressEvent(event)
        self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open()
        else:
            super().keyPressEvent(event)

    def _open(self) -> None:
        if self._drawn is not None and self._drawn.path:
            self.open_wanted.emit(self._drawn.path)


def _paint_in(painter: QPainter, box: QRect, pixels: Pixels) -> None:
    """A picture in the middle of a square box, in its own shape."""
    image = to_qimage(pixels)
    painter.drawImage(fitted(QRectF(box), image.size()), image)


def _said(check: Check) -> str:
    """A check in short; what is doubted ends with a question mark."""
    return f"{check.z:+.1f} z{'?' if check.doubt else ''}"


def evenly(total: int, count: int) -> list[int]:
    """Up to `count` of 0 .. total - 1, evenly spread, with the last one."""
    if total <= count:
        return list(range(total))
    if count == 1:
        return [total - 1]
    return [round(place * (total - 1) / (count - 1)) for place in range(count)]


class DrawPanel(QWidget):
    """The way, the strength, the button and the row."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self.way = Combo("conceptWay")
        self.way.setAccessibleName("How the concept is drawn")
        for way in WAYS:
            self.way.addItem(WAY_WORDS[way], way)
        self.way.select(room.drawing.usual_way())
        set_plain_tip(self.way, "How the expression becomes a picture.")
        self.strength = Slider("conceptStrength", 10, STRENGTH_MAX)
        self.strength.setValue(DEFAULT_STRENGTH)
        self.strength.setAccessibleName("Strength")
        self.strength.reset_wanted.connect(self._reset)
        self.strength.valueChanged.connect(self._show_strength)
        self._number = plain_label()
        self.button = QPushButton("Draw a row of five")
        self.button.setObjectName("conceptDraw")
        self.button.setProperty("role", "primary")
        set_plain_tip(self.button, "The expression in five amounts, same seed, same settings. "
                                   "Each picture keeps its filmstrip.")  # fmt: skip
        self.button.clicked.connect(self.draw)
        self._tiles: list[DrawnTile] = []
        self._row = QVBoxLayout()
        self._row.setSpacing(STEP)
        self._hint = plain_label(HINT, role="muted")
        self._hint.setWordWrap(True)
        self._lay_out()
        room.drawing.row_changed.connect(self._refresh)
        room.preparing.changed.connect(self._refresh)
        room.studio.form.defaults_changed.connect(self._on_model)
        self._show_strength()
        self._refresh()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(2 * STEP)
        way_row = row_of(self.way, HelpButton("the way of drawing", WAY_HELP), spacing=STEP)
        way_row.setStretch(0, 1)
        column.addLayout(way_row)
        strength_row = row_of(FieldLabel("Strength"), self.strength, self._number, spacing=2 * STEP)
        strength_row.setStretch(1, 1)
        column.addLayout(strength_row)
        column.addWidget(self.button)
        column.addWidget(self._hint)
        column.addLayout(self._row, 1)
        column.addStretch(0)

    @Slot()
    def draw(self) -> None:
        """Queue the row."""
        way = next((way for way in WAYS if way == self.way.currentData()), WAYS[0])
        self._room.draw(way, self.strength.value() / 100)

    @Slot()
    def _on_model(self) -> None:
        self.way.select(self._room.drawing.usual_way())

    @Slot()
    def _reset(self) -> None:
        self.strength.setValue(DEFAULT_STRENGTH)

    @Slot()
    def _show_strength(self) -> None:
        self._number.setText(f"{self.strength.value()} %")

    @Slot()
    def _refresh(self) -> None:
        row = self._room.drawing.row
        while len(self._tiles) < len(row):
            tile = DrawnTile()
            tile.setObjectName(f"conceptDrawn{len(self._tiles)}")
            tile.open_wanted.connect(self._open)
            self._row.addWidget(tile, 1)
            self._tiles.append(tile)
        for place, tile in enumerate(self._tiles):
            tile.setVisible(place < len(row))
            if place < len(row):
                tile.show_drawn(row[place])
        waits = self._room.preparing.waits(DRAW)
        self._hint.setText(as_soon("Drawn") if waits else HINT)
        self._hint.setVisible(waits or not row)

    @Slot(str)
    def _open(self, path: str) -> None:
        self._room.studio.filmstrip.open_picture(Path(path))
