from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QMainWindow

from studio.ui.actions import Actions
from studio.ui.palette import CommandPalette, rank


class Target(QObject):
    def __init__(self):
        super().__init__()
        self.calls = 0

    @Slot()
    def go(self):
        self.calls += 1


@pytest.fixture
def palette(shown):
    window = shown(QMainWindow(), 900, 600)
    target = Target()
    actions = Actions(window)
    actions.add("generate.start", "Generate", target.go, shortcut="Ctrl+Return")
    actions.add("view.full", "Full screen", target.go)
    actions.add("strip.fork", "Fork here…", target.go)
    actions["view.full"].setEnabled(False)
    made = CommandPalette(actions, window)
    made.target, made.window_of = target, window
    made.open()
    return made


def rows(palette):
    return [palette._list.item(i).text() for i in range(palette._list.count())]


def test_letters_in_order_fit_and_word_starts_win():
    assert rank("gen", "Generate") is not None
    assert rank("xyz", "Generate") is None
    assert rank("fh", "Fork here") < rank("fh", "Leaf with")
    assert rank("", "anything") is not None


def test_a_word_in_one_piece_comes_before_scattered_letters():
    theme = "Next theme: system, dark, light"
    assert rank("theme", theme) < rank("theme", "Open the menu")
    assert rank("theme nex", theme) < rank("theme nex", "Open the menu: next")
    assert rank("ram", "Ram in use") < rank("ram", "Open the frame")


def test_typing_narrows_and_enter_runs(palette, qtbot):
    assert rows(palette) == ["Generate", "Fork here"]
    qtbot.keyClicks(palette._search, "fork")
    assert rows(palette) == ["Fork here"]
    qtbot.keyClick(palette._search, Qt.Key.Key_Return)
    assert palette.target.calls == 1
    assert not palette.isVisible()


def test_arrows_move_while_the_focus_stays(palette, qtbot):
    qtbot.keyClick(palette._search, Qt.Key.Key_Down)
    assert palette._list.currentRow() == 1
    qtbot.keyClick(palette._search, Qt.Key.Key_Down)
    assert palette._list.currentRow() == 1
    qtbot.keyClick(palette._search, Qt.Key.Key_Up)
    assert palette._list.currentRow() == 0
    assert not palette.grab().isNull()


def test_nothing_found_is_no_accident(palette, qtbot):
    qtbot.keyClicks(palette._search, "zzz")
    qtbot.keyClick(palette._search, Qt.Key.Key_Return)
    assert palette.target.calls == 0
