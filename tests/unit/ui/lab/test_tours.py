"""The tours' panel: cards set the board, point at things that exist, and end."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QPushButton, QWidget

from studio.lab.settings import Turn
from studio.state.lab.room import LabRoom
from studio.state.lab.tours import TOURS
from studio.ui.actions import Actions
from studio.ui.lab.panels import build_panels

TURNS = [Turn(share=s, towards_middle=s, towards_data=1 - s) for s in (0.1, 0.5, 0.9)]


@pytest.fixture
def window(studio, shown, monkeypatch):
    """The laboratory's three panels side by side, as the window has them."""
    monkeypatch.setattr(LabRoom, "refresh", lambda self: None)
    monkeypatch.setattr(LabRoom, "train", lambda self: None)  # a tour may begin a training
    made = QMainWindow()
    middle = QWidget()
    made.setCentralWidget(middle)
    line = QHBoxLayout(middle)
    made.page, controls, made.tours = (
        panel.build() for panel in build_panels(studio, Actions(made)))  # fmt: skip
    controls.setFixedWidth(340)
    for widget in (made.tours, made.page, controls):
        line.addWidget(widget)
    return shown(made, 1280, 760)


@pytest.fixture
def room(studio, window):
    return studio.lab


@pytest.mark.parametrize("at", range(len(TOURS)))
def test_every_card_points_at_something_that_is_there(window, room, at):
    room.results.turns = TURNS
    window.findChild(QPushButton, f"labTour{at}").click()
    for card in TOURS[at].cards:
        assert window.tours._text.text() == card.text
        for name, value in card.changes.items():
            if not (card.plays and name in ("run", "walk", "t")):
                assert getattr(room.board, name) == value
        meant = [w for w in window.findChildren(QWidget, card.look) if w.isVisible()]
        assert meant
        assert window.tours._outline.parent() is meant[0]
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


def test_a_graph_that_comes_later_is_pointed_at_then(window, room, qtbot):
    room.results.turns = []
    window.tours.begin(2)
    for _ in range(3):
        window.tours.advance()
    outline, graph = window.tours._outline, window.findChild(QWidget, "labGraph")
    assert graph is not outline.parent()
    room.results.turns = TURNS
    room.results_changed.emit()
    qtbot.waitUntil(lambda: outline.parent() is graph, timeout=5000)
