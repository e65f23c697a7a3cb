"""The finished pictures as a strip of thumbnails; also the large gallery of the library."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from studio.library.database import Picture
from studio.state.history import PICTURE_ROLE, PIXELS_ROLE, HistoryModel
from studio.ui.plain import plain_tip
from studio.ui.qimage import to_qimage
from studio.ui.theme import color, pixmap

Index = QModelIndex | QPersistentModelIndex
RADIUS = 6
SCROLL_BAR = 14  # px kept free for the scroll bar


class ThumbnailDelegate(QStyledItemDelegate):
    """Draws a thumbnail that fills its cell's width, selected ones with an amber edge."""

    def __init__(self, view: QListView, side: int) -> None:
        super().__init__(view)
        self.side = side

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Square cells."""
        return QSize(self.side, self.side)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell; without a thumbnail, a quiet sign."""
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        cell = option.rect.adjusted(3, 3, -3, -3)
        pixels = index.data(PIXELS_ROLE)
        if pixels is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("raised"))
            painter.drawRoundedRect(cell, RADIUS, RADIUS)
            sign = pixmap("picture", "muted", ratio=2.0)
            painter.drawPixmap(cell.center() - QPoint(10, 10), sign)
            box = cell
        else:
            box = _fitted(cell, pixels.shape[1], pixels.shape[0])
            path = QPainterPath()
            path.addRoundedRect(box, RADIUS, RADIUS)
            painter.setClipPath(path)
            painter.drawImage(box, to_qimage(pixels))
            painter.setClipping(False)
        picture: Picture = index.data(PICTURE_ROLE)
        if picture.is_favourite:
            painter.drawPixmap(box.topRight() - QPoint(20, -4), pixmap("pin", "accent", 16, 2.0))
        if option.state & QStyle.StateFlag.State_Selected:
            pen = painter.pen()
            pen.setColor(color("accent"))
            pen.setWidth(2)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.restore()


def _fitted(cell: QRect, width: int, height: int) -> QRect:
    size = QSize(width, height).scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
    box = QRect(QPoint(0, 0), size)
    box.moveCenter(cell.center())
    return box


class HistoryView(QListView):
    """Thumbnails, newest first; dragging one out gives the file.

    Signals:
        picture_chosen(Picture): show it large.
        key_pressed(str): a single letter, "del" or "copy", for the actions of the gallery.
    """

    picture_chosen = Signal(object)
    key_pressed = Signal(str)

    def __init__(self, model: HistoryModel, *, name: str, side: int) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("History of pictures")
        self.setModel(model)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setProperty("role", "bare")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._is_pressing = False
        self._side = side
        self._delegate = ThumbnailDelegate(self, side)
        self.setItemDelegate(self._delegate)
        self._empty = "Finished pictures appear here."
        self.activated.connect(self._on_activated)
        self.clicked.connect(self._on_activated)

    def selected_rows(self) -> list[int]:
        """The rows that are selected, top first."""
        return sorted(index.row() for index in self.selectionModel().selectedIndexes())

    def history(self) -> HistoryModel:
        """The model, by its own type."""
        model = self.model()
        assert isinstance(model, HistoryModel)
        return model

    def set_side(self, side: int) -> None:
        """Make the cells larger or smaller, px; they fill the width evenly."""
        self._side = side
        width = self.width() - SCROLL_BAR  # also while there is no bar, or cells would jump
        fitting = width // max(1, width // side) if width >= side else max(48, width)
        if fitting != self._delegate.side:
            self._delegate.side = fitting
            self.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the cells to the new width."""
        super().resizeEvent(event)
        self.set_side(self._side)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters are commands here, not a search for names."""
        text = event.text().lower()
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_Delete:
            self.key_pressed.emit("del")
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.key_pressed.emit("copy")
        elif is_plain and text in ("s", "p", "a", "r", "."):
            self.key_pressed.emit(text)
        else:
            super().keyPressEvent(event)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Arrow keys show pictures at once; the mouse does when it is up, and may drag before."""
        super().currentChanged(current, previous)
        if current.isValid() and self.hasFocus() and not self._is_pressing:
            self._on_activated(current)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click shows a picture once, not also when it becomes the current one."""
        self._is_pressing = True
        super().mousePressEvent(event)
        self._is_pressing = False

    def viewportEvent(self, event) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Tooltips with the prompt, drawn literally."""
        if isinstance(event, QHelpEvent) and event.type() is QHelpEvent.Type.ToolTip:
            index = self.indexAt(event.pos())
            if index.isValid():
                words = plain_tip(details(self.history().picture(index.row())))
                QToolTip.showText(event.globalPos(), words, self)
            return True
        return bool(super().viewportEvent(event))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the thumbnails, or what the empty list means."""
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(12, 8, -12, -8), flags, self._empty)
            painter.end()

    @Slot(QModelIndex)
    def _on_activated(self, index: Index) -> None:
        self.picture_chosen.emit(self.history().picture(index.row()))


def details(picture: Picture) -> str:
    """A picture's facts in a few lines."""
    lines = [picture.prompt[:600]] if picture.prompt else []
    request = picture.request
    if request is not None:
        lines.append(f"{request.sampler}, {request.steps} steps, CFG {request.guidance_scale:g}")
    if picture.seed >= 0 and request is not None:
        lines.append(f"Seed {picture.seed}")
    lines.append(f"{picture.width} × {picture.height} px")
    if picture.label:
        lines.append(picture.label)
    lines.append(picture.path.name)
    return "\n".join(lines)
