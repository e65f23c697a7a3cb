from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QMenu

from studio.ui.top_bar import ModelCombo, TopBar
from tests.unit.state.conftest import Engine, make_studio, model


@pytest.fixture
def bar(ready, shown):
    menu = QMenu()
    made = shown(TopBar(ready.form, ready.models, ready.generation, menu), 1280, 40)
    made.own_menu = menu
    return made


def test_workspaces_are_asked_for(bar, qtbot):
    with qtbot.waitSignal(bar.workspace_wanted) as heard:
        bar.findChild(QAbstractButton, "paintWorkspaceButton").click()
    assert heard.args == ["paint"]
    bar.show_workspace("library")
    assert bar.findChild(QAbstractButton, "libraryWorkspaceButton").isChecked()


def hold_over(button, data):
    event = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data,
                            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
    button.dragEnterEvent(event)
    return event


def test_a_drag_held_over_a_workspace_opens_it(bar, qtbot):
    button, data = bar.findChild(QAbstractButton, "conceptsWorkspaceButton"), QMimeData()
    with qtbot.waitSignal(bar.workspace_wanted, timeout=3000) as heard:
        assert hold_over(button, data).isAccepted()
    assert heard.args == ["concepts"]


def test_a_drag_that_passes_opens_nothing(bar, qtbot):
    button, data = bar.findChild(QAbstractButton, "paintWorkspaceButton"), QMimeData()
    hold_over(button, data)
    button.dragLeaveEvent(QDragLeaveEvent())
    with qtbot.assertNotEmitted(bar.workspace_wanted, wait=700):
        pass


def test_what_is_dropped_on_a_workspace_is_not_taken(bar, qtbot):
    button, data = bar.findChild(QAbstractButton, "paintWorkspaceButton"), QMimeData()
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data,
                       Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
    with qtbot.waitSignal(bar.workspace_wanted, timeout=1000):
        button.dropEvent(event)
    assert not event.isAccepted()


def test_the_queue_is_counted(bar, ready):
    ready.generation.pause(True)
    ready.form.edit(batch=3)
    ready.session.generate()
    assert bar._queue_button.text() == "Queue 3"
    ready.session.stop_all()
    assert bar._queue_button.text() == "Queue"


def test_the_name_gives_way_when_there_is_little_room(bar, qtbot):
    bar.setMinimumWidth(1)
    bar.resize(900, 40)
    qtbot.waitUntil(lambda: not bar._brand.isVisible())


def test_models_are_chosen_and_broken_ones_say_why(home, shown, qtbot):
    broken = model("bad", name="<b>Bad</b>", problem="It is <i>damaged</i>.", hint="Get it again.")
    studio = make_studio(home, Engine(model(), model("other"), broken))
    combo = shown(ModelCombo(studio.form, studio.models))
    with qtbot.waitSignal(studio.models.models_changed):
        studio.models.refresh()
    assert [combo.itemText(i) for i in range(3)] == [
        "Other · 64 px", "Starter · 64 px", "<b>Bad</b> · not usable"]  # fmt: skip
    assert not combo.model().item(2).isEnabled()
    assert "&lt;i&gt;damaged" in combo.itemData(2, Qt.ItemDataRole.ToolTipRole)
    combo.setCurrentIndex(0)
    assert studio.form.request.model == "other"
    assert "Other · 64 px" in combo.toolTip()
    studio.form.edit(model="starter")
    assert combo.currentData() == "starter"
    assert "Starter · 64 px" in combo.toolTip()
    assert studio.close()


def test_models_of_the_same_name_are_told_apart_by_their_files(home, shown):
    """A copy of a model's folder brings its name along: the list then read the same twice."""
    copy = model("starter (2)", name="Starter", path=Path("/models/<b>my copy"))
    olds = [model(f"old{n}", name="old", path=Path(f"/models/old{n}"), problem="Old.")
            for n in (".ckpt", ".pt")]  # fmt: skip
    studio = make_studio(home, Engine(model(), copy, model("other"), *olds))
    studio.models.load()
    combo = shown(ModelCombo(studio.form, studio.models))
    assert [combo.itemText(at) for at in range(combo.count())] == [
        "Other · 64 px", "Starter · starter · 64 px", "Starter · <b>my copy · 64 px",
        "old · old.ckpt · not usable", "old · old.pt · not usable"]  # fmt: skip
    assert studio.close()
