"""The card that floats over the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from studio.ui.filmstrip.card import Card


@pytest.fixture
def host(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(800, 600)
    host.show()
    return host


def test_stays_inside_the_window_wherever_it_is_asked_for(host):
    card = Card("card", "Title", host, width=300)
    card.body.addWidget(QLabel())
    for point in (QPoint(0, 0), QPoint(799, 599), QPoint(400, 590)):
        card.open_above(host.mapToGlobal(point))
        assert host.rect().contains(card.geometry())
    host.resize(500, 300)
    assert card.geometry().right() < 500


def test_opens_above_the_point(host):
    card = Card("card", "Title", host, width=300)
    card.open_above(host.mapToGlobal(QPoint(400, 550)))
    assert card.geometry().bottom() < 550
    assert abs(card.geometry().center().x() - 400) <= 1


def test_escape_and_the_button_close_it(host, qtbot):
    card = Card("card", "Title", host)
    card.open_above(host.mapToGlobal(QPoint(400, 500)))
    with qtbot.waitSignal(card.closed, timeout=1000):
        qtbot.keyClick(card, Qt.Key.Key_Escape)
    assert card.isHidden()
    card.open_above(host.mapToGlobal(QPoint(400, 500)))
    qtbot.mouseClick(card.findChild(QWidget, "cardClose"), Qt.MouseButton.LeftButton)
    assert card.isHidden()


def test_the_focus_goes_back_to_where_it_was(host, qtbot):
    """It went to the first button of the window."""
    first, mine = QLineEdit(host), QLineEdit(host)
    for field in (first, mine):
        field.show()
    card = Card("card", "Title", host)
    inside = QLineEdit()
    card.body.addWidget(inside)
    host.activateWindow()
    mine.setFocus()
    qtbot.waitUntil(mine.hasFocus, timeout=5000)
    card.open_above(host.mapToGlobal(QPoint(400, 500)))
    inside.setFocus()
    assert inside.hasFocus()
    card.dismiss()
    assert mine.hasFocus()


def test_escape_is_the_cards_though_the_window_uses_it_too(host, qtbot):
    """It stopped the picture that was being made, and the card stayed."""
    action = QAction(host)
    action.setShortcut("Esc")
    host.addAction(action)
    stopped = QSignalSpy(action.triggered)
    card = Card("card", "Title", host)
    field = QLineEdit()
    card.body.addWidget(field)
    host.activateWindow()
    card.open_above(host.mapToGlobal(QPoint(400, 500)))
    field.setFocus()
    qtbot.waitUntil(field.hasFocus, timeout=5000)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert card.isHidden()
    assert stopped.count() == 0
