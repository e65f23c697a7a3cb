"""The bar above the canvas follows the tools and changes them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QToolButton

from studio.state.canvas.document import PAINT
from studio.state.canvas.toolbox import ToolBox
from studio.ui import theme
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


def test_the_button_keeps_the_brushes_colour_when_the_theme_changes(bar) -> None:
    """It was given back the icon of a brush, until the next colour was chosen."""
    bar._tools.set_target(PAINT)
    bar._tools.set_colour((10, 200, 10))
    theme.switch().apply("light")
    shown = bar.findChild(QToolButton, "colourButton").icon().pixmap(18, 18).toImage()
    assert shown.pixelColor(shown.rect().center()).getRgb()[:3] == (10, 200, 10)


def test_the_dialogs_for_colours_do_not_pile_up(bar, qtbot) -> None:
    for _ in range(2):
        bar._on_colour()
        bar.findChild(QColorDialog).reject()
        qtbot.waitUntil(lambda: bar.findChild(QColorDialog) is None)


def test_a_narrow_bar_keeps_the_numbers(bar) -> None:
    bar.resize(500, 40)
    assert not bar.findChild(Slider, "brushSizeSlider").isVisible()
    assert bar.findChild(Spin, "brushSizeSpin").isVisible()


def test_the_overlay_opens_below_its_button(bar, qtbot) -> None:
    qtbot.mouseClick(bar.findChild(QToolButton, "overlayButton"), Qt.MouseButton.LeftButton)
    popup = bar.findChild(OverlayPopup)
    assert popup.isVisible()
    popup.close()


@pytest.mark.parametrize("width", [280, 399, 400, 509, 510, 600, 819, 820])
def test_nothing_is_cut_however_narrow_the_window(bar, width) -> None:
    """At 800 px "Hardness 70 %" was "Hard 70"."""
    bar._tools.set_target(PAINT)
    bar.resize(width, 80)
    shown = [*bar.findChildren(Spin), *bar.findChildren(QToolButton),
             *[row.label for row in bar._rows]]  # fmt: skip
    for part in (part for part in shown if part.isVisible()):
        place = part.rect().translated(part.mapTo(bar, part.rect().topLeft()))
        assert bar.rect().contains(place), part.objectName()
        wanted = min(part.minimumSizeHint().width(), part.maximumWidth())
        assert part.width() >= wanted, part.objectName()
    places = [part.mapTo(bar, part.rect().center()).toTuple() for part in shown[:6]]
    assert len(set(places)) == 6
    bar.resize(1100, 40)
    assert bar._rows[0].label.isVisible()
    assert bar._first.indexOf(bar._overlay) > 0
