from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMainWindow

from studio.ui.actions import Actions
from studio.ui.keys import KeysDialog


@pytest.fixture
def dialog(shown):
    window = shown(QMainWindow(), 600, 400)
    actions = Actions(window)
    actions.add("generate.start", "Generate", window.repaint, shortcut=("Ctrl+Return", "F5"))
    actions.add("view.none", "Without a key", window.repaint)
    made = KeysDialog(actions, window)
    made.window_of = window
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
    assert not any("Without" in words for _, words, _ in lines(dialog))


def test_searching_narrows(dialog):
    dialog._search.setText("f5")
    assert [words for _, words, _ in lines(dialog)] == ["Generate"]
