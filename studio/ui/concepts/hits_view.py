"""The found pictures as a grid of thumbnails with a bar for the match."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from studio.concepts.search import POSSIBLE_Z, STRONG_Z, Hit
from studio.concepts.store import Item
from studio.state.concepts.hits import HIT_ROLE, THUMBNAIL_ROLE
from studio.state.concepts.room import ConceptRoom
from studio.ui.concepts.keeping import keep_pictures
from studio.ui.concepts.thumbs import Thumbs
from studio.ui.plain import plain_tip
from studio.ui.theme import color, pixmap

SIDE = 132  # px of a cell
BAR = 4  # px high
Index = QModelIndex | QPersistentModelIndex


class HitDelegate(QStyledItemDelegate):
    """A thumbnail and, below it, how strong the match is."""

    def __init__(self, view: QListView, thumbs: Thumbs) -> None:
        super().__init__(view)
        self._thumbs = thumbs
        self.side = SIDE

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Square cells."""
        return QSize(self.side, self.side)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One picture."""
        hit: Hit = index.data(HIT_ROLE)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        cell = option.rect.adjusted(4, 4, -4, -4)
        room = cell.adjusted(0, 0, 0, -2 * BAR)
        picture = self._thumbs.get(hit.item.reference, str(index.data(THUMBNAIL_ROLE)))
        box = room
        if picture is None:
            painter.fillRect(room, color("raised"))
            is_gone = self._thumbs.is_broken(hit.item.reference)
            sign = pixmap("warning" if is_gone else "picture", "muted", 20, 2.0)
            painter.drawPixmap(room.center() - QPoint(10, 10), sign)
        else:
            size = picture.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            box = QRect(QPoint(0, 0), size)
            box.moveCenter(room.center())
            painter.drawPixmap(box, picture)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 3, 3)
        self._paint_bar(painter, cell, hit)
        painter.restore()

    def _paint_bar(self, painter: QPainter, cell: QRect, hit: Hit) -> None:
        track = QRect(cell.left(), cell.bottom() - BAR, cell.width(), BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("line"))
        painter.drawRoundedRect(track, 2, 2)
        tone = "plus" if hit.z >= STRONG_Z else "accent" if hit.z >= POSSIBLE_Z else "strong_line"
        painter.setBrush(color(tone))
        share = min(max(hit.z / (1.5 * STRONG_Z), 0.0), 1.0)
        filled = QRect(track.topLeft(), QSize(int(track.width() * share), BAR))
        painter.drawRoundedRect(filled, 2, 2)


def show_item(room: ConceptRoom, item: Item) -> None:
    """Show an indexed picture large; a step of a strip with its strip, at that step."""
    strip, picture = room.studio.filmstrip, Path(item.file)
    if item.part < 0:
        strip.open_picture(picture)
    elif picture.with_suffix(".png").exists():
        strip.open_picture(picture.with_suffix(".png"), item.part)
    else:
        strip.open_file(picture)  # its picture is gone


class HitsView(QListView):
    """The grid. Enter shows a picture, + and - ask for more or less like it."""

    def __init__(self, room: ConceptRoom, thumbs: Thumbs) -> None:
        super().__init__()
        self._room = room
        self.setObjectName("searchView")
        self.setProperty("role", "bare")
        self.setAccessibleName("Found pictures")
        self.setModel(room.hits)
        self._delegate = HitDelegate(self, thumbs)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        thumbs.arrived.connect(self.viewport().update)
        self.activated.connect(self._open)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cells fill the width."""
        room = self.viewport().width() - 1
        self._delegate.side = max(room // max(room // SIDE, 1), BAR)
        self.setGridSize(QSize(self._delegate.side, self._delegate.side))
        super().resizeEvent(event)

    def chosen(self) -> list[Hit]:
        """The selected pictures."""
        return [index.data(HIT_ROLE) for index in self.selectedIndexes()]

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        show_item(self._room, index.data(HIT_ROLE).item)

    @Slot()
    def more_like_this(self) -> None:
        """Add the chosen pictures as plus terms."""
        for hit in self.chosen():
            self._room.bar.add_picture(hit.item.reference, 0.5)

    @Slot()
    def less_like_this(self) -> None:
        """Add the chosen pictures as minus terms, subtracted rather than excluded."""
        self._room.set_minus("steer")
        for hit in self.chosen():
            self._room.bar.add_picture(hit.item.reference, -0.5)

    @Slot()
    def name_these(self) -> None:
        """Ask for words for the chosen pictures together."""
        names = [hit.item.reference for hit in self.chosen()]
        if names:
            self._room.bar.compare(names, [])

    @Slot()
    def keep_these(self) -> None:
        """Keep the chosen pictures, or all that are shown, as a collection."""
        rows = range(self._room.hits.rowCount())
        hits = self.chosen() or [self._room.hits.hit(row) for row in rows]
        keep_pictures(self, self._room, [hit.item.reference for hit in hits])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the chosen pictures."""
        if not self.chosen():
            return
        menu = QMenu(self)
        menu.addAction("More like this", self.more_like_this)
        menu.addAction("Less like this", self.less_like_this)
        menu.addAction("Name these in words", self.name_these)
        menu.addAction("Keep as a collection…", self.keep_these)
        menu.popup(event.globalPos())

    def viewportEvent(self, event: Any) -> bool:
        """Name and numbers on hover."""
        if isinstance(event, QHelpEvent):
            hit = self.indexAt(event.pos()).data(HIT_ROLE)
            if hit is not None:
                words = f"{hit.item.reference}\nmatch {hit.z:.1f} (z), cosine {hit.score:.3f}"
                QToolTip.showText(event.globalPos(), plain_tip(words), self)
                return True
        return super().viewportEvent(event)
