"""The expression bar: a line to type in, and the same as chips on which pictures can be dropped."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QMenu, QScrollArea, QVBoxLayout, QWidget

from studio.concepts.expression import ExpressionError
from studio.library.counting import counted
from studio.state.concepts.metering import title_of
from studio.state.concepts.room import ConceptRoom
from studio.ui.concepts.chips import Chip
from studio.ui.concepts.dropping import DropFrame
from studio.ui.concepts.flow import FlowLayout
from studio.ui.concepts.mistake_edit import MistakeEdit
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.controls import STEP, IconButton, row_of
from studio.ui.plain import one_line, plain_label
from studio.ui.theme import set_role

PLACEHOLDER = 'portrait.png + 0.8 hat - "no hat"'
HINT = "Words and pictures with + and −, weights before them. Drop pictures below."
EMPTY = "Drop pictures here, or type words above: hat − crown"
NO_HINT = "Most CLIPs read “no hat” much like “hat”. To leave hats out, take away: − hat."
LEAST_HEIGHT, MOST_HEIGHT = 84, 176  # px of the chips
LARGE_PICTURES = 2  # more are shown small
ENTRY_MAX = 60  # characters
MENU_MAX = 20
FILTER = "Pictures (*.png *.jpg *.jpeg *.webp)"


class ExpressionEdit(MistakeEdit):
    """The line; it and the chips say the same."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__("conceptExpressionEdit", HINT)
        self._bar = room.bar
        self.setPlaceholderText(PLACEHOLDER)
        self.setClearButtonEnabled(True)
        self.setAccessibleName("Concept expression")
        self.textChanged.connect(room.bar.type_text)
        room.bar.text_changed.connect(self._show_text)
        room.bar.mistake_changed.connect(self._on_mistake)

    @Slot(str)
    def _show_text(self, text: str) -> None:
        if text != self.text():
            was_blocked = self.blockSignals(True)
            self.setText(text)
            self.blockSignals(was_blocked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo what was changed, typed or by chips: the line's own memory ends at each chip."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self._bar.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self._bar.redo()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_mistake(self) -> None:
        self.show_mistake(self._bar.mistake)


class ChipBoard(DropFrame):
    """The terms as chips; pictures dropped on it are added. Many chips scroll."""

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__(room, "conceptChips")
        self._thumbs = thumbs
        self._chips: list[Chip] = []
        self._flow = FlowLayout(2 * STEP)
        self._empty = plain_label(EMPTY, role="muted")
        self._empty.setWordWrap(True)
        page = QWidget()
        page.setProperty("role", "page")
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._empty)
        inside.addLayout(self._flow)
        inside.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidget(page)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, STEP, 0, 0)
        column.addWidget(self._area)
        self.dropped.connect(self._add)
        room.bar.terms_changed.connect(self._fill)
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other widths need other heights."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its lines, within limits."""
        wanted = self._flow.heightForWidth(max(self._area.viewport().width(), 120)) + 2 * STEP
        self.setFixedHeight(min(max(wanted, LEAST_HEIGHT), MOST_HEIGHT))

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
        is_small = sum(term.kind == "picture" for term in bar.terms) > LARGE_PICTURES
        self._chips = [Chip(place, term, self._thumbs, is_small=is_small)
                       for place, term in enumerate(bar.terms)]  # fmt: skip
        for chip in self._chips:
            chip.flip_wanted.connect(bar.flip)
            chip.remove_wanted.connect(bar.remove)
            chip.weigh_wanted.connect(bar.weigh)
            self._flow.addWidget(chip)
            chip.show()  # a layout shows its widgets later, and focus needs them now
        self._flow.activate()
        self._fit()
        if focused >= 0 and self._chips:  # after the last one the one before it: Delete goes on
            self._chips[min(focused, len(self._chips) - 1)].setFocus()
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
        saved = IconButton("conceptSaved", "history", "Saved searches and collections.")
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
        kept = self._room.kept
        self._menu.clear()
        searches, collections = kept.searches[:MENU_MAX], list(kept.collections)[:MENU_MAX]
        if searches:
            self._menu.addAction("Searches").setEnabled(False)  # styled menus hide sections' words
        for text in searches:
            self._entry(self._menu, search_words(text), text).triggered.connect(self._on_saved)
        if collections:
            self._menu.addAction("Collections").setEnabled(False)
        for name in collections:
            words = f"{name} · {counted(len(kept.collections[name]))}"
            self._entry(self._menu, words, name).triggered.connect(self._on_collection)
        if self._menu.isEmpty():
            self._menu.addAction("Nothing is saved yet").setEnabled(False)
            return
        self._menu.addSeparator()
        forget = self._menu.addMenu("Forget")
        for text in searches:
            self._entry(forget, search_words(text), text).triggered.connect(self._on_forget)
        for name in collections:
            self._entry(forget, name, name).triggered.connect(self._on_forget_collection)

    def _entry(self, menu: QMenu, words: str, data: str) -> QAction:
        action = menu.addAction(one_line(words, ENTRY_MAX).replace("&", "&&"))
        action.setData(data)
        return action

    def _chosen(self) -> str:
        action = self.sender()
        return str(action.data()) if isinstance(action, QAction) else ""

    @Slot()
    def _on_saved(self) -> None:
        self._room.bar.set_text(self._chosen())

    @Slot()
    def _on_collection(self) -> None:
        self._room.show_collection(self._chosen())

    @Slot()
    def _on_forget(self) -> None:
        self._room.kept.forget_search(self._chosen())

    @Slot()
    def _on_forget_collection(self) -> None:
        self._room.kept.forget_collection(self._chosen())

    @Slot(str, str)
    def _show_problem(self, message: str, hint: str) -> None:
        self._problem = f"{message} {hint}".strip()
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        mistake = self._room.bar.mistake
        # NegBench, CVPR 2025. Behind a minus it is the classic difference: that names the hat.
        negated = any(term.kind == "text" and term.sign > 0
                      and term.value.lower().startswith(("no ", "without "))
                      for term in self._room.bar.terms)  # fmt: skip
        wrong = str(mistake) if mistake else self._problem
        words = wrong or (NO_HINT if negated else "")
        set_role(self._say, "warning" if wrong else "muted")
        self._say.setText(words)
        self._say.setVisible(bool(words))


def search_words(text: str) -> str:
    """A saved search for a menu: its pictures by their names, since paths would fill the line."""
    try:
        return title_of(text, ENTRY_MAX)
    except ExpressionError:  # the settings file was written by hand
        return text
