"""The controls: the page of the view, its numbers, drawing and training."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from studio.state.lab.board import VIEWS
from studio.state.lab.results import Run
from studio.ui.lab.controls import LabControls, in_scroll_area
from studio.ui.lab.rows import ChoiceRow


@pytest.fixture
def controls(room, shown):
    room._settle.blockSignals(True)
    made = LabControls(room)
    area = shown(in_scroll_area(made), 340, 800)
    yield made
    area.hide()


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_has_its_page_within_the_width(controls, room, view):
    room.change(view=view.key)
    assert controls._title.text() == view.title
    assert controls._pages.currentIndex() == VIEWS.index(view)
    assert controls._pages.currentWidget().minimumSizeHint().width() <= 330


def test_classes_follow_the_data(controls, room):
    row = next(r for r in controls.findChildren(ChoiceRow) if r.field == "label")
    assert [row.combo.itemText(i) for i in range(row.combo.count())] == ["all", "person", "dog",
                                                                         "cat"]  # fmt: skip
    room.change(data="moons")
    assert row.combo.count() == 3


def test_numbers_and_runs_are_shown(controls, room):
    room.results.runs = [Run("DDIM", 5, "exact", 0.25), Run("DDPM", 9, "learned", 0.5)]
    room.change(view="sample")
    room.results_changed.emit()
    assert controls._figures[0][0].text() == "0.250"
    assert not controls._figures[1][0].isVisible()
    assert [line.text() for line in controls._runs._lines[:2]] == [
        "0.250   DDIM, 5 steps, exact", "0.500   DDPM, 9 steps, learned"
    ]  # fmt: skip


def test_drawing_needs_enough_points_to_end(controls, room):
    check = controls.findChild(QCheckBox, "labDrawCheck")
    check.setChecked(True)
    assert room.board.draw_label == 0
    controls.findChild(QPushButton, "labDrawClass2").click()
    assert room.board.draw_label == 2
    check.setChecked(False)
    assert room.board.draw_label == 2  # refused: nothing was drawn
    assert check.isChecked()
    room.draw([(0, 0), (0.5, 0.5), (0.9, 0.1)])
    check.setChecked(False)
    assert room.board.draw_label is None


def test_training_buttons_follow_the_training(controls, room, qtbot):
    train = controls.findChild(QPushButton, "labTrainButton")
    pause, stop = (controls.findChild(QPushButton, n) for n in ("labPauseButton",
                                                                "labStopTrainButton"))  # fmt: skip
    assert not pause.isEnabled()
    room.change(view="learn", train_steps=50_000)
    qtbot.mouseClick(train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(room.results.losses) > 0, timeout=30_000)
    assert pause.isEnabled()
    pause.click()
    assert pause.text() == "Go on"
    stop.click()
    assert not room.is_training
    assert not stop.isEnabled()
    assert train.text() == "Train anew"
    assert isinstance(controls, QWidget)
