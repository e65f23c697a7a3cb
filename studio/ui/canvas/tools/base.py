"""What the view gives to a tool, and what it asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from studio.ui.canvas.view import CanvasView


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where a pen or mouse is. at: picture pixels, may lie outside; on_view: logical pixels."""

    at: QPointF
    on_view: QPointF
    pressure: float = 1.0  # 0 .. 1; a mouse always has 1
    is_shift: bool = False
    is_alt: bool = False
    is_ctrl: bool = False
    is_eraser: bool = False  # the pen's other end

    @classmethod
    def of(
        cls, view: CanvasView, on_view: QPointF, keys: Qt.KeyboardModifier, pressure: float = 1.0,
        *, is_eraser: bool = False,
    ) -> Pointer:  # fmt: skip
        """The pointer at a place of the view."""
        return cls(
            at=view.transform.to_picture(on_view), on_view=on_view, pressure=pressure,
            is_shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            is_alt=bool(keys & Qt.KeyboardModifier.AltModifier),
            is_ctrl=bool(keys & Qt.KeyboardModifier.ControlModifier), is_eraser=is_eraser,
        )  # fmt: skip


class Tool(Protocol):
    """A tool in the hand. All coordinates are picture pixels unless they say otherwise."""

    def press(self, pointer: Pointer) -> None:
        """The button or pen went down."""
        ...

    def move(self, pointer: Pointer) -> None:
        """It moves while it is down."""
        ...

    def release(self, pointer: Pointer) -> None:
        """It went up."""
        ...

    def cancel(self) -> None:
        """Take back what has been done since `press`; nothing if it is up."""
        ...

    def hover(self, pointer: Pointer) -> None:
        """It moves while it is up."""
        ...

    def cursor(self) -> Qt.CursorShape:
        """The mouse cursor over the canvas."""
        ...

    def marks_rect(self, view: CanvasView, pointer: Pointer | None) -> QRectF:
        """What `draw_marks` covers, in logical view pixels; empty for nothing."""
        ...

    def draw_marks(self, painter: QPainter, view: CanvasView, pointer: Pointer | None) -> None:
        """Draw outlines over the picture, in logical view pixels. pointer: None when away."""
        ...
