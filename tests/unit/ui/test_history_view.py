from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from studio.state.history import PIXELS_ROLE
from studio.ui.history_view import HistoryView, details

PROMPT = "a <b>red</b> fox"


@pytest.fixture
def view(ready, shown, qtbot):
    ready.form.edit(prompt=PROMPT, batch=3, seed=1)
    ready.session.generate()
    qtbot.waitUntil(lambda: ready.history.rowCount() == 3)
    made = shown(HistoryView(ready.history, name="historyView", side=92), 280, 300)
    qtbot.waitUntil(lambda: ready.history.index(0).data(PIXELS_ROLE) is not None)
    return made


def test_a_click_and_the_arrows_show_a_picture(view, qtbot):
    with qtbot.waitSignal(view.picture_chosen) as heard:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert heard.args[0].seed == 3
    view.setFocus()
    with qtbot.waitSignal(view.picture_chosen) as heard:
        qtbot.keyClick(view, Qt.Key.Key_Right)
    assert heard.args[0].seed == 2


def test_one_click_shows_a_picture_once(view, qtbot):
    """It was opened twice: when it became the current one, and as the click."""
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    heard = []
    view.picture_chosen.connect(heard.append)
    for row in (1, 1):
        at = view.visualRect(view.model().index(row)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [picture.seed for picture in heard] == [2, 2]  # again if it is clicked again


def test_letters_are_commands(view, qtbot):
    heard = []
    view.key_pressed.connect(heard.append)
    for key in (Qt.Key.Key_S, Qt.Key.Key_P, Qt.Key.Key_Delete, Qt.Key.Key_X):
        qtbot.keyClick(view, key)
    assert heard == ["s", "p", "del"]


def test_cells_fill_the_width(view):
    assert view.selected_rows() == []
    columns = {view.visualRect(view.model().index(row)).x() for row in range(3)}
    assert len(columns) == 2
    view.set_side(200)
    assert view._delegate.side >= 200


def test_the_tip_shows_facts_literally(view):
    at = QPoint(40, 40)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    assert "&lt;b&gt;red" in QToolTip.text()
    QToolTip.hideText()
    words = details(view.history().picture(0))
    assert PROMPT in words
    assert "Seed 3" in words
    assert "64 × 64 px" in words


def test_pictures_signs_and_emptiness_are_drawn(view, ready, qtbot):
    view.setCurrentIndex(view.model().index(1))
    ready.history.set_favourite(1, is_favourite=True)
    qtbot.waitUntil(lambda: ready.history.picture(1).is_favourite)
    assert not view.grab().isNull()
    ready.history.search("nothing like that")
    qtbot.waitUntil(lambda: ready.history.rowCount() == 0)
    assert not view.grab().isNull()
