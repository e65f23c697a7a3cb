"""Drawing, training and sampling recipes beside the plane."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QWidget

from studio.ui.lab.controls import LabControls, in_scroll_area
from studio.ui.lab.tools import DataRow


@pytest.fixture
def controls(room, shown):
    room._settle.blockSignals(True)
    made = LabControls(room)
    area = shown(in_scroll_area(made), 340, 800)
    yield made
    area.hide()


def test_a_recipe_sets_sampler_steps_and_process(controls, room):
    room.change(view="sample", eta=0.5, noise=0.2)
    controls.findChild(QPushButton, "labRecipe4").click()
    board = room.board
    assert (board.sampler, board.steps, board.process) == ("Euler", 20, "flow")
    assert (board.eta, board.noise) == (None, None)


def test_a_drawing_is_kept_named_and_deleted(controls, room):
    check = controls.findChild(QCheckBox, "labDrawCheck")
    name = controls.findChild(QLineEdit, "labDrawName")
    assert not name.isVisible()
    check.setChecked(True)
    room.draw([(0, 0), (0.5, 0.5), (0.9, 0.1)])
    check.setChecked(False)
    assert (name.isVisible(), name.text()) == (True, "Drawing 1")
    name.setText("hook")
    name.editingFinished.emit()
    assert room.drawings.names == ("hook",)
    row = next(r for r in controls.findChildren(DataRow))
    shown = [row.combo.itemText(i) for i in range(row.combo.count())]
    assert shown[-2:] == ["Drawn: hook", "A new drawing"]
    assert row.combo.currentText() == "Drawn: hook"
    room.change(data="moons", drawing="")
    assert not name.isVisible()
    row.combo.activated.emit(shown.index("Drawn: hook"))
    assert len(room.data.points) == 3
    row.combo.activated.emit(shown.index("A new drawing"))
    assert (room.drawn, room.board.draw_label) == ([], 0)
    assert room.drawings.names == ("hook",)  # nothing is lost by beginning anew
    row.combo.activated.emit(shown.index("Drawn: hook"))
    controls.findChild(QPushButton, "labDrawDelete").click()
    assert room.drawings.names == ()
    assert room.board.data == "spiral"


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
