"""The transport: each view's own position, and playing by the clock."""

from __future__ import annotations

import pytest

from studio.ui.lab.transport import TICKS, Transport


@pytest.fixture
def transport(room, shown):
    room._settle.blockSignals(True)
    return shown(Transport(room))


def test_the_slider_is_the_views_own(transport, room):
    slider = transport._slider
    assert not slider.isVisible()
    room.change(view="field", t=1.0)
    assert slider.value() == 0
    room.change(t=0.0)
    assert slider.value() == TICKS
    slider.setValue(TICKS // 2)
    assert room.board.t == pytest.approx(0.25, abs=0.01)
    room.change(view="sample", run=0.5, steps=10)
    assert slider.value() == TICKS // 2
    assert transport._where.text() == "step 5 of 10"
    room.change(view="noise", walk=0.25)
    assert transport._where.text() == "t = 0.25"


def test_playing_moves_by_the_clock_and_stops_at_the_end(transport, room, qtbot):
    room.change(view="sample", run=1.0)
    transport.toggle()
    assert transport.is_playing
    assert room.board.run == 0.0
    qtbot.waitUntil(lambda: room.board.run > 0.01)
    transport.toggle()
    assert not transport.is_playing
    room.change(run=0.999)
    transport.toggle()
    qtbot.waitUntil(lambda: not transport.is_playing)
    assert room.board.run == 1.0


def test_playing_waits_for_what_is_to_be_played(transport, room, qtbot, monkeypatch):
    room.change(view="sample", run=0.1)
    monkeypatch.setattr(type(room), "is_waiting", property(lambda self: True))
    transport.toggle()
    qtbot.wait(150)
    assert transport.is_playing
    assert room.board.run == 0.1
    monkeypatch.undo()
    qtbot.waitUntil(lambda: room.board.run > 0.1)


def test_scrubbing_and_other_views_pause(transport, room):
    room.change(view="sample", run=0.2)
    transport.toggle()
    transport._slider.setValue(500)
    assert not transport.is_playing
    transport.toggle()
    room.change(view="data")
    assert not transport.is_playing
    transport.toggle()
    assert not transport.is_playing
