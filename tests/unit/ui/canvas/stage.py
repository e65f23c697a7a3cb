"""A canvas for tests: document, tools and page around a view, without engine or library."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QInputDevice, QPainter, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from studio.state.canvas.brush import Brush
from studio.state.canvas.document import CanvasDocument
from studio.state.canvas.frame import FrameState
from studio.state.canvas.toolbox import ToolBox, ToolName
from studio.ui.canvas.pyramid import Pyramid
from studio.ui.canvas.tools.brush import BrushTool
from studio.ui.canvas.tools.frame import FrameTool
from studio.ui.canvas.tools.picker import ColourTool, pick_colour
from studio.ui.canvas.tools.shapes import FillTool, ShapeTool
from studio.ui.canvas.view import CanvasView

PEN = QPointingDevice(
    "test pen", 7, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
    QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 3,
)  # fmt: skip
RUBBER = QPointingDevice(
    "test rubber", 8, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Eraser,
    QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 3,
)  # fmt: skip
KINDS = {
    "press": QEvent.Type.TabletPress,
    "move": QEvent.Type.TabletMove,
    "release": QEvent.Type.TabletRelease,
}


def a_picture(width: int = 320, height: int = 240) -> np.ndarray:
    """[H, W, 3]: two smooth ramps."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], -1).astype(np.uint8)


def place(view: CanvasView, x: float, y: float) -> QPoint:
    """The view's pixel that shows a place of the picture."""
    return view.transform.to_view(QPointF(x, y)).toPoint()


def drag(
    qtbot: Any, view: CanvasView, points: list[tuple[float, float]],
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:  # fmt: skip
    """Press at the first point, move along the others, release at the last; picture pixels."""
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(view, left, keys, place(view, *points[0]))
    for point in points[1:]:
        qtbot.mouseMove(view, place(view, *point))
    qtbot.mouseRelease(view, left, keys, place(view, *points[-1]))


def pen(
    view: CanvasView, kind: str, x: float, y: float, pressure: float = 1.0,
    *, device: QPointingDevice = PEN,
) -> bool:  # fmt: skip
    """Send one tablet event at a place of the picture; True if it was accepted."""
    at = QPointF(place(view, x, y))
    is_down = kind != "release"
    button = Qt.MouseButton.LeftButton
    event = QTabletEvent(
        KINDS[kind], device, at, QPointF(view.mapToGlobal(at)), pressure, 0.0, 0.0, 0.0, 0.0, 0.0,
        Qt.KeyboardModifier.NoModifier, button, button if is_down else Qt.MouseButton.NoButton,
    )  # fmt: skip
    QApplication.sendEvent(view, event)
    return event.isAccepted()


class PlainScene:
    """The least that a view needs of a document."""

    def __init__(self, document: CanvasDocument) -> None:
        self._document = document

    def picture_size(self) -> QSize:
        return self._document.size()

    def draw(self, painter: QPainter, matrix, zoom, exposed) -> None:
        Pyramid(self._document.picture).draw(painter, matrix, zoom, exposed)

    def set_preview(self, image) -> None:
        pass


class Desk:
    """View, document and tools."""

    def __init__(self, qtbot) -> None:
        self.document, self.tools = CanvasDocument(), ToolBox()
        self.document.open(a_picture())
        self.frame = FrameState(self.document)
        self.view = CanvasView()
        qtbot.addWidget(self.view)
        self.view.resize(700, 520)
        self.view.show()
        self.view.set_scene(PlainScene(self.document))
        self.take(ToolName.BRUSH)
        self.tools.set_brush(Brush(size=20, hardness=1.0))

    def take(self, name: ToolName) -> None:
        self.tools.set_tool(name)
        document, tools, view = self.document, self.tools, self.view
        made = {
            ToolName.BRUSH: lambda: BrushTool(document, tools, view),
            ToolName.ERASER: lambda: BrushTool(document, tools, view),
            ToolName.FILL: lambda: FillTool(document, tools, view),
            ToolName.FRAME: lambda: FrameTool(self.frame, view),
            ToolName.PICKER: lambda: ColourTool(
                lambda pointer: pick_colour(document, tools, pointer.at), view
            ),
        }.get(name, lambda: ShapeTool(document, tools, view, name))
        view.set_tool(made())
