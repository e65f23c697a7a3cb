"""The bar above the canvas follows the tools and changes them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolButton

from studio.state.canvas.document import PAINT
from studio.state.canvas.toolbox import ToolBox
from studio.ui.canvas.options_bar import OptionsBar
from studio.ui.canvas.overlay_popup import OverlayPopup
from studio.ui.controls import Slider, Spin


@pytest.fixture
def bar(qtbot) -> OptionsBar:
    made = OptionsBar(ToolBox())
    qtbot.addWidget(made)
    made.resize(1100, 40)
    made.show()
    return made


def test_numbers_change_the_brush_and_follow_it(bar) -> None:
    tools = bar._tools
    bar.findChild(Spin, "brushSizeSpin").setValue(123)
    bar.findChild(Slider, "brushHardnessSlider").setValue(20)
    assert (tools.brush.size, tools.brush.hardness) == (123.0, 0.2)
    tools.set_brush(replace(tools.brush, opacity=0.4))
    assert bar.findChild(Spin, "brushOpacitySpin").value() == 40


def test_the_colour_is_there_for_paint_only(bar) -> None:
    button = bar.findChild(QToolButton, "colourButton")
    assert not button.isVisible()
    bar._tools.set_target(PAINT)
    assert button.isVisible()
    bar._on_colour_chosen(QColor(1, 2, 3))
    assert bar._tools.colour == (1, 2, 3)


def test_a_narrow_bar_keeps_the_numbers(bar) -> None:
    bar.resize(500, 40)
    assert not bar.findChild(Slider, "brushSizeSlider").isVisible()
    assert bar.findChild(Spin, "brushSizeSpin").isVisible()


def test_the_overlay_opens_below_its_button(bar, qtbot) -> None:
    qtbot.mouseClick(bar.findChild(QToolButton, "overlayButton"), Qt.MouseButton.LeftButton)
    popup = bar.findChild(OverlayPopup)
    assert popup.isVisible()
    popup.close()
