"""The lanes' toggles."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QPushButton, QToolButton

from studio.engine.record import LANES
from studio.ui.filmstrip.lane_bar import LaneBar


@pytest.fixture
def bar(qtbot):
    bar = LaneBar()
    qtbot.addWidget(bar)
    return bar


def press(qtbot, bar, name):
    qtbot.mouseClick(bar.findChild(QPushButton, f"lane:{name}"), Qt.MouseButton.LeftButton)


def test_toggles_in_the_strips_order(qtbot, bar):
    spy = QSignalSpy(bar.lanes_changed)
    press(qtbot, bar, "uncond")
    press(qtbot, bar, "noisy")
    assert spy.at(1)[0] == ("x0", "uncond", "delta")


def test_the_last_lane_stays_on(qtbot, bar):
    bar.set_lanes(["x0"])
    press(qtbot, bar, "x0")
    assert bar.lanes == ("x0",)


def test_l_goes_round(bar):
    bar.cycle()
    assert bar.lanes == LANES
    bar.cycle()
    assert bar.lanes == ("x0",)
    bar.cycle()
    assert bar.lanes == ("noisy", "x0", "delta")


def test_unknown_lanes_change_nothing(bar):
    bar.set_lanes(["what"])
    assert bar.lanes == ("noisy", "x0", "delta")


def test_a_press_leaves_the_keys_where_they_are(qtbot, bar):
    """Afterwards Space switched the lane instead of playing the strip."""
    bar.show()
    bar.activateWindow()
    other = QPushButton(bar)
    other.show()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus, timeout=5000)
    press(qtbot, bar, "cond")
    assert other.hasFocus()


def test_where_it_is_narrow_a_menu_takes_the_place_of_the_pills(qtbot, bar):
    bar.show()
    wide = bar.sizeHint().width()
    bar.set_compact(True)
    assert bar.sizeHint().width() < wide / 3
    button = bar.findChild(QToolButton, "lanesButton")
    assert button.text() == "3 of 6 rows"
    assert not any(pill.isVisible() for pill in bar.findChildren(QPushButton))
    menu = button.menu()
    menu.aboutToShow.emit()
    actions = {action.data(): action for action in menu.actions()}
    assert [name for name, action in actions.items() if action.isChecked()] == list(bar.lanes)
    spy = QSignalSpy(bar.lanes_changed)
    actions["uncond"].trigger()
    assert spy.at(0)[0] == ("noisy", "x0", "uncond", "delta")
    assert button.text() == "4 of 6 rows"
    bar.set_lanes(["x0"])
    menu.aboutToShow.emit()
    menu.actions()[1].trigger()
    assert bar.lanes == ("x0",)  # the last one stays on
    bar.set_compact(False)
    assert bar.sizeHint().width() == wide
