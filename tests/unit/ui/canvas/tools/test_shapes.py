"""Rectangle, lasso and fill under the mouse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt

from studio.state.canvas.toolbox import ToolName
from tests.unit.ui.canvas.stage import PlainScene, drag, place


def test_rectangle_adds_and_alt_takes_away(desk, qtbot) -> None:
    desk.take(ToolName.RECTANGLE)
    drag(qtbot, desk.view, [(50, 50), (150, 130)])
    mask = desk.document.mask
    assert mask[60:120, 60:140].min() == 255
    assert not mask[:, :46].any()
    drag(qtbot, desk.view, [(80, 70), (100, 100)], Qt.KeyboardModifier.AltModifier)
    assert mask[85, 90] == 0
    assert desk.document.undo_stack.count() == 2


def test_lasso_fills_its_inside(desk, qtbot) -> None:
    desk.take(ToolName.LASSO)
    drag(qtbot, desk.view, [(50, 50), (150, 50), (150, 150), (50, 150)])
    assert desk.document.mask[100, 100] == 255
    assert desk.document.mask[180, 100] == 0


def test_fill_takes_the_connected_area_of_similar_colour(desk, qtbot) -> None:
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[10:30, 10:40] = 200
    picture[40:50, 10:40] = 200
    desk.document.open(picture)
    desk.view.set_scene(PlainScene(desk.document))
    desk.take(ToolName.FILL)
    qtbot.mouseClick(desk.view, Qt.MouseButton.LeftButton, pos=place(desk.view, 20, 20))
    mask = desk.document.mask
    assert (mask[10:30, 10:40] == 255).all()
    assert (mask > 0).sum() == 20 * 30
