"""The Repaint panel shows and changes the room's options."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QPushButton

from studio.state.canvas.document import MASK
from studio.ui.canvas.repaint_panel import RepaintPanel
from studio.ui.controls import Slider, Spin
from studio.ui.plain import PlainLabel


def test_controls_and_options_follow_each_other(room, qtbot) -> None:
    panel = RepaintPanel(room)
    qtbot.addWidget(panel)
    left = Qt.MouseButton.LeftButton
    panel.findChild(Slider, "repaintStrengthSlider").setValue(40)
    panel.findChild(Spin, "repaintFeatherSpin").setValue(9)
    panel.findChild(QCheckBox, "repaintSoft").setChecked(False)
    for name in ("repaintFillBlur", "repaintAreaWhole", "repaintModePicture"):
        panel.findChild(QPushButton, name).click()
    options = room.options
    assert (options.strength, options.feather, options.is_soft) == (0.4, 9, False)
    assert (options.fill, options.area, options.mode) == ("blur", "whole", "picture")
    assert not panel._fill.isEnabled()
    room.edit_options(mode="mask", strength=0.9)
    assert panel.findChild(Spin, "repaintStrengthSpin").value() == 90
    assert panel.findChild(QPushButton, "repaintModeMask").isChecked()
    with qtbot.waitSignal(panel.fork_wanted):
        qtbot.mouseClick(panel.findChild(QPushButton, "forkWithMask"), left)


def test_it_says_what_generate_will_do(room, qtbot) -> None:
    panel = RepaintPanel(room)
    qtbot.addWidget(panel)
    words = [label for label in panel.findChildren(PlainLabel) if "masked yet" in label.text()]
    assert words
    room.document.change("Mask", MASK, lambda mask: np.full_like(mask, 255))
    assert "Repaints the mask" in words[0].text()


def test_in_a_narrow_dock_everything_can_be_reached(room, qtbot) -> None:
    """In a window of 800 px the numbers lay behind the edge, and no bar led there."""
    panel = RepaintPanel(room)
    qtbot.addWidget(panel)
    panel.resize(168, 400)
    panel.show()
    reach = panel.horizontalScrollBar()
    qtbot.waitUntil(reach.isVisible)
    assert reach.maximum() + panel.viewport().width() == panel.widget().width()
    panel.resize(400, 600)
    qtbot.waitUntil(lambda: not reach.isVisible())
