from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit, QMainWindow, QVBoxLayout, QWidget

from studio.ui.actions import Actions, is_typing, key_text


class Target(QObject):
    def __init__(self):
        super().__init__()
        self.calls = []

    @Slot()
    def go(self):
        self.calls.append("go")

    @Slot(bool)
    def toggle(self, is_on):
        self.calls.append(is_on)


@pytest.fixture
def window(qtbot):
    made = QMainWindow()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.fixture
def target():
    return Target()


def press(qtbot, widget, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(widget, key, modifier)


def test_a_key_runs_the_action(window, target, qtbot):
    actions = Actions(window)
    actions.add("generate.start", "Generate", target.go, shortcut=("Ctrl+Return", "Ctrl+Enter"))
    press(qtbot, window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert target.calls == ["go"]
    assert "generate.start" in actions
    assert actions.entries()[0].menu == "Generate"
    assert "Ctrl+Enter" in actions["generate.start"].toolTip()


def test_keys_of_other_workspaces_are_silent(window, target, qtbot):
    actions = Actions(window)
    actions.add("paint.x", "Swap", target.go, shortcut="Ctrl+J", workspaces=("paint",))
    actions.set_workspace("generate")
    press(qtbot, window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert target.calls == []
    actions.set_workspace("paint")
    press(qtbot, window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert target.calls == ["go"]
    with pytest.raises(ValueError, match="nowhere"):
        actions.set_workspace("nowhere")


def test_a_letter_counts_only_in_its_own_widget_and_not_while_typing(window, target, qtbot):
    central, field, strip = QWidget(), QLineEdit(), QWidget()
    strip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    column = QVBoxLayout(central)
    column.addWidget(field)
    column.addWidget(strip)
    window.setCentralWidget(central)
    qtbot.waitUntil(strip.isVisible)
    actions = Actions(window)
    actions.add("strip.fork", "Fork", target.go, shortcut="F", context=strip)
    field.setFocus()
    press(qtbot, field, Qt.Key.Key_F)
    assert (target.calls, field.text(), is_typing()) == ([], "f", True)
    strip.setFocus()
    press(qtbot, strip, Qt.Key.Key_F)
    assert target.calls == ["go"]
    assert not is_typing()


def test_checkable_actions_say_their_state(window, target):
    actions = Actions(window)
    action = actions.add("view.motion", "Reduced motion", target.toggle, is_checkable=True)
    action.trigger()
    action.trigger()
    assert target.calls == [True, False]


def test_keys_are_called_as_people_call_them():
    assert key_text(QKeySequence("Ctrl+Return")) == "Ctrl+Enter"
    assert key_text(QKeySequence()) == ""


def test_chosen_keys_come_back_also_for_late_actions_and_nonsense_is_dropped(window, target):
    chosen = {"view.x": ["Ctrl+J"], "view.y": "Ctrl+I", 3: ["F5"], "view.z": [None]}
    actions = Actions(window, chosen)
    assert actions.add("view.x", "X", target.go, shortcut="F6").shortcut().toString() == "Ctrl+J"
    assert actions.add("view.y", "Y", target.go, shortcut="F7").shortcut().toString() == "F7"
    assert "Ctrl+J" in actions["view.x"].toolTip()
    actions.reset_keys("view.x")
    assert "F6" in actions["view.x"].toolTip()


def test_keys_meet_only_where_both_are_heard(window, target):
    one, two = QWidget(window), QWidget(window)
    actions = Actions(window)
    actions.add("strip.a", "A", target.go, shortcut="F", context=one)
    actions.add("canvas.b", "B", target.go, context=two)
    actions.add("lab.c", "C", target.go, shortcut="F8", workspaces=("laboratory",))
    actions.add("concepts.d", "D", target.go, workspaces=("concepts",))
    assert actions.conflicts("canvas.b", "F") == []
    assert [e.id for e in actions.conflicts("lab.c", "F")] == ["strip.a"]
    assert actions.conflicts("concepts.d", "F8") == []
