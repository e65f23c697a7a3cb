"""The expression bar: a line to type in, and the same as chips on which pictures can be dropped."""

from __future__ import annotations

from PySide6.QtCore import QRect, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QVBoxLayout, QWidget

from studio.state.concepts.room import ConceptRoom
from studio.ui.concepts.chips import Chip
from studio.ui.concepts.dropping import DropFrame
from studio.ui.concepts.flow import FlowLayout
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.controls import STEP, IconButton, row_of
from studio.ui.plain import one_line, plain_label, set_plain_tip
from studio.ui.theme import color

PLACEHOLDER = 'portrait.png + 0.8 hat - "no hat"'
HINT = "Words and pictures with + and −, weights before them. Drop pictures below."
EMPTY = "Drop pictures here, or type words above: hat − crown"
NO_HINT = "CLIP reads “no hat” much like “hat”. Take “hat” away with a minus instead."
FILTER = "Pictures (*.png *.jpg *.jpeg *.webp)"


class ExpressionEdit(QLineEdit):
    """The line; what is wrong in it is underlined."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._bar = room.bar
        self.setObjectName("conceptExpressionEdit")
        self.setPlaceholderText(PLACEHOLDER)
        self.setClearButtonEnabled(True)
        self.setMaxLength(20_000)
        self.setAccessibleName("Concept expression")
        set_plain_tip(self, HINT)
        self.textChanged.connect(room.bar.type_text)
        room.bar.text_changed.connect(self._show_text)
        room.bar.mistake_changed.connect(self._show_mistake)

    @Slot(str)
    def _show_text(self, text: str) -> None:
        if text != self.text():
            was_blocked = self.blockSignals(True)
            self.setText(text)
            self.blockSignals(was_blocked)

    @Slot()
    def _show_mistake(self) -> None:
        mistake = self._bar.mistake
        self.setProperty("invalid", mistake is not None)
        self.style().unpolish(self)
        self.style().polish(self)
        set_plain_tip(self, str(mistake) if mistake else HINT)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Underline the mistake."""
        super().paintEvent(event)
        mistake = self._bar.mistake
        if mistake is None or self.text() != self._bar.text:
            return
        painter = QPainter(self)
        painter.setPen(QPen(color("minus"), 2))
        place = self._place_of(mistake.position, mistake.length)
        painter.drawLine(place.bottomLeft(), place.bottomRight())

    def _place_of(self, position: int, length: int) -> QRect:
        """Where some characters stand, as far as they are in sight."""
        metrics = self.fontMetrics()
        cursor = self.cursorRect()
        here = self.cursorPosition()
        text = self.text()
        before = metrics.horizontalAdvance(text[:here])
        origin = cursor.center().x() - before
        left = origin + metrics.horizontalAdvance(text[:position])
        width = max(metrics.horizontalAdvance(text[position : position + length]), 6)
        inner = self.rect().adjusted(8, 0, -8, -5)
        return QRect(left, 0, width, inner.bottom()).intersected(inner)


class ChipBoard(DropFrame):
    """The terms as chips; pictures dropped on it are added, with Shift as minus terms."""

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__(room, "conceptChips")
        self._thumbs = thumbs
        self._chips: list[Chip] = []
        self._flow = FlowLayout(2 * STEP)
        self._empty = plain_label(EMPTY, role="muted")
        self._empty.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, STEP, 0, 0)
        column.addWidget(self._empty)
        column.addLayout(self._flow)
        column.addStretch(1)
        self.setMinimumHeight(84)
        self.dropped.connect(self._add)
        room.bar.terms_changed.connect(self._fill)
        self._fill()

    @Slot(list)
    def _add(self, names: list[str]) -> None:
        for name in names:
            self.room.bar.add_picture(name)

    @Slot()
    def _fill(self) -> None:
        focused = next((chip.place for chip in self._chips if chip.hasFocus()), -1)
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        bar = self.room.bar
        self._chips = [Chip(place, term, self._thumbs) for place, term in enumerate(bar.terms)]
        for chip in self._chips:
            chip.flip_wanted.connect(bar.flip)
            chip.remove_wanted.connect(bar.remove)
            chip.weigh_wanted.connect(bar.weigh)
            self._flow.addWidget(chip)
            chip.show()  # a layout shows its widgets later, and focus needs them now
        self._flow.activate()
        if 0 <= focused < len(self._chips):
            self._chips[focused].setFocus()
        self._empty.setVisible(not self._chips)


class ExpressionPanel(QWidget):
    """The bar with its chips, what is wrong or noteworthy, and the saved searches."""

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__()
        self._room = room
        self.edit = ExpressionEdit(room)
        self._say = plain_label(role="warning")
        self._say.setWordWrap(True)
        self._say.setObjectName("conceptProblem")
        self._say.hide()
        add = IconButton("conceptAddPicture", "picture", "Add pictures from files…")
        save = IconButton("conceptSave", "keep", "Save this search.")
        saved = IconButton("conceptSaved", "history", "Saved searches.")
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        saved.setMenu(self._menu)
        saved.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        add.clicked.connect(self.choose_pictures)
        save.clicked.connect(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        line = row_of(self.edit, add, save, saved, spacing=STEP)
        line.setStretch(0, 1)
        column.addLayout(line)
        column.addWidget(self._say)
        column.addWidget(ChipBoard(room, thumbs))
        room.problem_changed.connect(self._show_problem)
        room.bar.mistake_changed.connect(self._show_state)
        room.bar.terms_changed.connect(self._show_state)
        self._problem = ""

    @Slot()
    def choose_pictures(self) -> None:
        """Add pictures from files."""
        names, _ = QFileDialog.getOpenFileNames(self, "Add pictures", "", FILTER)
        for name in names:
            self._room.bar.add_picture(name)

    @Slot()
    def _save(self) -> None:
        self._room.kept.save_search(str(self._room.bar.expression))

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        for text in self._room.kept.searches[:20]:
            action = self._menu.addAction(one_line(text, 60).replace("&", "&&"))
            action.setData(text)
            action.triggered.connect(self._on_saved)
        if self._menu.isEmpty():
            self._menu.addAction("Nothing is saved yet").setEnabled(False)

    @Slot()
    def _on_saved(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._room.bar.set_text(str(action.data()))

    @Slot(str, str)
    def _show_problem(self, message: str, hint: str) -> None:
        self._problem = f"{message} {hint}".strip()
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        mistake = self._room.bar.mistake
        negated = any(term.kind == "text" and term.value.lower().startswith(("no ", "without "))
                      for term in self._room.bar.terms)  # fmt: skip
        words = str(mistake) if mistake else self._problem or (NO_HINT if negated else "")
        self._say.setText(words)
        self._say.setVisible(bool(words))
