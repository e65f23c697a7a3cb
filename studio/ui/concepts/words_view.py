"""The words of an expression as bars: what it adds, what it removes, and how sure each is."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QGuiApplication, QHelpEvent, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from studio.concepts.words import Naming, RankedWord, Verdict
from studio.state.concepts.room import ConceptRoom
from studio.ui.plain import one_line, plain_tip
from studio.ui.theme import color

ROW_HEIGHT, HEAD_HEIGHT = 26, 24  # px
SIDE_COUNT = 8  # words on each side
WORD_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
Row = tuple[str, RankedWord | None]  # sign, word; a heading has no word


class WordsModel(QAbstractListModel):
    """Rows: a heading and the words of each side."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.top = 1.0  # the largest |z|
        self._is_change = True  # something is taken away, too

    def show_naming(self, naming: Naming | None) -> None:
        """Show another answer."""
        self.beginResetModel()
        self.rows = []
        if naming is not None:
            self._is_change = bool(naming.removed)
            for sign, words in (("+", naming.added), ("−", naming.removed)):
                shown = [word for word in words[:SIDE_COUNT] if word.z > 0]
                if shown:
                    self.rows += [(sign, None), *((sign, word) for word in shown)]
            self.top = max((w.z for _, w in self.rows if w), default=1.0) or 1.0
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Headings and words."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row; its words for screen readers and copying."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        sign, word = self.rows[index.row()]
        if role == WORD_ROLE:
            return (sign, word)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if word is None:
                return self._heading(sign)
            return f"{sign} {word.word}, {word.verdict.value}"
        return None

    def _heading(self, sign: str) -> str:
        if not self._is_change:
            return "closest words"
        return "added" if sign == "+" else "removed"

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings cannot be chosen."""
        is_heading = self.rows[index.row()][1] is None if index.isValid() else True
        return Qt.ItemFlag.NoItemFlags if is_heading else super().flags(index)


class WordDelegate(QStyledItemDelegate):
    """Draws name, bar and verdict; raw cosine too when asked for."""

    def __init__(self, view: WordsView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """Headings are lower."""
        _, word = index.data(WORD_ROLE)
        return QSize(120, ROW_HEIGHT if word else HEAD_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One row."""
        sign, word = index.data(WORD_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if word is None:
            font = painter.font()
            font.setPointSizeF(8.5)
            font.setWeight(font.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(color("muted"))
            painter.drawText(option.rect.adjusted(4, 4, 0, 0), Qt.AlignmentFlag.AlignVCenter,
                             str(index.data()).upper())  # fmt: skip
        else:
            self._paint_word(painter, option, sign, word)
        painter.restore()

    def _paint_word(
        self, painter: QPainter, option: QStyleOptionViewItem, sign: str, word: RankedWord
    ) -> None:
        box = option.rect.adjusted(2, 1, -2, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(color("accent"))
            painter.setBrush(color("raised"))
            painter.drawRoundedRect(box, 6, 6)
        is_sure = word.verdict in (Verdict.CLEAR, Verdict.LIKELY)
        name_width, verdict_width = int(box.width() * 0.46), 52
        painter.setPen(color("text" if word.verdict is not Verdict.NONE else "muted"))
        names = " · ".join((word.word, *word.synonyms))
        text = painter.fontMetrics().elidedText(
            f"{sign} {one_line(names)}", Qt.TextElideMode.ElideRight, name_width - 4
        )
        painter.drawText(box.adjusted(6, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
        room = box.width() - name_width - verdict_width - 16
        track = QRect(box.left() + name_width + 6, box.center().y() - 2, max(room, 8), 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("line"))
        painter.drawRoundedRect(track, 2, 2)
        tone = ("plus" if sign == "+" else "minus") if is_sure else "muted"
        painter.setBrush(color(tone))
        share = min(1.0, max(0.0, word.z / self._view.model_of.top))
        painter.drawRoundedRect(QRect(track.topLeft(), QSize(int(track.width() * share), 4)), 2, 2)
        painter.setPen(color("muted"))
        end = f"{word.cosine:.3f}" if self._view.shows_cosine else _short(word.verdict)
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box.adjusted(0, 0, -6, 0), align, end)


def _short(verdict: Verdict) -> str:
    return "–" if verdict is Verdict.NONE else verdict.value


class WordsView(QListView):
    """The list. Enter or a double click puts a word into the expression; Ctrl+C copies names."""

    def __init__(self, room: ConceptRoom) -> None:
        super().__init__()
        self._room = room
        self.shows_cosine = False
        self.setObjectName("wordsView")
        self.setProperty("role", "bare")
        self.setAccessibleName("Words")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setUniformItemSizes(False)
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
