"""Draw it: one expression in five amounts at the same seed, and whether it worked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from studio.state.concepts.drawing import WAYS, Drawn
from studio.state.concepts.room import ConceptRoom
from studio.ui.concepts.words_panel import MARGINS
from studio.ui.controls import STEP, Combo, FieldLabel, HelpButton, Slider, row_of
from studio.ui.plain import plain_label, set_plain_tip
from studio.ui.qimage import to_qimage
from studio.ui.theme import color

SIDE = 84  # px
STRENGTH_MAX = 300  # per cent
DEFAULT_STRENGTH = 100
WAY_WORDS = {
    "embedding": "A point of meaning (starter)",
    "direction": "A direction of the prompt",
    "guidance": "CLIP guidance (any model, slow)",
}
WAY_HELP = (
    "A point of meaning: the starter draws the expression itself, pictures included. A direction "
    "of the prompt: the prompt is moved along words. CLIP guidance: at each step the picture is "
    "nudged towards the expression."
)


class DrawnTile(QWidget):
    """One picture of the row: amount above, checks below. A click shows it with its strip.

    Signals:
        open_wanted(str): the path of its picture.
    """

    open_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._drawn: Drawn | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(48, 40 + 2 * 16)

    def sizeHint(self) -> QSize:
        """A small picture with a line above and below."""
        return QSize(SIDE, SIDE + 36)

    def show_drawn(self, drawn: Drawn) -> None:
        """Show another state."""
        self._drawn = drawn
        words = ", ".join(f"{word} {z:+.1f} z" for word, z in drawn.checks.items())
        self.setAccessibleName(f"Amount {drawn.amount:g}. {words}")
        against = "\nz: how much more than at amount 0" if words else ""
        set_plain_tip(self, f"Amount {drawn.amount:g}\n{words}{against}".strip())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Amount, picture, check."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        drawn = self._drawn
        if drawn is None:
            return
        painter.setPen(color("muted"))
        painter.drawText(QRect(0, 0, self.width(), 16), Qt.AlignmentFlag.AlignCenter,
                         f"{drawn.amount:g}×")  # fmt: skip
        side = min(self.width() - 2, self.height() - 36)
        box = QRect((self.width() - side) // 2, 18, side, side)
        if drawn.picture is None:
            painter.setPen(QPen(color("line"), 1))
            painter.setBrush(color("field"))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(color("muted"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "–" if drawn.is_over else "…")
        else:
            painter.drawImage(box, to_qimage(drawn.picture))
        if self.hasFocus():
            painter.setPen(QPen(color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 4, 4)
        if drawn.checks and drawn.amount:
            z = max(drawn.checks.values(), key=abs)
            painter.setPen(color("plus" if z > 0 else "minus"))
            painter.drawText(QRect(0, box.bottom() + 1, self.width(), 16),
                             Qt.AlignmentFlag.AlignCenter, f"{z:+.1f} z")  # fmt: skip

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


class DrawPanel(QWidget):
    """The way, the strength, the button and the row."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self.way = Combo("conceptWay")
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
        self._row = QHBoxLayout()
        self._row.setSpacing(STEP)
        self._hint = plain_label("Write an expression, then draw it.", role="muted")
        self._hint.setWordWrap(True)
        self._lay_out()
        room.drawing.row_changed.connect(self._refresh)
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
        column.addLayout(self._row)
        column.addStretch(1)

    @Slot()
    def draw(self) -> None:
        """Queue the row."""
        room = self._room
        way = next((way for way in WAYS if way == self.way.currentData()), WAYS[0])
        room.drawing.draw(str(room.bar.expression), way, strength=self.strength.value() / 100)

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
        self._hint.setVisible(not row)

    @Slot(str)
    def _open(self, path: str) -> None:
        self._room.studio.filmstrip.open_picture(Path(path))
