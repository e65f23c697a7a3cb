"""Which tool is in the hand, and its settings: brush, colour, target layer, mask overlay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QObject, Signal

from studio.state.canvas.brush import SIZE_MAX, Brush
from studio.state.canvas.document import MASK, PAINT

OVERLAY_COLOURS = ("#e05d5d", "#6ea8d8", "#7fb069", "#d05fd0", "#ffffff", "#000000")


class ToolName(Enum):
    """The tools, by the word the user reads."""

    HAND = "Hand"
    BRUSH = "Brush"
    ERASER = "Eraser"
    RECTANGLE = "Rectangle"
    LASSO = "Lasso"
    FILL = "Fill"
    PICKER = "Colour picker"
    FRAME = "Frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """How the mask is shown over the picture."""

    colour: str = OVERLAY_COLOURS[0]  # "#rrggbb"
    opacity: float = 0.55  # 0 .. 1, of a full mask
    is_visible: bool = True


class ToolBox(QObject):
    """The settings of the painting tools.

    Signals:
        tool_changed(): another tool, or another target layer.
        brush_changed(): size, hardness, opacity, pressure or colour.
        overlay_changed(): how the mask is shown.
    """

    tool_changed = Signal()
    brush_changed = Signal()
    overlay_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tool = ToolName.BRUSH
        self.target = MASK
        self.overlay = Overlay()
        self.colour: tuple[int, int, int] = (240, 162, 60)
        self._brushes = {MASK: Brush(), PAINT: Brush(size=24.0, hardness=0.9)}
        self._chosen: set[str] = set()  # brushes whose size the user has set

    @property
    def brush(self) -> Brush:
        """The brush of the target layer."""
        return self._brushes[self.target]

    def set_tool(self, tool: ToolName) -> None:
        """Take a tool into the hand."""
        if tool is not self.tool:
            self.tool = tool
            self.tool_changed.emit()

    def set_target(self, layer: str) -> None:
        """Paint on the mask or on the paint layer; each remembers its own brush."""
        if layer != self.target:
            self.target = layer
            self.tool_changed.emit()
            self.brush_changed.emit()

    def set_brush(self, brush: Brush) -> None:
        """Change the brush of the target layer."""
        if brush != self.brush:
            if brush.size != self.brush.size:
                self._chosen.add(self.target)
            self._brushes[self.target] = brush
            self.brush_changed.emit()

    def fit_brushes(self, width: int, height: int) -> None:
        """Sizes that suit a picture of so many pixels, for brushes that nobody has set yet."""
        side = min(width, height)
        for layer, share in ((MASK, 0.1), (PAINT, 0.05)):
            if layer not in self._chosen and side > 0:
                size = float(min(max(round(side * share), 6), int(SIZE_MAX)))
                self._brushes[layer] = replace(self._brushes[layer], size=size)
        self.brush_changed.emit()

    def set_colour(self, colour: tuple[int, int, int]) -> None:
        """The colour of the paint brush, RGB 0 .. 255."""
        if colour != self.colour:
            self.colour = colour
            self.brush_changed.emit()

    def set_overlay(self, overlay: Overlay) -> None:
        """Change how the mask is shown."""
        if overlay != self.overlay:
            self.overlay = overlay
            self.overlay_changed.emit()

    def toggle_overlay(self) -> None:
        """Show or hide the mask; it counts all the same."""
        self.set_overlay(replace(self.overlay, is_visible=not self.overlay.is_visible))

    def grow_brush(self) -> None:
        """One step larger."""
        self.set_brush(self.brush.resized(+1))

    def shrink_brush(self) -> None:
        """One step smaller."""
        self.set_brush(self.brush.resized(-1))

    def harden_brush(self) -> None:
        """One step harder."""
        self.set_brush(self.brush.hardened(+1))

    def soften_brush(self) -> None:
        """One step softer."""
        self.set_brush(self.brush.hardened(-1))
