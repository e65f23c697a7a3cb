from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QMainWindow

from studio.ui.docks import Dock
from studio.ui.panels import Panel
from studio.ui.workspaces import SIDES, Workspaces


def panel(name, area, *workspaces):
    return Panel(name=name, title=name, widget=lambda: QLabel(name), area=area,
                 workspaces=frozenset(workspaces))  # fmt: skip


PANELS = (panel("prompt", "left", "generate", "paint"), panel("settings", "left", "generate"),
          panel("queue", "right", "generate"), panel("tools", "right", "paint"),
          panel("strip", "bottom", "generate"))  # fmt: skip


class Desk:
    """A window with a column at each side, and a middle that will not be narrower than 300 px."""

    def __init__(self, settings, shown, qtbot):
        self.window, middle = QMainWindow(), QLabel("middle")
        middle.setMinimumSize(300, 160)
        self.window.setCentralWidget(middle)
        self.docks = {one.name: Dock(one, self.window) for one in PANELS}
        for dock in self.docks.values():
            dock.setMinimumSize(120, 60)
        self.spaces = Workspaces(self.window, list(self.docks.values()), settings)
        self._qtbot = qtbot
        shown(self.window, 1400, 700)
        self.spaces.show("generate")
        qtbot.waitUntil(lambda: self.width("queue") == SIDES["right"])

    def width(self, name):
        return self.docks[name].width()

    def height(self, name):
        return self.docks[name].height()

    def resize(self, width, height=700):
        self.window.resize(width, height)
        self.settle()

    def settle(self):
        timer = self.window.findChild(QTimer, "dockSizesTimer")
        self._qtbot.waitUntil(lambda: not timer.isActive())

    def drag(self, name, width):
        """As the user does with the edge of a dock."""
        self.window.resizeDocks([self.docks[name]], [width], Qt.Orientation.Horizontal)
        self._qtbot.waitUntil(lambda: self.width(name) == width)


@pytest.fixture
def desk(studio, shown, qtbot):
    made = Desk(studio.settings, shown, qtbot)
    yield made
    made.spaces.close()


def test_a_narrow_window_takes_width_only_for_as_long_as_it_is_narrow(desk):
    before = desk.width("prompt"), desk.width("queue")
    desk.resize(620)
    assert desk.width("prompt") + desk.width("queue") < sum(before)
    for width in range(700, 1400, 100):  # as when its edge is dragged
        desk.resize(width)
    assert (desk.width("prompt"), desk.width("queue")) == before


def test_what_the_user_has_made_narrow_stays_so(desk):
    desk.drag("queue", 180)
    desk.resize(620)
    desk.resize(1400)
    assert desk.width("queue") == 180
    desk.resize(760)
    desk.drag("prompt", 140)  # in the narrow window
    desk.resize(1400)
    assert desk.width("prompt") == 140


def test_each_workspace_has_its_own_also_while_the_window_is_narrow(desk, qtbot):
    desk.drag("queue", 260)
    desk.resize(620)
    desk.spaces.show("paint")
    desk.settle()
    assert desk.width("tools") < SIDES["right"]
    desk.resize(1400)
    assert desk.width("tools") == SIDES["right"]
    desk.resize(620)
    desk.spaces.show("generate")
    desk.settle()
    desk.resize(1400)
    assert desk.width("queue") == 260


def test_the_middle_keeps_its_least(desk):
    desk.resize(620)
    for width in (700, 800):
        desk.resize(width)
        assert desk.window.centralWidget().width() >= 300


def test_a_low_window_takes_height_only_for_as_long_as_it_is_low(desk):
    """After 600 px the settings stayed cut off, and the strip low."""
    names = ("prompt", "settings", "strip")
    before = {name: desk.height(name) for name in names}
    desk.resize(1400, 330)
    assert desk.height("strip") < before["strip"]
    desk.resize(1400, 500)
    desk.resize(1400, 700)
    for name in names:
        assert desk.height(name) == pytest.approx(before[name], abs=4), name


def test_docks_of_a_column_share_it_as_the_user_wants(desk, qtbot):
    desk.window.resizeDocks([desk.docks["prompt"], desk.docks["settings"]], [100, 340],
                            Qt.Orientation.Vertical)  # fmt: skip
    qtbot.waitUntil(lambda: desk.height("settings") > 2 * desk.height("prompt"))
    share = desk.height("settings") / desk.height("prompt")
    desk.resize(1400, 400)
    desk.resize(1400, 800)
    assert desk.height("settings") / desk.height("prompt") == pytest.approx(share, rel=0.1)
