"""The pressure curve under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QWidget

from studio.state.canvas.brush import PressureCurve
from studio.state.canvas.toolbox import ToolBox
from studio.ui.canvas.pressure_popup import PressurePopup


def test_dragging_bends_the_curve_and_a_double_click_resets(qtbot) -> None:
    tools, parent = ToolBox(), QWidget()
    qtbot.addWidget(parent)
    popup = PressurePopup(tools, parent)
    popup.resize(320, 300)
    popup.show()
    editor, left = popup.editor, Qt.MouseButton.LeftButton
    middle = QPoint(editor.width() // 2, editor.height() // 4)
    qtbot.mouseClick(editor, left, pos=middle)
    assert tools.brush.curve.gamma < 1.0
    assert tools.brush.curve(0.5) > 0.6
    qtbot.mouseClick(editor, left, pos=QPoint(12, editor.height() // 2))
    assert 0.3 < tools.brush.curve.low < 0.7
    for at in (QPoint(-50, -50), QPoint(900, 900)):
        qtbot.mouseClick(editor, left, pos=at)
        assert 0.2 <= tools.brush.curve.gamma <= 5.0
    editor.grab()
    qtbot.mouseDClick(editor, left, pos=middle)
    assert tools.brush.curve == PressureCurve()
    qtbot.mouseMove(editor, middle + QPoint(1, 9))  # the hand is not quite still
    assert tools.brush.curve == PressureCurve()
    popup.findChild(QCheckBox, "pressureOpacity").setChecked(True)
    assert tools.brush.pressure_opacity
    popup.close()
