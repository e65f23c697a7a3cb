"""A canvas for tests: document, tools and page around a view, without engine or library."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

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
