"""What goes wrong in a small job of the room reaches the message bar."""

from __future__ import annotations

from studio.engine.errors import BrokenFile
from studio.state.filmstrip.errands import once
from tests.unit.state.concepts.test_room import said


def fail():
    raise BrokenFile("gone.png is not there any more.", "Choose it again.")


def test_a_failure_is_told_and_the_end_too(room, qtbot):
    ended = []
    room.errands.run(once(fail), "Trying", ended.append, ended=ended.append)
    qtbot.waitUntil(lambda: len(ended) == 1, timeout=5000)
    assert "gone.png is not there" in said(room)


def test_a_success_is_not(room, qtbot):
    found = []
    room.errands.run(once(lambda: 7), "Trying", found.append)
    qtbot.waitUntil(lambda: found == [7], timeout=5000)
    assert said(room) == ""


def test_a_row_that_cannot_be_drawn_is_told_and_taken_away(room, door, qtbot):
    door.concept = lambda text, way, amount=1.0: fail()
    room.drawing.draw("./gone.png + hat", "embedding")
    qtbot.waitUntil(lambda: "gone.png is not there" in said(room), timeout=5000)
    assert room.drawing.row == []
    assert not room.drawing.is_busy
