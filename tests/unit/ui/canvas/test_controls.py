"""Slider and number together; choices."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QPushButton

from studio.ui.canvas.controls import ChoiceRow, NumberRow, colour_icon, tool_button


@pytest.fixture
def row(qtbot) -> NumberRow:
    made = NumberRow("size", "Size", 1, 1000, 40, unit="px", slider_high=300, words="How large.")
    qtbot.addWidget(made)
    return made


def test_slider_and_number_follow_each_other(row, qtbot) -> None:
    with qtbot.waitSignal(row.value_changed) as caught:
        row.slider.setValue(120)
    assert caught.args == [120]
    assert row.spin.value() == 120
    row.spin.setValue(900)
    assert row.value() == 900
    assert row.slider.value() == 300


def test_showing_a_value_tells_nobody_and_marks_the_change(row, qtbot) -> None:
    with qtbot.assertNotEmitted(row.value_changed):
        row.set_value(77.4)
    assert row.value() == 77
    assert row.label.property("role") == "changed"
    row.reset()
    assert row.value() == 40
    assert row.label.property("role") == ""
    assert row.spin.accessibleName() == "Size"


def test_a_choice_tells_its_key(qtbot) -> None:
    row = ChoiceRow("fill", "Start from", {"blur": ("Blur", "b"), "noise": ("Noise", "n")}, "x")
    qtbot.addWidget(row)
    row.set_chosen("blur")
    with qtbot.waitSignal(row.chosen) as caught:
        qtbot.mouseClick(row.findChild(QPushButton, "fillNoise"), Qt.MouseButton.LeftButton)
    assert caught.args == ["noise"]
    assert not row.findChild(QPushButton, "fillBlur").isChecked()


def test_buttons_and_colours(qtbot) -> None:
    button = tool_button("x", "brush", "Brush. It paints.", is_checkable=True)
    qtbot.addWidget(button)
    assert button.accessibleName() == "Brush"
    assert button.isCheckable()
    image = colour_icon(QColor("#f0a23c")).pixmap(18, 18).toImage()
    assert image.pixelColor(image.width() // 2, image.height() // 2) == QColor("#f0a23c")
