"""Playing the strip."""

from __future__ import annotations

from PySide6.QtTest import QSignalSpy

from studio.state.filmstrip.model import FilmstripModel
from studio.state.filmstrip.player import Player
from tests.unit.state.filmstrip.frames import make_frames


def test_plays_from_the_start_to_the_end_and_stops(qtbot):
    model = FilmstripModel()
    model.show_frames(make_frames(4, size=8))
    player = Player(model)
    player.set_speed(60)
    seen = []
    model.current_changed.connect(seen.append)
    spy = QSignalSpy(player.playing_changed)
    player.toggle()
    qtbot.waitUntil(lambda: spy.count() == 2, timeout=3000)
    assert seen == [0, 1, 2, 3, 4]
    assert not player.is_playing


def test_pauses_in_the_middle_and_goes_on_from_there(qtbot):
    model = FilmstripModel()
    model.show_frames(make_frames(4, size=8))
    model.set_current(2)
    player = Player(model)
    player.toggle()
    player.toggle()
    assert (model.current, player.is_playing) == (2, False)


def test_another_take_stops_playing(qapp):
    model = FilmstripModel()
    model.show_frames(make_frames(4, size=8))
    player = Player(model)
    player.play()
    model.begin(8)
    assert not player.is_playing
    player.play()  # nothing to play yet
    assert not player.is_playing
