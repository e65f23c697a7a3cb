"""The middle of the Concepts workspace: the library by meaning, and the indexing of folders."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.concepts.search import Found
from studio.state.concepts.hits import SORTS
from studio.state.concepts.indexing import Phase
from studio.state.concepts.kept import STARTER
from studio.state.concepts.room import ConceptRoom
from studio.ui.concepts.histogram import HistogramView
from studio.ui.concepts.hits_view import HitsView
from studio.ui.concepts.index_line import IndexLine
from studio.ui.concepts.map_panel import MapPanel
from studio.ui.concepts.reading_line import as_soon
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.controls import STEP, Combo, row_of
from studio.ui.plain import one_line, plain_label, set_plain_tip

SORT_WORDS = {"match": "Best match", "date": "Newest", "name": "Name", "strip": "Best per strip"}
MINUS_WORDS = {"exclude": "− leaves out", "steer": "− subtracts"}
INVITATION = (
    "Search by meaning: words, pictures, and arithmetic of both. Index your folders once; "
    "everything stays on this computer."
)
OFFER = (
    "{model} has not looked at your pictures yet. Each CLIP keeps an index of its own; the others "
    "stay as they are."
)
GUIDE = (
    "Write an expression on the left: words and pictures, joined by + and −, or begin with one of "
    "these:"
)
EXAMPLES = ("hat", "hat - crown", "night sky + 0.5 sea")
COMBO_WIDTH = 138  # px
PAGES = ("Pictures", "Map")
PAGE_TIPS = ("What is found, best first.", "All pictures on two axes that you name.")


class SearchPanel(QWidget):
    """Index line, then the found pictures or the map; before anything is indexed, an invitation."""

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__()
        self._room = room
        self._problem = ""
        self.setObjectName("searchPanel")
        self.setAutoFillBackground(False)
        self.index_line = IndexLine(room)
        self.view = HitsView(room, thumbs)
        self.map = MapPanel(room, thumbs)
        self.count = plain_label()
        self.count.setObjectName("searchCount")
        self.count.setWordWrap(True)  # on a line of its own: nothing of it is ever cut off
        self._combos = self._build_combos()
        self._histogram = HistogramView(room.hits)
        self._histogram.cut_wanted.connect(room.hits.set_cut)
        self._invitation = self._build_invitation()
        self._guide = self._build_guide()
        QVBoxLayout(self.view.viewport()).addWidget(self._guide)  # while it is empty
        self.pages = QStackedWidget()
        self.pages.addWidget(self._build_found())
        self.pages.addWidget(self.map)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP, 2 * STEP, 3 * STEP, 2 * STEP)
        column.setSpacing(2 * STEP)
        column.addWidget(self.index_line)
        controls = row_of(*self._build_tabs(), QWidget(), *self._combos, spacing=STEP)
        controls.setStretch(len(PAGES), 1)
        column.addLayout(controls)
        column.addWidget(self.pages, 1)
        room.hits.found_changed.connect(self._refresh)
        room.indexing.changed.connect(self._refresh)
        room.model_changed.connect(self._refresh)
        room.bar.terms_changed.connect(self._refresh)
        room.problem_changed.connect(self._show_problem)
        room.preparing.changed.connect(self._refresh)
        self._refresh()

    def _build_combos(self) -> tuple[Combo, Combo]:
        minus, sort = Combo("searchMinus"), Combo("searchSort")
        minus.setAccessibleName("What a minus term does")
        sort.setAccessibleName("Order of the pictures")
        for key in SORTS:
            sort.addItem(SORT_WORDS[key], key)
        for key, words in MINUS_WORDS.items():
            minus.addItem(words, key)
        set_plain_tip(minus, "What a minus term does here: leave out pictures that show it, or "
                             "subtract it and let the rest decide.")  # fmt: skip
        set_plain_tip(sort, "Order of the pictures. “Best per strip” shows of each filmstrip "
                            "only the step that matches best.")  # fmt: skip
        for combo in (minus, sort):
            combo.setFixedWidth(COMBO_WIDTH)
        sort.currentIndexChanged.connect(self._on_sort)
        minus.currentIndexChanged.connect(self._on_minus)
        self._room.minus_changed.connect(self._show_minus)
        return minus, sort

    def _build_tabs(self) -> list[QPushButton]:
        self._tabs = QButtonGroup(self)
        for place, words in enumerate(PAGES):
            tab = QPushButton(words)
            tab.setObjectName(f"search{words}")
            tab.setProperty("role", "chip")
            tab.setCheckable(True)
            tab.setChecked(place == 0)
            tab.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            set_plain_tip(tab, PAGE_TIPS[place])
            self._tabs.addButton(tab, place)
        self._tabs.idClicked.connect(self.show_page)
        return [self._tabs.button(place) for place in range(len(PAGES))]  # type: ignore[misc]

    def _build_found(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * STEP)
        column.addWidget(self.count)
        column.addWidget(self._histogram)
        column.addWidget(self._invitation, 1)
        column.addWidget(self.view, 1)
        return page

    @Slot(int)
    def show_page(self, place: int) -> None:
        """0 = the found pictures, 1 = the map."""
        self.pages.setCurrentIndex(place)
        self._tabs.button(place).setChecked(True)
        for combo in self._combos:
            combo.setVisible(place == 0)
        self._refresh()

    @Slot()
    def show_map(self) -> None:
        """Turn to the map, the cursor in its first axis."""
        self.show_page(1)
        self.map.across.setFocus()

    def _build_invitation(self) -> QWidget:
        page = QWidget()
        words = plain_label(INVITATION)
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setFixedWidth(380)
        words.setMinimumHeight(words.heightForWidth(380))
        add = QPushButton("Choose a folder…")
        add.setProperty("role", "primary")
        add.clicked.connect(self.index_line.add_folder)
        own = QPushButton("Index the studio's own pictures")
        own.setObjectName("indexOffer")
        own.clicked.connect(self._room.start_indexing)
        self._invite, self._add, self._own = words, add, own
        column = QVBoxLayout(page)
        column.addStretch(1)
        for widget in (words, add, own):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
            column.addSpacing(2 * STEP)
        column.addStretch(1)
        return page

    def _build_guide(self) -> QWidget:
        """What to write, with examples to press; it lies where the pictures will be."""
        page = QWidget()
        words = plain_label(GUIDE)
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setFixedWidth(380)
        words.setMinimumHeight(words.heightForWidth(380))
        column = QVBoxLayout(page)
        column.addStretch(1)
        column.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(2 * STEP)
        for text in EXAMPLES:
            chip = QPushButton(text)
            chip.setProperty("role", "chip")
            set_plain_tip(chip, f"Search for: {text}")
            chip.clicked.connect(self._on_example)
            column.addWidget(chip, 0, Qt.AlignmentFlag.AlignHCenter)
            column.addSpacing(STEP)
        column.addStretch(1)
        return page

    @Slot()
    def _on_example(self) -> None:
        chip = self.sender()
        if isinstance(chip, QPushButton):
            self._room.bar.set_text(chip.text())

    def showEvent(self, event: QShowEvent) -> None:
        """The workspace is seen: open the index."""
        super().showEvent(event)
        self._room.open()

    @Slot(str, str)
    def _show_problem(self, message: str, _hint: str) -> None:
        self._problem = message
        self._refresh()

    @Slot()
    def _on_sort(self) -> None:
        self._room.hits.set_sort(str(self._combos[1].currentData()))

    @Slot()
    def _on_minus(self) -> None:
        self._room.set_minus(str(self._combos[0].currentData()))

    @Slot()
    def _show_minus(self) -> None:
        self._combos[0].select(self._room.minus)

    def _show_invitation(self) -> None:
        """An invitation to index; with folders already chosen, the offer to read them."""
        room = self._room
        name = next((m.name for m in room.models if m.id == room.concepts.model), "This CLIP")
        has_folders = len(room.kept.folders) > 1
        is_offer = has_folders or room.concepts.model != STARTER  # another one has been changed to
        what = "your folders" if has_folders else "the studio's own pictures"
        self._invite.setText(OFFER.format(model=one_line(name, 40)) if is_offer else INVITATION)
        plain = one_line(name, 30).replace("&", "&&")  # in a button it would mark a key
        self._own.setText(f"Index {what} with {plain}" if is_offer
                          else "Index the studio's own pictures")  # fmt: skip
        self._add.setVisible(not has_folders)

    @Slot()
    def _refresh(self) -> None:
        hits, state = self._room.hits, self._room.indexing.state
        is_empty = not (state.count or state.is_opening) and state.phase is Phase.IDLE
        if is_empty:
            self._show_invitation()
        is_asked = bool(self._room.bar.terms) or bool(hits.found.total)
        had_focus = self._invitation.isAncestorOf(self.focusWidget() or self)
        self._invitation.setVisible(is_empty)
        self._guide.setVisible(not is_asked)
        self.view.setVisible(not is_empty)
        if had_focus and not is_empty:  # else it would jump to anything in the window
            self.index_line.button.setFocus(Qt.FocusReason.OtherFocusReason)
        found = hits.found
        if not found.total:
            waits = is_asked and state.count and self._room.preparing.is_unfinished
            self._say(found.note or (as_soon("Searched") if waits
                                     else self._problem if is_asked else ""))  # fmt: skip
            return
        is_cut = hits.cut is not None and found.histogram is not None
        note = "" if is_cut else found.note  # which speaks of all that follow
        self._say(note or count_words(found, hits.rowCount(), is_cut=is_cut))

    def _say(self, words: str) -> None:
        self.count.setText(one_line(words, 200))
        self.count.setVisible(bool(words))


def count_words(found: Found, shown: int, *, is_cut: bool) -> str:
    """How much was found; with a cut, how much of it is shown."""
    if is_cut and not shown:
        return f"None of {found.total:,} is above the cut. Drag it to the left, or double-click it."
    if is_cut:
        words = f"{shown:,} above the cut of {found.total:,}"
    else:
        words = f"strong {found.strong:,} · possible {found.possible:,} of {found.total:,}"
    return words + (f" · {found.excluded:,} left out" if found.excluded else "")
