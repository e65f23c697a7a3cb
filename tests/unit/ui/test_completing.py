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
        ("__animals__ " + 112 * "x" + " __ca", ("list", "ca", 4)),
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


def test_a_name_takes_no_other_words_place_after_the_cursor_has_moved(edit, qtbot):
    """The arrows move the cursor while the names are open; Enter ate what stood before it."""
    qtbot.waitUntil(edit.hasFocus)
    qtbot.keyClicks(edit, "a red cat <lora:i")
    popup = edit.completing.popup
    for _ in range(2):
        qtbot.keyClick(popup, Qt.Key.Key_Left)
    assert popup.isVisible()
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert edit.toPlainText().startswith("a red cat <lora:")
    edit.undo()
    for _ in range(12):
        qtbot.keyClick(popup if popup.isVisible() else edit, Qt.Key.Key_Left)
    assert not popup.isVisible()


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
