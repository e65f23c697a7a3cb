"""The words of an expression as bars: what it adds, what it removes, and how sure each is."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import (
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
)

from studio.concepts.words import Naming, RankedWord, Verdict
from studio.state.concepts.room import ConceptRoom
from studio.ui.plain import one_line, plain_tip
from studio.ui.theme import color

ROW_HEIGHT, TALL_HEIGHT, HEAD_HEIGHT = 26, 34, 24  # px; tall: the bar lies below the word
NARROW = 220  # px of a column in which word, bar and verdict do not fit side by side
SIDE_COUNT = 8  # words on each side
WORD_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
Cell = tuple[str, RankedWord | None]  # sign, word; a heading or an empty place has no word


class WordsModel(QAbstractTableModel):
    """A column for what is added and one for what is removed; the first row says which.

    Where nothing can be removed there is one column, the closest words.
    """

    def __init__(self, parent: QTableView) -> None:
        super().__init__(parent)
        self._columns: list[tuple[str, list[RankedWord]]] = []
        self.top = 1.0  # the largest |z|

    def show_naming(self, naming: Naming | None) -> None:
        """Show another answer."""
        self.beginResetModel()
        sides = [] if naming is None else [("+", naming.added), ("−", naming.removed)]
        if naming is not None and not naming.removed:
            sides.pop()
        self._columns = [(sign, [word for word in words[:SIDE_COUNT] if word.z > 0])
                         for sign, words in sides]  # fmt: skip
        if not any(words for _, words in self._columns):
            self._columns = []
        self.top = max((w.z for _, words in self._columns for w in words), default=1.0)
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """The heading and the words of the longer side."""
        if parent.isValid() or not self._columns:
            return 0
        return 1 + max(len(words) for _, words in self._columns)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """One side or two."""
        return 0 if parent.isValid() else len(self._columns)

    def cell(self, index: Index) -> Cell:
        """What lies there."""
        if not index.isValid() or index.column() >= len(self._columns):
            return ("", None)
        sign, words = self._columns[index.column()]
        return (sign, words[index.row() - 1] if 0 < index.row() <= len(words) else None)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The cell; its words for screen readers and copying."""
        sign, word = self.cell(index)
        if role == WORD_ROLE:
            return (sign, word)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) and sign:
            if word is not None:
                return f"{sign} {word.word}, {word.verdict.value}"
            return self._heading(index.column()) if index.row() == 0 else None
        return None

    def _heading(self, column: int) -> str:
        if len(self._columns) == 1:
            return "closest words"
        return ("added", "removed")[column]

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Only words can be chosen."""
        is_word = self.cell(index)[1] is not None
        return super().flags(index) if is_word else Qt.ItemFlag.NoItemFlags


class WordDelegate(QStyledItemDelegate):
    """Draws name, bar and verdict; raw cosine too when asked for."""

    def __init__(self, view: WordsView) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One word, or a heading."""
        sign, word = index.data(WORD_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if word is not None:
            self._paint_word(painter, option, sign, word)
        elif index.data():
            font = painter.font()
            font.setPointSizeF(8.5)
            font.setWeight(font.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(color("muted"))
            painter.drawText(option.rect.adjusted(4, 4, 0, 0), Qt.AlignmentFlag.AlignVCenter,
                             str(index.data()).upper())  # fmt: skip
        painter.restore()

    def _paint_word(
        self, painter: QPainter, option: QStyleOptionViewItem, sign: str, word: RankedWord
    ) -> None:
        box = option.rect.adjusted(2, 1, -2, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(color("accent"))
            painter.setBrush(color("raised"))
            painter.drawRoundedRect(box, 6, 6)
        end = f"{word.cosine:.3f}" if self._view.shows_cosine else _short(word.verdict)
        is_tall = option.rect.height() >= TALL_HEIGHT
        line = box.adjusted(0, 0, 0, -8) if is_tall else box
        end_width = painter.fontMetrics().horizontalAdvance(end) + 10
        name_width = box.width() - end_width if is_tall else int(box.width() * 0.46)
        painter.setPen(color("text" if word.verdict is not Verdict.NONE else "muted"))
        names = " · ".join((word.word, *word.synonyms))
        text = painter.fontMetrics().elidedText(
            f"{sign} {one_line(names)}", Qt.TextElideMode.ElideRight, name_width - 8
        )
        painter.drawText(line.adjusted(6, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
        if is_tall:
            track = QRect(box.left() + 6, box.bottom() - 6, box.width() - 12, 3)
        else:
            room = box.width() - name_width - 52 - 16
            track = QRect(box.left() + name_width + 6, box.center().y() - 2, max(room, 8), 4)
        self._paint_bar(painter, track, sign, word)
        painter.setPen(color("muted"))
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line.adjusted(0, 0, -6, 0), align, end)

    def _paint_bar(self, painter: QPainter, track: QRect, sign: str, word: RankedWord) -> None:
        is_sure = word.verdict in (Verdict.CLEAR, Verdict.LIKELY)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("line"))
        painter.drawRoundedRect(track, 2, 2)
        painter.setBrush(color(("plus" if sign == "+" else "minus") if is_sure else "muted"))
        share = min(1.0, max(0.0, word.z / self._view.model_of.top))
        filled = QSize(int(track.width() * share), track.height())
        painter.drawRoundedRect(QRect(track.topLeft(), filled), 2, 2)


def _short(verdict: Verdict) -> str:
    return "–" if verdict is Verdict.NONE else verdict.value


class WordsView(QTableView):
    """Added and removed side by side.

    Enter or a double click puts a word into the expression; Ctrl+C copies names.
    """

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self.shows_cosine = False
        self.setObjectName("wordsView")
        self.setProperty("role", "bare")
        self.setAccessibleName("Words")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setMinimumSectionSize(40)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(8)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.model_of = WordsModel(self)
        self.setModel(self.model_of)
        self.setItemDelegate(WordDelegate(self))
        self.activated.connect(self._add)
        room.naming_changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        self.model_of.show_naming(self._room.naming)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrow columns have the bar below the word."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        columns = max(self.model_of.columnCount(), 1)
        is_narrow = self.viewport().width() / columns < NARROW
        for row in range(self.model_of.rowCount()):
            tall = TALL_HEIGHT if is_narrow else ROW_HEIGHT
            self.setRowHeight(row, tall if row else HEAD_HEIGHT)

    @Slot(bool)
    def show_cosine(self, is_shown: bool) -> None:
        """Show raw cosines instead of verdicts, as in the classic demonstration."""
        self.shows_cosine = is_shown
        self.viewport().update()

    @Slot(QModelIndex)
    def _add(self, index: QModelIndex) -> None:
        sign, word = index.data(WORD_ROLE)
        if word is not None:
            self._room.bar.add_words(word.word, 1.0 if sign == "+" else -1.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the chosen words as a prompt."""
        if event.matches(QKeySequence.StandardKey.Copy):
            pairs = [index.data(WORD_ROLE) for index in self.selectedIndexes()]
            names = [word.word for _, word in pairs if word is not None]
            QGuiApplication.clipboard().setText(", ".join(names))
            return
        super().keyPressEvent(event)

    def viewportEvent(self, event: Any) -> bool:
        """The numbers behind a word, on hover."""
        if isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            _, word = index.data(WORD_ROLE) or ("", None)
            if word is not None:
                words = (f"{', '.join((word.word, *word.synonyms))}\n"
                         f"{word.z:.2f} times the usual spread (z), raw cosine {word.cosine:.3f}: "
                         f"{word.verdict.value}")  # fmt: skip
                QToolTip.showText(event.globalPos(), plain_tip(words), self)
                return True
        return super().viewportEvent(event)
