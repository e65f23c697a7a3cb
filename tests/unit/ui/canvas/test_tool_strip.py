"""The column of tools."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from studio.state.canvas.document import PAINT
from studio.state.canvas.toolbox import ToolBox, ToolName
from studio.ui.canvas.tool_strip import ToolStrip


@pytest.fixture
def strip(qtbot) -> ToolStrip:
    made = ToolStrip(ToolBox())
    qtbot.addWidget(made)
    made.resize(44, 600)
    made.show()
    return made


def test_every_tool_has_a_button_with_a_name_and_a_key(strip, qtbot) -> None:
    for tool in ToolName:
        button = strip.findChild(QToolButton, f"tool{tool.name.title()}")
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert strip._tools.tool is tool
        assert button.isChecked()
        assert button.accessibleName()
        assert "(" in button.toolTip()
    qtbot.mouseClick(strip.findChild(QToolButton, "targetPaint"), Qt.MouseButton.LeftButton)
    assert strip._tools.target == PAINT


def test_a_low_strip_has_two_columns_and_no_overlap(strip) -> None:
    for height in (600, 240):
        strip.resize(strip.sizeHint().width(), height)
        strip.layout().activate()
        buttons = strip.findChildren(QToolButton)
        places = [button.geometry() for button in buttons]
        for number, place in enumerate(places):
            assert not any(place.intersects(other) for other in places[number + 1 :])


def test_actions_can_be_added(strip, qtbot) -> None:
    action = QAction("Undo", strip)
    button = strip.add_action(action, "undo", "undoButton")
    with qtbot.waitSignal(action.triggered):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
