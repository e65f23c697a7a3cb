"""The context frame: the part of the picture that the model sees when it repaints."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QSize, Signal, Slot

from studio.engine.context import context_frame
from studio.state.canvas.commands import whole
from studio.state.canvas.document import CanvasDocument

SIDE_MIN = 32  # px
REACH = 4096  # px; no frame is larger


class FrameState(QObject):
    """Follows the mask until the user drags it. It may reach beyond the picture: outpainting.

    Signals:
        frame_changed(): another rectangle is shown.
    """

    frame_changed = Signal()

    def __init__(self, document: CanvasDocument, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.rect: QRect | None = None  # as the user dragged it; None = follow the mask
        self.native_size = 256  # px, of the model
        self.is_around = True  # False: the whole picture
        self._automatic: QRect | None = None
        # When a stroke has ended, not during it: the frame would jump under the brush.
        document.stepped.connect(self._on_step)
        document.document_replaced.connect(self._on_document_replaced)

    def shown(self) -> QRect:
        """The frame in picture pixels: the user's, else around the mask, else the whole."""
        if self.rect is not None:
            return self.rect
        picture = whole(self._document.picture)
        if not self.is_around or self._document.is_empty():
            return picture
        if self._automatic is None:
            box = context_frame(self._document.mask, native_size=self.native_size)
            self._automatic = QRect(*box) if box else picture
        return self._automatic

    def set_rect(self, rect: QRect | None) -> None:
        """Take the user's frame; None follows the mask again."""
        if rect is not None:
            size = rect.size().boundedTo(QSize(REACH, REACH))
            rect = QRect(rect.topLeft(), size)
        if rect != self.rect:
            self.rect = rect
            self.frame_changed.emit()

    def set_around(self, is_around: bool) -> None:
        """Around the mask, or the whole picture."""
        if is_around != self.is_around:
            self.is_around = is_around
            self.rect = None
            self.frame_changed.emit()

    def set_native_size(self, pixels: int) -> None:
        """The side for which the chosen model was trained."""
        if pixels != self.native_size and pixels > 0:
            self.native_size = pixels
            self._forget()

    def growth(self) -> tuple[int, int, int, int]:
        """Pixels by which the frame reaches over the picture's left, top, right, bottom."""
        frame, picture = self.shown(), whole(self._document.picture)
        return (
            max(picture.left() - frame.left(), 0), max(picture.top() - frame.top(), 0),
            max(frame.right() - picture.right(), 0), max(frame.bottom() - picture.bottom(), 0),
        )  # fmt: skip

    def _forget(self) -> None:
        self._automatic = None
        self.frame_changed.emit()

    @Slot()
    def _on_step(self) -> None:
        if self.rect is None and self.is_around:
            self._forget()

    @Slot()
    def _on_document_replaced(self) -> None:
        self.rect = None
        self._forget()
