"""The line above the results: how far indexing is, and which CLIP reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from studio.concepts.encoders import EncoderInfo
from studio.concepts.index import IndexProgress, IndexReport
from studio.state.concepts.indexing import IndexState, Phase
from studio.ui.concepts.index_line import ClipChoice, IndexLine, words_of
from studio.ui.concepts.search_panel import SearchPanel
from tests.unit.state.concepts.conftest import FakeConcepts


def test_the_state_in_one_sentence():
    progress = IndexProgress(done=20, total=1000, rate=10.4, seconds_left=94.0)
    assert words_of(IndexState()) == "Nothing indexed yet"
    assert words_of(IndexState(count=1234)) == "1,234 pictures can be found"
    assert words_of(IndexState(count=1)) == "1 picture can be found"
    running = words_of(IndexState(Phase.RUNNING, progress))
    assert running == "20 of 1,000 pictures · 10 a second · 94 s left"
    assert words_of(IndexState(Phase.PAUSED, progress)) == "Paused at 20 of 1,000 pictures"
    assert words_of(IndexState(problem="The disk is full.")) == "The disk is full."
    failed = IndexState(count=1, failed=(("/a.png", "It is cut off."),))
    assert "1 could not be read" in words_of(failed)


def test_folders_that_are_not_there_are_told(room, qtbot):
    report = IndexReport(embedded=0, copied=0, removed=0, failed=0, unchanged=0, seconds=1.0,
                         unread_folders=("/media/drive/<b>photos",))  # fmt: skip
    assert words_of(IndexState(count=3, report=report)).endswith("· <b>photos cannot be opened")
    both = replace(report, unread_folders=("/a", "/b"))
    assert "2 folders cannot be opened" in words_of(IndexState(count=3, report=both))
    line = IndexLine(room)
    qtbot.addWidget(line)
    room.indexing.changed.emit(IndexState(count=3, report=both))
    assert "/b" in line.words.toolTip()
    room.indexing.changed.emit(IndexState(problem="The disk is full. Free some space."))
    assert "Free some space" in line.words.toolTip()
    room.indexing.changed.emit(IndexState(count=3))
    assert line.words.toolTip() == ""


def test_files_that_could_not_be_read_tell_where_they_lie(room, qtbot):
    line = IndexLine(room)
    qtbot.addWidget(line)
    room.indexing.state = IndexState(count=1, failed=(("/a/b.png", "b.png is cut off."),))
    line._fill_menu()
    [menu] = [a.menu() for a in line._menu.actions() if a.text() == "1 file could not be read"]
    assert menu.toolTipsVisible()  # menus hide tips by themselves
    assert [(a.text(), a.toolTip()) for a in menu.actions()] == [
        ("b.png is cut off.", "<qt>/a/b.png</qt>")]  # fmt: skip


def test_no_word_of_the_line_is_cut_off_in_a_narrow_window(room, qtbot):
    line = IndexLine(room)
    qtbot.addWidget(line)
    line.resize(540, 60)
    line.show()
    height = line.sizeHint().height()
    room.indexing.changed.emit(IndexState(count=553, failed=(("/a.png", "It is cut off."),) * 3))
    qtbot.wait(20)
    words = line.words
    assert words.text().endswith("3 could not be read")
    assert words.height() >= words.heightForWidth(words.width())
    assert line.sizeHint().height() <= height + 4  # what lies below does not jump


def test_the_own_folder_is_looked_at_once_it_is_there(room, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(room.indexing, "start", started.append)
    room.kept.add_folder(tmp_path / "photos")
    room.start_indexing()
    room.studio.home.pictures.mkdir(parents=True)
    room.start_indexing()
    assert started == [[tmp_path / "photos"], [room.studio.home.pictures, tmp_path / "photos"]]


@pytest.fixture
def choice(room, qtbot):
    choice = ClipChoice(room)
    qtbot.addWidget(choice)
    room.open()
    qtbot.waitUntil(lambda: choice.count() == 3, timeout=5000)
    return choice


def test_clip_models_are_offered_and_broken_ones_say_why(choice):
    texts = [choice.itemText(row) for row in range(3)]
    assert texts == ["CLIP: Starter", "CLIP: Other", "Broken: It is a pickle."]
    flags = [choice.model().index(row, 0).flags() for row in range(3)]
    assert [bool(flag & Qt.ItemFlag.ItemIsEnabled) for flag in flags] == [True, True, False]
    assert choice.currentData() == "starter"


def test_what_was_put_into_the_folder_since_is_listed_when_the_list_is_opened(
    choice, door, qtbot, monkeypatch
):
    pickled = replace(door.models()[0], id="new.pt", name="new.pt", problem="new.pt is a pickle.")
    monkeypatch.setattr(door, "models", lambda: [*FakeConcepts.models(door), pickled])
    choice.show()
    choice.showPopup()
    qtbot.waitUntil(lambda: choice.count() == 4, timeout=5000)
    assert choice.view().isVisible()
    assert (choice.itemText(3), choice.currentData()) == ("new.pt is a pickle.", "starter")
    choice.hidePopup()


def test_choosing_a_clip_uses_it(choice, room, door, qtbot):
    choice.setCurrentIndex(1)
    with qtbot.waitSignal(room.model_changed, timeout=5000):
        choice.activated.emit(1)
    assert door.model == "other"
    assert choice.currentData() == "other"


def test_a_clip_without_an_index_is_offered_one_and_not_given_it(room, door, thumbs, qtbot,
                                                                  tmp_path):  # fmt: skip
    room.kept.add_folder(tmp_path)
    panel = SearchPanel(room, thumbs)
    qtbot.addWidget(panel)
    panel.resize(700, 500)
    panel.show()
    qtbot.waitUntil(lambda: room.indexing.state.count == 3 and bool(room.models), timeout=5000)
    with qtbot.waitSignal(room.model_changed, timeout=5000):
        room.choose_model("other")
    offer = panel.findChild(QPushButton, "indexOffer")
    assert offer.isVisible()
    assert offer.text() == "Index your folders with Other"
    room.kept.remove_folder(tmp_path)
    panel._refresh()  # also where there is no folder but the studio's own
    assert offer.text() == "Index the studio's own pictures with Other"
    room.models = [replace(info, name="R&D") for info in room.models]
    panel._refresh()
    assert offer.text().endswith("with R&&D")
    assert room.indexing.state.phase is Phase.IDLE
    offer.click()
    qtbot.waitUntil(lambda: room.indexing.state.report is not None, timeout=5000)


def test_removing_a_folder_forgets_its_pictures(room, door, qtbot, tmp_path):
    room.kept.add_folder(tmp_path)
    line = IndexLine(room)
    qtbot.addWidget(line)
    line._fill_menu()
    [action] = [a for a in line._menu.actions() if a.text().startswith("Remove")]
    action.trigger()
    qtbot.waitUntil(lambda: ("forget", tmp_path, room.kept.folders) in door.asked, timeout=5000)
    assert tmp_path not in room.kept.folders


def test_the_button_starts_and_pauses(room, door, qtbot):
    line = IndexLine(room)
    qtbot.addWidget(line)
    door.gate.clear()
    line.button.click()
    qtbot.waitUntil(lambda: line.button.text() == "Pause", timeout=5000)
    line.button.click()
    assert line.button.text() == "Pausing…"  # a strip in hand may take seconds
    assert room.indexing.is_running
    qtbot.waitUntil(lambda: line.button.text() == "Go on", timeout=5000)
    assert not room.indexing.is_running
    door.gate.set()


def test_a_clip_is_changed_after_the_pause_not_while_it_comes(room, door, qtbot):
    door.gate.clear()
    room.start_indexing()
    qtbot.waitUntil(lambda: room.indexing.state.progress is not None, timeout=5000)
    room.indexing.pause()
    room.choose_model("other")  # its store must not be closed under the indexing
    assert door.model == "starter"
    qtbot.waitUntil(lambda: door.model == "other", timeout=5000)
    assert not room.indexing.is_running
    door.gate.set()


def test_what_is_read_can_be_searched_before_the_rest_is(room, door, qtbot):
    door.count = 0
    door.gate.clear()
    room.start_indexing()
    qtbot.waitUntil(lambda: room.indexing.state.progress is not None, timeout=5000)
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 3, timeout=5000)
    assert room.indexing.state.phase is Phase.RUNNING
    door.gate.set()


def test_long_names_end_with_dots_and_the_tip_has_all(room, qtbot, monkeypatch):
    name = "ViT-H-14-quickgelu-of-a-long-name"
    info = EncoderInfo(id="starter", name=name, path=Path("/m"), kind="open_clip",
                       weights=Path("/m"))  # fmt: skip
    problem = "x.safetensors is a pickle. " * 9
    room.models = [info, replace(info, id="x", name="x", problem=problem, hint="Get another.")]
    choice = ClipChoice(room)
    qtbot.addWidget(choice)
    assert name in choice.toolTip()
    assert choice.itemText(1).startswith("x.safetensors is")  # the name is not said twice
    tip = choice.model().item(1).toolTip()
    assert len(choice.itemText(1)) < len(tip)
    assert "Get another." in tip
    choice.grab()
