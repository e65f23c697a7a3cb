from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from studio.ui.docks import Dock
from studio.ui.panels import Panel


@pytest.fixture
def built():
    return []


@pytest.fixture
def dock(shown, built):
    def build():
        built.append(QLabel("inside"))
        return built[-1]

    window = shown(QMainWindow(), 500, 400)
    panel = Panel(name="probe", title="Probe", widget=build, area="left", workspaces=frozenset())
    made = Dock(panel, window)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, made)
    made.window_of = window
    return made


def test_the_panel_is_built_once_and_late(dock, built):
    assert built == []
    dock.build()
    dock.build()
    assert len(built) == 1
    assert dock.objectName() == "probeDock"


def test_its_buttons_show_under_the_mouse_and_float_and_hide(dock, qtbot):
    title = dock.titleBarWidget()
    QApplication.sendEvent(title, QEvent(QEvent.Type.Leave))  # the test's mouse may be anywhere
    assert not title._close.isVisible()
    at = QPointF(5, 5)
    QApplication.sendEvent(title, QEnterEvent(at, at, at))
    qtbot.waitUntil(title._close.isVisible)
    title._float.click()
    assert dock.isFloating()
    title._float.click()
    assert not dock.isFloating()
    title._close.click()
    assert dock.isHidden()
    QApplication.sendEvent(title, QEvent(QEvent.Type.Leave))
    assert title._close.isHidden()
