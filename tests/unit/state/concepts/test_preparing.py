"""A CLIP reads its words once, before it is asked."""

from __future__ import annotations

import pytest


@pytest.fixture
def reading(room, door, qtbot):
    door.words_gate.clear()
    room.open()
    qtbot.waitUntil(lambda: room.preparing.share == 0.5, timeout=5000)
    yield room
    door.words_gate.set()


def asked(door, kind):
    return [question for question in door.asked if question[0] == kind]


def test_typing_does_not_begin_the_reading_anew(reading, door, qtbot):
    for text in ("h", "ha", "hat"):
        reading.bar.type_text(text)
        reading.ask()
    qtbot.wait(50)
    assert door.asked == ["vocabulary"]  # nothing waits behind it, nothing was stopped
    door.words_gate.set()
    qtbot.waitUntil(lambda: reading.hits.rowCount() == 3, timeout=5000)
    assert asked(door, "words") == [("words", "hat")]
    assert not reading.preparing.is_running
    assert door.asked.count("vocabulary") == 1


def test_another_clip_is_not_kept_waiting(reading, door, qtbot):
    with qtbot.waitSignal(reading.model_changed, timeout=5000):
        reading.choose_model("other")
    qtbot.waitUntil(lambda: door.asked.count("vocabulary") == 2, timeout=5000)
    door.words_gate.set()
    qtbot.waitUntil(lambda: not reading.preparing.is_running, timeout=5000)


def test_a_clip_that_cannot_be_opened_leaves_the_one_before_reading(reading, door, qtbot):
    with qtbot.waitSignal(reading.model_changed, timeout=5000):
        reading.choose_model("broken")
    assert door.model == "starter"
    qtbot.waitUntil(lambda: door.asked.count("vocabulary") == 2, timeout=5000)


def test_words_that_cannot_be_read_hold_nothing_up(room, door, qtbot):
    door.model = "wordless"
    room.open()
    with qtbot.waitSignal(room.preparing.ended, timeout=5000):
        room.bar.type_text("hat")
    qtbot.waitUntil(lambda: bool(asked(door, "words")), timeout=5000)


def test_closing_stops_it(reading):
    assert reading.close(2000)
