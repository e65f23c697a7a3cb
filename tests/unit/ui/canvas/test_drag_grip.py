"""The grip drags what the canvas shows, paint included."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage

from studio.state.canvas import masks
from studio.state.canvas.document import MASK
from studio.ui.canvas.drag_grip import DragGrip
from studio.ui.canvas.page import CanvasPage
from studio.ui.canvas.view import CanvasView


def image(value: int) -> QImage:
    made = QImage(40, 30, QImage.Format.Format_RGB32)
    made.fill(QColor(value, value, value))
    return made


@pytest.fixture
def grip(qtbot):
    made = DragGrip(lambda: image(77))
    made.drags = 0

    def count():
        made.drags += 1

    made.drag_out = count
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_drag_begins_after_some_pixels(grip, qtbot):
    qtbot.mousePress(grip, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.mouseMove(grip, QPoint(6, 5))
    assert grip.drags == 0
    qtbot.mouseMove(grip, QPoint(60, 40))
    qtbot.mouseMove(grip, QPoint(90, 40))
    assert grip.drags == 1


def test_a_click_or_a_passing_mouse_drags_nothing(grip, qtbot):
    qtbot.mouseClick(grip, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.mouseMove(grip, QPoint(60, 40))
    assert grip.drags == 0


def test_nothing_to_show_is_nothing_to_drag(qtbot):
    made = DragGrip(lambda: None)
    qtbot.addWidget(made)
    assert made.dragged() is None
    made.drag_out()


def test_what_is_dragged_is_what_is_seen(room, qtbot):
    page = CanvasPage(room, CanvasView())
    qtbot.addWidget(page)
    assert page.grip.dragged() is None
    page.view.set_image(image(77))
    assert QImage(page.grip.dragged().imageData()).pixelColor(3, 3).red() == 77
    room.set_active(True)
    room.document.change("Mask", MASK, masks.filled)
    flat = QImage(page.grip.dragged().imageData())
    assert (flat.width(), flat.height()) == (40, 30)
    assert flat.pixelColor(3, 3).red() == 77  # the mask is no part of the picture
