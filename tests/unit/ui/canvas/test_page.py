"""The page around the view: painting begins with what is shown."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage

from studio.state.canvas import masks
from studio.state.canvas.document import MASK
from studio.state.canvas.toolbox import ToolName
from studio.ui.canvas.page import CanvasPage
from studio.ui.canvas.view import CanvasView
from tests.unit.ui.canvas.stage import drag


@pytest.fixture
def page(room, qtbot) -> CanvasPage:
    made = CanvasPage(room, CanvasView())
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def image(value: int) -> QImage:
    made = QImage(40, 30, QImage.Format.Format_RGB32)
    made.fill(QColor(value, value, value))
    return made


def test_painting_begins_with_the_shown_picture(page, room) -> None:
    page.view.set_image(image(77))
    room.set_active(True)
    assert (room.document.picture == 77).all()
    assert page.view.scene() is page.scene
    assert page.strip.isVisible()
    room.set_active(False)
    assert page.view.scene() is None
    assert not page.strip.isVisible()


def test_a_canvas_with_work_on_it_is_not_replaced(page, room) -> None:
    room.document.change("Mask", MASK, masks.filled)
    page.view.set_image(image(77))
    room.set_active(True)
    assert (room.document.picture == 90).all()
    page.edit_shown()
    assert (room.document.picture == 77).all()
    room.document.undo_stack.undo()
    assert (room.document.mask == 255).all()


def test_the_tool_in_the_hand_paints(page, room, qtbot) -> None:
    room.set_active(True)
    drag(qtbot, page.view, [(20, 20), (40, 20)])
    assert room.document.mask[20, 30] == 255
    room.tools.set_tool(ToolName.HAND)
    before = room.document.mask.copy()
    drag(qtbot, page.view, [(20, 40), (40, 40)])
    assert np.array_equal(room.document.mask, before)


def test_pictures_can_be_pasted_and_nothing_is_told(page, room) -> None:
    room.set_active(True)
    page.take_image(image(5))
    assert (room.document.picture == 5).all()
    told = []
    room._studio.messages.listen()
    room._studio.messages.message_added.connect(told.append)
    page.take_image(None)
    assert "no picture to paste" in told[0].text


def test_an_empty_canvas_copies_nothing(page, room) -> None:
    assert page.flat_image().width() == 64
    room.document.open(np.zeros((0, 0, 3), np.uint8))
    assert page.flat_image() is None
    room.set_active(True)
    assert page.view.scene() is None
    page.view.grab(page.view.rect().translated(QPoint(0, 0)))
