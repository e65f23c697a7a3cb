from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from studio.ui.actions import Actions
from studio.ui.history_panel import _USES
from studio.ui.keys import KeysDialog


@pytest.fixture
def dialog(shown):
    window = shown(QMainWindow(), 600, 400)
    actions = Actions(window)
    actions.add("generate.start", "Generate", window.repaint, shortcut=("Ctrl+Return", "F5"))
    actions.add("view.none", "Without a key", window.repaint)
    actions.add("strip.keep", "Keep", window.repaint, shortcut="K")
    made = KeysDialog(actions, window)
    made.window_of = window
    made.actions_of = actions
    made.open()
    return made


def lines(dialog):
    tree = dialog._tree
    found = []
    for at in range(tree.topLevelItemCount()):
        head = tree.topLevelItem(at)
        found += [(head.text(0), head.child(i).text(0), head.child(i).text(1))
                  for i in range(head.childCount())]  # fmt: skip
    return found


def test_all_keys_are_listed_by_menu(dialog):
    assert ("GENERATE", "Generate", "Ctrl+Enter, F5") in lines(dialog)
    assert ("EDIT", "Earlier prompt", "Alt+Up") in lines(dialog)
    assert ("VIEW", "Without a key", "–") in lines(dialog)


def test_keys_that_belong_to_lists_are_listed_too(dialog):
    """Those of the history and the queue stood only in a menu of the right button, or nowhere."""
    listed = {name: key for _, name, key in lines(dialog)}
    own = {key for name, key in listed.items() if name.startswith("History: ")}
    assert own == {*(key.upper() for key in _USES), ".", "Del"}
    assert listed["Queue: remove the chosen picture"] == "Del"
    assert listed["Move the view, while it is held"] == "Space"


def test_searching_narrows(dialog):
    dialog._search.setText("f5")
    assert [words for _, words, _ in lines(dialog)] == ["Generate"]


def choose(dialog, name):
    tree = dialog._tree
    [item] = tree.findItems(name, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    tree.setCurrentItem(item)
    return dialog.editor


def test_a_key_is_changed_and_the_loser_is_named(dialog, qtbot):
    editor = choose(dialog, "Without a key")
    editor.begin()
    qtbot.keyClick(editor.field, Qt.Key.Key_F5)
    assert "“Generate”" in editor._note.text()
    with qtbot.waitSignal(dialog.actions_of.keys_changed) as heard:
        editor.set_button.click()
    assert heard.args == [{"generate.start": ["Ctrl+Return"], "view.none": ["F5"]}]
    assert ("VIEW", "Without a key", "F5") in lines(dialog)
    assert ("GENERATE", "Generate", "Ctrl+Enter") in lines(dialog)
    assert "At first it was none" in editor._note.text()


def test_reset_brings_keys_back(dialog, qtbot):
    editor = choose(dialog, "Keep")
    editor.none_button.click()
    assert dialog.actions_of["strip.keep"].shortcuts() == []
    editor.reset_button.click()
    assert dialog.actions_of["strip.keep"].shortcut().toString() == "K"
    assert not editor.reset_button.isEnabled()
    choose(dialog, "Without a key").field.setKeySequence("F5")
    editor.set_button.click()
    with qtbot.waitSignal(dialog.actions_of.keys_changed) as heard:
        editor.all_button.click()
    assert heard.args == [{}]
    assert ("GENERATE", "Generate", "Ctrl+Enter, F5") in lines(dialog)


def test_enter_stands_for_both_enter_keys(dialog):
    editor = choose(dialog, "Keep")
    editor.field.setKeySequence("Alt+Return")
    editor.set_button.click()
    assert dialog.actions_of.entries()[2].own_keys == ("Alt+Return", "Alt+Enter")


def test_keys_of_fields_are_said_to_stay(dialog):
    editor = choose(dialog, "Keep")
    editor.field.setKeySequence("Alt+Up")
    assert "keeps this key" in editor._note.text()


def test_tab_leaves_the_field_for_keys(dialog, qtbot):
    editor = choose(dialog, "Keep")
    editor.begin()
    qtbot.keyClick(editor.field, Qt.Key.Key_Tab)
    assert editor.field.keySequence().toString() == "K"
