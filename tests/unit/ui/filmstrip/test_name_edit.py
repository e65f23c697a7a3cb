"""Esc in the line for a name is the line's own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from studio.ui.filmstrip.name_edit import NameEdit


@pytest.fixture
def stopped(qtbot):
    """A window whose Esc stops something, and how often it has."""
    window, presses = QWidget(), []
    qtbot.addWidget(window)
    QShortcut(QKeySequence("Esc"), window).activated.connect(lambda: presses.append(1))
    edit = NameEdit(window)
    window.show()
    qtbot.waitExposed(window)
    edit.setFocus()
    yield edit, presses  # the window lives as long as this frame
    window.close()


def test_escape_gives_the_name_up_and_stops_nothing(stopped, qtbot):
    edit, presses = stopped
    finished = []
    edit.editingFinished.connect(lambda: finished.append(1))
    with qtbot.waitSignal(edit.given_up):
        # Through the window's shortcuts, as a keyboard's press goes.
        QTest.keyClick(edit.window().windowHandle(), Qt.Key.Key_Escape)
    assert (presses, finished) == ([], [])


def test_other_keys_are_typed(stopped, qtbot):
    edit, _ = stopped
    qtbot.keyClicks(edit, "a hat")
    assert edit.text() == "a hat"
