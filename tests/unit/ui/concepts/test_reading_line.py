"""A CLIP that reads its words for minutes says so, and whatever waits for it does, too."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from studio.ui.concepts.draw_panel import HINT, DrawPanel
from studio.ui.concepts.reading_line import ReadingLine
from studio.ui.concepts.search_panel import SearchPanel


@pytest.fixture
def line(reading, qtbot):
    line = ReadingLine(reading)
    qtbot.addWidget(line)
    return line


def test_how_far_it_is_is_told_and_can_be_paused(line, reading, door, qtbot):
    qtbot.waitUntil(lambda: line.words.text() == "Starter reads its words, once: 50%")
    assert (line.isHidden(), line.bar.value(), line.button.text()) == (False, 500, "Pause")
    line.button.click()
    assert line.words.text() == "Starter has read 50% of its words; questions wait."
    assert line.button.text() == "Go on"
    line.button.click()
    assert (line.button.text(), line.isHidden()) == ("Pause", False)
    door.words_gate.set()
    qtbot.waitUntil(line.isHidden, timeout=5000)


def test_words_that_are_remembered_are_not_worth_a_line(room, qtbot):
    line = ReadingLine(room)
    qtbot.addWidget(line)
    room.preparing.changed.emit()
    assert line.isHidden()


def test_search_and_drawing_say_what_they_wait_for(reading, thumbs, door, qtbot):
    search, draw = SearchPanel(reading, thumbs), DrawPanel(reading)
    qtbot.addWidget(search)
    qtbot.addWidget(draw)
    reading.bar.type_text("hat")
    assert search.count.text() == "Searched as soon as this CLIP has read its words."
    hint = next(label for label in draw.findChildren(QLabel) if label.text() == HINT)
    draw.way.select("embedding")
    draw.button.click()
    assert (hint.text(), hint.isHidden()) == (
        "Drawn as soon as this CLIP has read its words.", False)  # fmt: skip
    door.words_gate.set()
    qtbot.waitUntil(lambda: not hint.text().startswith("Drawn"), timeout=5000)
    qtbot.waitUntil(lambda: search.count.text().startswith("strong"), timeout=5000)


def test_the_map_says_what_it_waits_for(reading, thumbs, qtbot, monkeypatch):
    said = []
    monkeypatch.setattr("studio.ui.concepts.map_panel.as_soon",
                        lambda what: said.append(what) or "")  # fmt: skip
    search = SearchPanel(reading, thumbs)
    qtbot.addWidget(search)
    search.show_map()
    search.map.grab()
    assert said == []
    reading.ask_map("snow", "hat")
    search.map.grab()
    assert said == ["Your pictures fall into place"]
