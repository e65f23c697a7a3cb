"""The page: tabs change the view."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from studio.ui.lab.page import LabPage


def test_tabs_and_board_agree(room, shown, qtbot):
    room._settle.blockSignals(True)
    page = shown(LabPage(room), 700, 600)
    tab = page.findChild(QPushButton, "lab_sample_tab")
    qtbot.mouseClick(tab, Qt.MouseButton.LeftButton)
    assert room.board.view == "sample"
    room.change(view="learn")
    assert page.findChild(QPushButton, "lab_learn_tab").isChecked()
    room.change(draw_label=0)
    assert page.plane.cursor().shape() is Qt.CursorShape.CrossCursor


def test_no_tab_is_cut_in_a_narrow_window(room, shown, qtbot):
    """At 800 px the tabs were slivers without a letter."""
    page = shown(LabPage(room), 280, 600)
    tabs = [tab for tab in page.findChildren(QPushButton) if tab.objectName().endswith("_tab")]
    assert len(tabs) > 3
    for tab in tabs:
        assert tab.width() >= tab.sizeHint().width()
        assert page.rect().contains(tab.geometry())
    places = [tab.geometry() for tab in tabs]
    assert not any(a.intersects(b) for a in places for b in places if a != b)
    assert max(place.bottom() for place in places) < page._stack.geometry().top()
