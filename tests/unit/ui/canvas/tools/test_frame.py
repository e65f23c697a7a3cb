"""The frame under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QRect

from studio.state.canvas.toolbox import ToolName
from studio.ui.canvas.tools.frame import dragged
from tests.unit.ui.canvas.stage import drag


def test_the_frame_follows_the_mask_until_it_is_dragged(desk, qtbot) -> None:
    desk.frame.set_native_size(64)
    drag(qtbot, desk.view, [(150, 110), (170, 120)])
    automatic = desk.frame.shown()
    assert automatic.contains(QRect(145, 105, 30, 20))
    assert automatic.width() < 320
    desk.take(ToolName.FRAME)
    middle = automatic.center()
    drag(qtbot, desk.view, [(middle.x(), middle.y()), (middle.x() + 10, middle.y() + 5)])
    moved = desk.frame.shown()
    assert moved.size() == automatic.size()
    assert abs(moved.x() - automatic.x() - 10) <= 1
    desk.frame.set_rect(None)
    assert desk.frame.shown() == automatic


def test_dragging_an_edge_beyond_the_picture_outpaints(desk, qtbot) -> None:
    desk.view.set_zoom(0.8)
    desk.take(ToolName.FRAME)
    assert desk.frame.shown() == QRect(0, 0, 320, 240)
    drag(qtbot, desk.view, [(320, 120), (340, 120), (390, 120)])
    left, top, right, bottom = desk.frame.growth()
    assert (left, top, bottom) == (0, 0, 0)
    assert abs(right - 70) <= 2
    drag(qtbot, desk.view, [(100, 0), (100, -40)])
    assert abs(desk.frame.growth()[1] - 40) <= 2
    desk.view.grab()


def test_a_dragged_frame_never_turns_inside_out() -> None:
    rect = QRect(10, 10, 100, 80)
    for side in ((-1, -1), (1, 1), (-1, 0), (0, 1)):
        for dx, dy in ((500, 500), (-500, -500)):
            result = dragged(rect, side, dx, dy)
            assert result.width() >= 32
            assert result.height() >= 32
