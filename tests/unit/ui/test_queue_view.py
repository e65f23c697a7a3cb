from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from studio.ui.queue_view import QueuePanel


@pytest.fixture
def panel(ready, shown):
    made = shown(QueuePanel(ready.generation, ready.queue_model), 280, 240)
    ready.generation.pause(True)
    for seed in (1, 2, 3):
        ready.form.edit(seed=seed, prompt=f"picture {seed}")
        ready.session.generate()
    yield made
    ready.session.stop_all()


def titles(panel):
    return [panel.view.model().index(row).data() for row in range(panel.view.model().rowCount())]


def click(panel, name):
    panel.findChild(QAbstractButton, name).click()


def test_reorder_and_remove(panel, ready):
    panel.view.setCurrentIndex(panel.view.model().index(2))
    click(panel, "queueUpButton")
    assert titles(panel) == ["picture 1", "picture 3", "picture 2"]
    click(panel, "queueDownButton")
    click(panel, "queueRemoveButton")
    assert titles(panel) == ["picture 1", "picture 2"]


def test_a_chosen_picture_stays_chosen_while_others_begin_and_end(panel, ready, qtbot):
    """Each change of the queue took the selection away, in the middle of moving a picture."""
    panel.view.setCurrentIndex(panel.view.model().index(2))
    ready.form.edit(seed=4, prompt="picture 4")
    ready.session.generate()
    assert titles(panel)[panel._row()] == "picture 3"
    ready.generation.cancel(ready.generation.waiting[0])
    assert titles(panel)[panel._row()] == "picture 3"
    assert panel._up.isEnabled()
    panel.view.clearSelection()
    ready.generation.cancel(ready.generation.waiting[0])
    assert panel._row() == -1


def test_buttons_are_on_only_where_they_can_act(panel):
    assert not panel._remove.isEnabled()
    panel.view.setCurrentIndex(panel.view.model().index(0))
    assert panel._remove.isEnabled()
    assert panel._up.isEnabled()


def test_pause_follows_the_queue_and_the_queue_the_button(panel, ready, qtbot):
    assert panel._pause.isChecked()
    click(panel, "queuePauseButton")
    assert not ready.generation.is_paused
    qtbot.waitUntil(lambda: titles(panel) == [])


def test_rows_and_emptiness_are_drawn(panel, ready, qtbot):
    ready.form.edit(prompt="<b>hostile</b>\n" * 500)
    ready.session.generate()
    assert not panel.grab().isNull()
    ready.session.stop_all()
    assert not panel.grab().isNull()


def test_keys_do_what_the_buttons_do(panel, qtbot):
    view, alt = panel.view, Qt.KeyboardModifier.AltModifier
    view.setCurrentIndex(view.model().index(0))
    qtbot.keyClick(view, Qt.Key.Key_Down, alt)
    qtbot.keyClick(view, Qt.Key.Key_Down, alt)
    assert titles(panel) == ["picture 2", "picture 3", "picture 1"]
    qtbot.keyClick(view, Qt.Key.Key_Up, alt)
    assert titles(panel) == ["picture 2", "picture 1", "picture 3"]
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert titles(panel) == ["picture 2", "picture 3"]
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert titles(panel) == ["picture 2"]
