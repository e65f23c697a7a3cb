from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from studio.ui.completing import Completing, wanted
from studio.ui.prompt_edit import PromptEdit


class Names:
    def lora_names(self):
        return ["Fur.v1", "ink"]

    def list_names(self):
        return ["animals/cat", "scene"]


@pytest.fixture
def edit(shown):
    made = shown(PromptEdit("promptEdit", "Prompt", "Describe…"), 300, 90)
    made.completing = Completing(made, Names())
    made.edited.connect(made.completing.look)
    made.activateWindow()
    made.setFocus()
    return made


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("a <", ("lora", "", 1)),
        ("a <lo", ("lora", "", 3)),
        ("a <LORA:fu", ("lora", "fu", 8)),
        ("a <lora:fur:1> <b", None),
        ("a <lora:fur:", None),
        ("a __", ("list", "", 2)),
        ("a __animals/c", ("list", "animals/c", 11)),
        ("a __cat__", None),
        ("snake_case __", ("list", "", 2)),
        ("a fox", None),
        ("", None),
    ],
)
def test_what_is_being_typed(before, found):
    assert wanted(before) == found


def test_a_lora_is_offered_and_taken_with_enter(edit, qtbot):
    qtbot.keyClicks(edit, "a fox <lora:i")
    assert edit.completing.is_open()
    popup = edit.completing.completer.popup()
    assert popup.model().index(0, 0).data() == "ink"
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert edit.toPlainText() == "a fox <lora:ink:1>"
    assert not edit.completing.is_open()
    edit.undo()
    assert edit.toPlainText() == "a fox <lora:i"


def test_a_list_is_offered_and_esc_refuses_it(edit, qtbot):
    qtbot.keyClicks(edit, "a __ca")
    popup = edit.completing.completer.popup()
    qtbot.keyClick(popup, Qt.Key.Key_Escape)
    assert not edit.completing.is_open()
    qtbot.keyClicks(edit, "t")
    qtbot.keyClick(popup, Qt.Key.Key_Tab)
    assert edit.toPlainText() == "a __animals/cat__"


def test_nothing_is_offered_where_nothing_fits(edit, qtbot):
    qtbot.keyClicks(edit, "<lora:zzz")
    assert not edit.completing.is_open()
    edit.show_text("a __")
    assert not edit.completing.is_open()
