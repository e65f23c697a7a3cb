"""The overlay's colour and opacity are the user's."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QToolButton, QWidget

from studio.state.canvas.toolbox import ToolBox
from studio.ui.canvas.overlay_popup import OverlayPopup
from studio.ui.controls import Slider


def test_everything_changes_the_overlay_at_once(qtbot) -> None:
    tools, parent = ToolBox(), QWidget()
    qtbot.addWidget(parent)
    popup = OverlayPopup(tools, parent)
    qtbot.mouseClick(popup.findChild(QToolButton, "overlayBlue"), Qt.MouseButton.LeftButton)
    popup.findChild(Slider, "overlayOpacitySlider").setValue(30)
    popup.findChild(QCheckBox, "overlayShown").setChecked(False)
    assert tools.overlay.colour == "#6ea8d8"
    assert tools.overlay.opacity == 0.3
    assert not tools.overlay.is_visible
