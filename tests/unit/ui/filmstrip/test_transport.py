"""Play, back, on, and where we are."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton

from studio.state.filmstrip.model import FilmstripModel
from studio.state.filmstrip.player import Player
from studio.ui.filmstrip.transport import Transport
from tests.unit.state.filmstrip.frames import make_frames


def test_says_where_and_moves(qtbot):
    model = FilmstripModel()
    player = Player(model)
    bar = Transport(model, player)
    qtbot.addWidget(bar)
    where = bar.findChild(QLabel, "stripWhere")
    back, on = bar.findChild(QToolButton, "stripBack"), bar.findChild(QToolButton, "stripForward")
    assert where.text() == "–"
    assert not back.isEnabled()
    model.show_frames(make_frames(4, size=8))
    assert where.text() == "picture"
    assert not on.isEnabled()
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert where.text() == "4 / 4"
    assert where.accessibleName() == "Step 4 of 4"
    model.set_current(0)
    assert not back.isEnabled()


def test_speed_reaches_the_player(qtbot):
    model = FilmstripModel()
    player = Player(model)
    bar = Transport(model, player)
    qtbot.addWidget(bar)
    bar.findChild(QComboBox, "stripSpeed").setCurrentIndex(4)
    assert player.speed == 24


def test_play_button_plays_and_pauses(qtbot):
    model = FilmstripModel()
    model.show_frames(make_frames(8, size=8))
    player = Player(model)
    bar = Transport(model, player)
    qtbot.addWidget(bar)
    button = bar.findChild(QToolButton, "stripPlay")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert player.is_playing
    assert button.property("iconName") == "pause"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not player.is_playing
