from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl

from studio.ui.prompt_edit import PASTE_LIMIT, PromptEdit

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def edit(shown):
    return shown(PromptEdit("promptEdit", "Prompt", "Describe…"), 300, 90)


def select(edit, start, end):
    cursor = edit.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(end, cursor.MoveMode.KeepAnchor)
    edit.setTextCursor(cursor)


@pytest.mark.parametrize("before", ["", "🦊🦊 "])
def test_ctrl_up_and_down_weigh_the_selection_also_after_emoji(edit, qtbot, before):
    text = before + "a red fox"
    edit.show_text(text)
    units = len(before.encode("utf-16-le")) // 2
    select(edit, units + 2, units + 5)
    qtbot.keyClick(edit, Qt.Key.Key_Up, CONTROL)
    qtbot.keyClick(edit, Qt.Key.Key_Up, CONTROL)
    assert edit.toPlainText() == before + "a (red:1.2) fox"
    assert edit.textCursor().selectedText() == "red"
    qtbot.keyClick(edit, Qt.Key.Key_Down, CONTROL)
    qtbot.keyClick(edit, Qt.Key.Key_Down, CONTROL)
    assert edit.toPlainText() == text
    edit.undo()
    assert edit.toPlainText() == before + "a (red:1.1) fox"


def test_alt_arrows_ask_for_history(edit, qtbot):
    with qtbot.waitSignal(edit.history_wanted) as heard:
        qtbot.keyClick(edit, Qt.Key.Key_Up, ALT)
    assert heard.args == [1]


def test_showing_text_tells_nobody_and_can_be_undone(edit, qtbot):
    qtbot.keyClicks(edit, "mine")
    with qtbot.assertNotEmitted(edit.edited):
        edit.show_text("theirs")
    edit.undo()
    assert edit.toPlainText() == "mine"


def test_pasting_takes_plain_words_only(edit):
    data = QMimeData()
    data.setHtml("<b>bold</b>")
    data.setText("bold\x00 " + "x" * (2 * PASTE_LIMIT))
    edit.insertFromMimeData(data)
    assert edit.toPlainText().startswith("bold xxx")
    assert len(edit.toPlainText()) == PASTE_LIMIT
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("/tmp/x.png")])
    files.setText("file:///tmp/x.png")
    assert not edit.canInsertFromMimeData(files)


def test_tab_leaves_the_field_and_enter_is_a_new_line(edit, qtbot):
    assert edit.tabChangesFocus()
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert edit.toPlainText() == "\n"
    qtbot.keyClick(edit, Qt.Key.Key_Return, CONTROL)
    assert edit.toPlainText() == "\n"


@pytest.mark.parametrize("before", ["", "🦊, "])
def test_alt_left_and_right_move_the_phrase_at_the_cursor(edit, qtbot, before):
    text = before + "a red fox, snow, night"
    edit.show_text(text)
    at = len(before.encode("utf-16-le")) // 2 + 4
    select(edit, at, at)
    qtbot.keyClick(edit, Qt.Key.Key_Right, ALT)
    assert edit.toPlainText() == before + "snow, a red fox, night"
    assert edit.textCursor().selectedText() == "a red fox"
    qtbot.keyClick(edit, Qt.Key.Key_Right, ALT)
    assert edit.toPlainText() == before + "snow, night, a red fox"
    qtbot.keyClick(edit, Qt.Key.Key_Left, ALT)
    edit.undo()
    assert edit.toPlainText() == before + "snow, night, a red fox"
