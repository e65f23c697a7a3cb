"""The page of grids."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QPushButton

from studio.state.lab.grid_room import PLANNED_SIDE_MAX, GridRoom
from studio.ui.lab import grid_page
from studio.ui.lab.grid_page import GridControls, Sheet


@pytest.fixture
def opened():
    return []


@pytest.fixture
def page(ready, shown, opened):
    room = GridRoom(ready.session, ready.generation, ready.messages, opened.append, ready.models)
    made = shown(GridControls(room, ready.session), 340, 700)
    made.room, made.sheet = room, shown(Sheet(room), 700, 600)
    return made


def test_presets_fill_the_form(page):
    page.findChild(QPushButton, "labGridPreset0").click()
    assert page.findChild(QComboBox, "labGridXCombo").currentData() == "cfg"
    assert page.findChild(QLineEdit, "labGridXEdit").text() == "0,1,2,4,8,16"
    assert page.texts() == ["cfg=0,1,2,4,8,16", "seed=1..2"]
    assert not page.findChild(QLineEdit, "labGridZEdit").isVisible()
    assert page._count.text() == "12 pictures"  # planned, and shown as empty frames
    assert page.room.sheet is not None
    page.findChild(QLineEdit, "labGridXEdit").setText("1,two")
    assert "two" in page._problem.text()


def test_making_showing_clicking_and_saving(page, opened, qtbot, monkeypatch, tmp_path):
    combo, values = page._axes[0]
    combo.setCurrentIndex(combo.findData("seed"))
    values.setText("1..3")
    page.findChild(QPushButton, "labGridMake").click()
    assert page.findChild(QPushButton, "labGridStop").isEnabled()
    qtbot.waitUntil(lambda: not page.room.is_running, timeout=20_000)
    assert page._count.text() == "3 of 3 pictures"
    sheet = page.sheet
    assert not sheet.grab().toImage().isNull()
    place, (left, top, _, _) = sheet.place(), page.room._layout.box(2, 0, 0)
    scale = place.width() / page.room.sheet.shape[1]
    at = QPoint(round(place.x() + (left + 9) * scale), round(place.y() + (top + 9) * scale))
    qtbot.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=at)
    assert opened == [page.room.paths[2, 0, 0]]
    out = tmp_path / "sheet.png"
    typed = str(tmp_path / "sheet")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (typed, ""))
    page.findChild(QPushButton, "labGridSave").click()
    assert out.exists()
    assert isinstance(page.room.sheet, np.ndarray)
    values.setText("1..30")
    assert page._count.text() == "3 of 3 pictures · the next grid: 30"
    assert len(page.room.paths) == 3  # what has been made is still shown


def test_a_huge_sheet_is_planned_and_shown_small_and_clicked_where_it_is(page, qtbot, monkeypatch):
    """With each key that was typed, and for each picture, 300 MB were made anew."""
    monkeypatch.setattr(grid_page, "SHOWN_MAX", 150)
    combo, values = page._axes[0]
    combo.setCurrentIndex(combo.findData("seed"))
    values.setText("1..60")
    assert page._count.text() == "60 pictures"
    assert max(page.room.sheet.shape) < 1.2 * PLANNED_SIDE_MAX < 60 * 64
    values.setText("1..4")
    page.findChild(QPushButton, "labGridMake").click()
    qtbot.waitUntil(lambda: not page.room.is_running, timeout=20_000)
    sheet, full = page.sheet, page.room.sheet
    assert page.room._layout.cell == (64, 64)
    assert sheet._image.width() < full.shape[1]
    left, top, right, bottom = page.room._layout.box(3, 0, 0)
    place = sheet.place()
    assert place.width() == full.shape[1]  # there is room for all of it
    at = place.topLeft() + QPointF((left + right) / 2, (top + bottom) / 2)
    event = QMouseEvent(QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton,
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
    assert page.room.place_at(*sheet._on_sheet(event)) == (3, 0, 0)
