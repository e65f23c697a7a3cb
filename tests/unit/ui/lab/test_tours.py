"""The tours' panel: cards set the board, point at things that exist, and end."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from studio.state.lab.tours import TOURS
from studio.ui.lab.controls import LabControls
from studio.ui.lab.page import LabPage
from studio.ui.lab.tours import TourPanel


@pytest.fixture
def window(room, shown):
    room._settle.blockSignals(True)
    room.train = lambda: None  # a tour may begin a training; not here
    made = QWidget()
    line = QHBoxLayout(made)
    made.tours, made.page = TourPanel(room), LabPage(room)
    for widget in (made.tours, made.page, LabControls(room)):
        line.addWidget(widget)
    return shown(made, 1200, 700)


@pytest.mark.parametrize("at", range(len(TOURS)))
def test_every_card_points_at_something_that_is_there(window, room, at):
    window.findChild(QPushButton, f"labTour{at}").click()
    for card in TOURS[at].cards:
        assert window.tours._text.text() == card.text
        for name, value in card.changes.items():
            if not (card.plays and name in ("run", "walk", "t")):
                assert getattr(room.board, name) == value
        assert window.findChild(QWidget, card.look) is not None
        assert window.page.transport.is_playing == card.plays
        window.findChild(QPushButton, "labTourNext").click()
    assert window.tours._pages.currentIndex() == 0


def test_back_and_leave(window, room):
    window.tours.begin(3)
    window.tours.advance()
    assert room.board.sampler == "DDPM, noise removed"
    window.findChild(QPushButton, "labTourBack").click()
    assert room.board.sampler == "DDPM"
    window.findChild(QPushButton, "labTourLeave").click()
    assert window.tours._pages.currentIndex() == 0
    assert room.board.sampler == "DDPM"


def test_what_to_look_at_is_outlined(window, room):
    window.tours.begin(1)
    outline = window.tours._outline
    assert outline.parent() is window.page.plane
    assert outline.isVisible()
    assert outline.geometry() == window.page.plane.rect()
    window.tours.leave()
    assert not outline.isVisible()
