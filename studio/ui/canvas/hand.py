"""The hand that holds a tool: passes the pointer on, and repaints the tool's outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from studio.ui.canvas.tools.base import Pointer, Tool

if TYPE_CHECKING:
    from studio.ui.canvas.view import CanvasView


class Hand:
    """The tool of one view, and where the pointer is. is_down: the tool is at work."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self.tool: Tool | None = None
        self.pointer: Pointer | None = None  # None while it is away
        self.is_down = False
        self._marks = QRectF()  # what the outline covers now, logical view pixels

    def take(self, tool: Tool | None) -> None:
        """Take another tool; what the old one has begun is taken back."""
        if tool is not self.tool:
            self.cancel()
            self.tool = tool
            self._view.update()

    def press(self, pointer: Pointer) -> None:
        """Put the tool to work."""
        if self.tool is None:
            return
        self.is_down = True
        self.tool.press(pointer)
        self.show_marks(pointer)

    def move(self, pointer: Pointer) -> None:
        """The pointer has moved, with the tool at work or not."""
        if self.tool is None:
            return
        if self.is_down:
            self.tool.move(pointer)
        else:
            self.tool.hover(pointer)
        self.show_marks(pointer)

    def release(self, pointer: Pointer) -> None:
        """End the tool's work."""
        if self.tool is not None and self.is_down:
            self.is_down = False
            self.tool.release(pointer)

    def cancel(self) -> None:
        """Take back what the tool has done since `press`."""
        if self.tool is not None and self.is_down:
            self.is_down = False
            self.tool.cancel()

    def cursor(self) -> Qt.CursorShape:
        """The tool's cursor; an open hand without one."""
        return Qt.CursorShape.OpenHandCursor if self.tool is None else self.tool.cursor()

    def show_marks(self, pointer: Pointer | None) -> None:
        """Repaint the outline where it was and where it is. pointer: None = it has left."""
        self.pointer = pointer
        if self.tool is not None:
            old, self._marks = self._marks, self.tool.marks_rect(self._view, pointer)
            self._view.update(old.united(self._marks).toAlignedRect())

    def draw_marks(self, painter: QPainter) -> None:
        """Draw the tool's outline."""
        if self.tool is not None:
            self.tool.draw_marks(painter, self._view, self.pointer)
            # Another tool or zoom draws another outline without a move: it, too, must be wiped.
            self._marks = self._marks.united(self.tool.marks_rect(self._view, self.pointer))
