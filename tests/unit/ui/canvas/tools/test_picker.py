"""The colour picker."""

from __future__ import annotations

from PySide6.QtCore import Qt

from studio.state.canvas.document import PAINT
from studio.state.canvas.toolbox import ToolName
from tests.unit.ui.canvas.stage import drag, place


def test_the_picker_takes_the_colour_and_the_paint_brush_uses_it(desk, qtbot) -> None:
    desk.take(ToolName.PICKER)
    qtbot.mouseClick(desk.view, Qt.MouseButton.LeftButton, pos=place(desk.view, 100.5, 50.5))
    assert desk.tools.colour == tuple(int(v) for v in desk.document.picture[50, 100])
    desk.tools.set_target(PAINT)
    desk.take(ToolName.BRUSH)
    drag(qtbot, desk.view, [(200, 200), (220, 200)])
    assert tuple(desk.document.composite()[200, 210]) == desk.tools.colour
    assert not desk.document.mask.any()
