"""A CLIP reads its words once, before it is asked."""

from __future__ import annotations

import pytest


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


def test_a_pause_holds_the_questions_until_it_goes_on(reading, door, qtbot):
    preparing = reading.preparing
    reading.bar.type_text("hat")
    preparing.pause()
    assert (preparing.is_running, preparing.is_paused, preparing.is_long) == (False, True, True)
    reading.ask()
    qtbot.wait(50)
    assert asked(door, "words") == []
    preparing.go_on()
    assert (preparing.is_paused, preparing.share) == (False, 0.5)  # the bar does not jump back
    door.words_gate.set()
    qtbot.waitUntil(lambda: bool(asked(door, "words")), timeout=5000)
    preparing.pause()  # nothing to leave
    assert not preparing.is_unfinished


def test_map_and_drawing_wait_for_the_words_and_hold_nothing_up(reading, door, qtbot, monkeypatch):
    """Behind the reader's lock they would keep the queue, and with it a change of the model."""
    maps = []
    monkeypatch.setattr(door, "map", lambda across, up: maps.append((across, up)) or [])
    monkeypatch.setattr(reading.drawing, "draw", lambda text, way, strength: maps.append(way))
    reading.ask_map("old", "hat")
    reading.ask_map("snow", "hat")
    reading.draw("embedding", 1.0)
    reading.draw("direction", 1.0)  # of prompts: needs no CLIP
    qtbot.wait(50)
    assert maps == ["direction"]
    assert reading.asking.running is None
    assert (reading.preparing.waits("map"), reading.preparing.waits("classify")) == (True, False)
    door.words_gate.set()
    qtbot.waitUntil(lambda: len(maps) == 3, timeout=5000)
    assert set(maps[1:]) == {("snow", "hat"), "embedding"}
    assert not reading.preparing.waits("map")


def test_questions_go_on_when_the_model_was_let_go_of_under_the_reader(reading, door, qtbot):
    """A damaged index is set aside while its words are read: the reader just stops."""
    reading.bar.type_text("hat")
    reading.preparing_queue.cancel_all()
    qtbot.waitUntil(lambda: bool(asked(door, "words")), timeout=5000)
    assert not reading.preparing.is_unfinished


def test_a_new_word_list_is_read_where_it_can_be_seen(room, door, qtbot, tmp_path):
    room.open()
    qtbot.waitUntil(lambda: door.asked.count("vocabulary") == 1, timeout=5000)
    (tmp_path / "mine.txt").write_text("hat dog")
    room.add_word_list(tmp_path / "mine.txt")
    qtbot.waitUntil(lambda: door.asked.count("vocabulary") == 2, timeout=5000)


def test_how_long_it_will_take(reading, monkeypatch):
    preparing = reading.preparing
    assert preparing.seconds_left is None  # one share says nothing of the speed
    now = preparing._first[0]
    monkeypatch.setattr("studio.state.concepts.preparing.time.monotonic", lambda: now + 20)
    preparing._read[0] = 0.75
    preparing._look()
    assert preparing.seconds_left == pytest.approx(20)
    preparing.pause()
    assert preparing.seconds_left is None


def test_closing_stops_it(reading):
    assert reading.close(2000)
