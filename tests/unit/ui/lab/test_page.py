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
