"""The room: questions are asked live, the newest counts, problems are said."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from studio.concepts.checking import Check
from studio.engine.errors import StudioError
from studio.engine.models.catalog import ModelInfo
from studio.engine.request import Concept
from studio.state.concepts.indexing import Phase
from studio.state.concepts.room import FOUND_MAX
from tests.fakes import make_frame


def said(room):
    """All that the message bar would have shown so far."""
    return " ".join(message.text for message in room.studio.messages._waiting)


def answered(room, qtbot):
    qtbot.waitUntil(lambda: room.naming is not None, timeout=5000)


def test_an_expression_is_named_and_searched_after_a_pause(room, door, qtbot):
    room.open()
    qtbot.waitUntil(lambda: room.indexing.state.count == 3, timeout=5000)
    room.bar.type_text("h")
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 3, timeout=5000)
    answered(room, qtbot)
    assert room.naming.added[0].word == "hat"
    assert ("words", "h") not in door.asked
    assert ("search", "hat", "exclude") in door.asked
    assert door.wanted == FOUND_MAX  # so that the cut can be dragged far down
    room.set_minus("steer")
    qtbot.waitUntil(lambda: ("search", "hat", "steer") in door.asked, timeout=5000)


def test_without_an_index_only_words_are_asked(room, door, qtbot):
    room.bar.type_text("hat")
    answered(room, qtbot)
    assert [asked[0] for asked in door.asked] == ["words"]


def test_clearing_the_expression_clears_the_answers(room, qtbot):
    room.bar.type_text("hat")
    answered(room, qtbot)
    room.bar.type_text("")
    qtbot.waitUntil(lambda: room.naming is None, timeout=5000)
    assert room.hits.rowCount() == 0


def test_a_missing_picture_is_said_and_the_rest_goes_on(room, qtbot):
    with qtbot.waitSignal(room.problem_changed, timeout=5000) as said:
        room.bar.type_text("./gone.png")
    assert "not there" in said.args[0]
    assert said.args[1]
    room.bar.type_text("hat")
    answered(room, qtbot)
    assert room.naming.added[0].word == "hat"


def test_indexing_runs_pauses_and_goes_on(room, door, qtbot):
    door.gate.clear()
    room.start_indexing()
    qtbot.waitUntil(lambda: room.indexing.state.progress is not None, timeout=5000)
    assert room.indexing.state.phase is Phase.RUNNING
    room.indexing.pause()
    qtbot.waitUntil(lambda: room.indexing.state.phase is Phase.PAUSED, timeout=5000)
    door.gate.set()
    room.start_indexing()
    qtbot.waitUntil(lambda: room.indexing.state.phase is Phase.IDLE, timeout=5000)
    assert room.indexing.state.count == 7
    assert room.indexing.state.report.embedded == 3


def test_a_removed_folder_is_forgotten_when_the_indexing_has_ended(room, door, qtbot, tmp_path):
    room.kept.add_folder(tmp_path)
    door.gate.clear()
    room.start_indexing()
    qtbot.waitUntil(lambda: room.indexing.state.progress is not None, timeout=5000)
    room.remove_folder(tmp_path)
    own = room.studio.home.pictures
    assert room.kept.folders == [own]
    assert not [asked for asked in door.asked if asked[0] == "forget"]  # it would come back
    door.gate.set()
    qtbot.waitUntil(lambda: ("forget", tmp_path, [own]) in door.asked, timeout=5000)
    qtbot.waitUntil(lambda: room.indexing.state.count == 6, timeout=5000)


def test_a_folder_that_cannot_be_forgotten_is_said(room, door, qtbot, tmp_path, monkeypatch):
    def refuses(folder, kept):
        raise StudioError("Another program holds the search index.", "Wait until it is done.")

    monkeypatch.setattr(door, "forget", refuses)
    room.remove_folder(tmp_path)
    qtbot.waitUntil(lambda: "Another program" in room.indexing.state.problem, timeout=5000)


def test_folders_and_searches_are_remembered(room, tmp_path, qtbot):
    with qtbot.waitSignal(room.kept.folders_changed):
        room.kept.add_folder(tmp_path)
    room.kept.add_folder(tmp_path)
    assert room.kept.folders == [room.studio.home.pictures, tmp_path]
    room.kept.remove_folder(tmp_path)
    assert room.kept.folders == [room.studio.home.pictures]
    room.kept.save_search("hat - beard")
    room.kept.save_search("dog")
    room.kept.save_search("hat - beard")
    assert room.kept.searches == ["hat - beard", "dog"]
    room.kept.forget_search("dog")
    assert room.kept.searches == ["hat - beard"]


def test_the_meter_follows_the_strip(room, qtbot):
    room.studio.filmstrip.model.show_frames([make_frame(i, 3) for i in range(4)])
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.curve is not None, timeout=5000)
    assert room.curve.steps == (0, 1, 2, 3)


def test_a_picture_without_a_file_gets_one_once(room):
    pixels = np.zeros((8, 8, 3), np.uint8)
    path = room.keep_picture(pixels)
    before = path.stat().st_mtime_ns
    assert room.keep_picture(pixels) == path
    assert path.stat().st_mtime_ns == before


def test_classification_and_another_model(room, door, qtbot):
    with qtbot.waitSignal(room.labels_changed, timeout=5000):
        room.classify("a.png", ["cat", "dog"])
    assert [row.label for row in room.labels] == ["cat", "dog"]
    with qtbot.waitSignal(room.model_changed, timeout=5000):
        room.choose_model("ViT-B-32")
    assert door.model == room.kept.model == "ViT-B-32"


def test_a_row_is_drawn_and_checked(room, qtbot):
    room.drawing.draw("hat", "embedding", amounts=(0.0, 1.0))
    assert room.drawing.is_busy
    qtbot.waitUntil(lambda: any(drawn.checks for drawn in room.drawing.row), timeout=20_000)
    assert [drawn.amount for drawn in room.drawing.row] == [0, 1]
    assert all(drawn.picture is not None and drawn.path for drawn in room.drawing.row)
    assert room.drawing.row[1].checks == {"hat": Check(4.1)}


@pytest.mark.parametrize(("dimensions", "is_drawn"), [(7, False), (4, True), (0, True)])
def test_a_point_of_another_clip_is_told_before_anything_is_drawn(
    room, door, qtbot, monkeypatch, dimensions, is_drawn
):
    """A model that draws no points at all (0) says so itself."""
    vector = np.ones(4, np.float32)
    monkeypatch.setattr(door, "concept", lambda text, way, amount=1.0: Concept(
        expression=text, way=way, amount=amount, embedding=vector))  # fmt: skip
    info = ModelInfo(id="x", name="Mine", path=Path("/x"), concept_dim=dimensions)
    monkeypatch.setattr(type(room.studio.form), "model", property(lambda _form: info))
    room.drawing.draw("hat", "embedding", amounts=(0.0,))
    qtbot.waitUntil(lambda: [drawn.picture is not None for drawn in room.drawing.row] == (
        [True] if is_drawn else []), timeout=20_000)  # fmt: skip
    told = [message.text for message in room.studio.messages.listen()]
    assert any("Mine draws what its own CLIP reads" in text for text in told) is not is_drawn


def test_a_second_row_is_not_mixed_with_the_first(room, studio, door, qtbot, monkeypatch):
    """Frames and pictures of the row before came into its places, and its checks."""
    drawing, checked = room.drawing, []
    monkeypatch.setattr(door, "check", lambda word, *_: checked.append(word) or Check(1.0))
    studio.form.edit(width=64, height=64, steps=4, seed=7)
    drawing.draw("hat", "embedding", amounts=(0.0, 1.0))
    qtbot.waitUntil(lambda: len(drawing._places) == 2)
    drawing.draw("cap", "embedding", amounts=(0.0, 1.0))  # while the first is being made
    drawing.draw("crown", "embedding", amounts=(0.0, 1.0))  # before the second is read
    qtbot.waitUntil(lambda: any(drawn.checks for drawn in drawing.row), timeout=20_000)
    assert [len(drawn.strip) for drawn in drawing.row] == [5, 5]
    assert checked == ["crown", "crown"]
    assert room.studio.session.is_generating is False
    drawing._on_checked(None, [{}, {}])  # of another row
    assert drawing.row[0].checks


def test_nothing_is_drawn_without_an_expression(room, qtbot):
    room.drawing.draw("", "embedding")
    room.drawing.draw("hat + +", "embedding")
    assert room.drawing.row == []
    texts = [message.text for message in room.studio.messages.listen()]
    assert any("nothing to draw" in text for text in texts)
    assert any("Two signs" in text or "Nothing follows" in text for text in texts)


def test_closing_stops_everything(room, door):
    door.gate.clear()
    room.start_indexing()
    assert room.close()
    assert "close" in door.asked


def opened(room, qtbot):
    room.open()
    qtbot.waitUntil(lambda: room.indexing.state.count == 3 and bool(room.models), timeout=5000)


def test_another_clip_shows_its_own_index_and_nothing_is_indexed_by_itself(room, door, qtbot):
    opened(room, qtbot)
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 3, timeout=5000)
    with qtbot.waitSignal(room.model_changed, timeout=5000):
        room.choose_model("other")
    assert (door.model, room.kept.model) == ("other", "other")
    assert room.indexing.state.count == 0
    assert room.hits.rowCount() == 0  # answers of another model are no answers
    assert room.indexing.state.phase is Phase.IDLE


def test_a_clip_that_cannot_be_opened_leaves_the_one_before(room, door, qtbot):
    opened(room, qtbot)
    with qtbot.waitSignal(room.model_changed, timeout=5000):
        room.choose_model("broken")
    assert (door.model, room.kept.model) == ("starter", "starter")
    assert room.indexing.state.count == 3
    qtbot.waitUntil(lambda: "pickle" in said(room), timeout=5000)


def test_a_clip_is_changed_only_after_the_indexing_has_let_go(room, door, qtbot):
    opened(room, qtbot)
    door.gate.clear()
    room.start_indexing()
    qtbot.waitUntil(lambda: room.indexing.state.progress is not None, timeout=5000)
    room.choose_model("other")
    assert door.model == "starter"
    qtbot.waitUntil(lambda: door.model == "other", timeout=5000)


def test_indexing_waits_for_a_clip_that_is_still_to_be_changed(room, door, qtbot):
    """The store was closed under the indexer."""
    opened(room, qtbot)
    held, choose, indexed, index = threading.Event(), door.choose, [], door.index

    def slowly(model):
        held.wait(5)
        choose(model)

    def told(*args, **more):
        indexed.append(door.model)
        return index(*args, **more)

    door.choose, door.index = slowly, told
    room.choose_model("other")
    room.start_indexing()
    qtbot.wait(50)
    assert indexed == []
    held.set()
    qtbot.waitUntil(lambda: indexed == ["other"], timeout=5000)
    qtbot.waitUntil(lambda: not room.indexing.is_running, timeout=5000)


def test_answers_to_another_question_do_not_stay_below_a_problem(room, qtbot):
    opened(room, qtbot)
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 3, timeout=5000)
    door = room.concepts
    door.search = lambda text, **_: door.words(text)  # raises for what is gone
    room.bar.type_text("./gone.png")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 0, timeout=5000)


def test_a_problem_of_the_map_is_told_at_the_map(room, door, qtbot):
    said = []
    room.problem_changed.connect(lambda *words: said.append(words))

    def fail(across, up):
        raise StudioError("The terms cancel each other.", "Change one.")

    door.map = fail
    with qtbot.waitSignal(room.map_problem_changed, timeout=5000) as told:
        room.ask_map("a - a", "b")
    assert told.args == ["The terms cancel each other. Change one."]
    assert said == []


def test_a_collection_is_kept_shown_and_forgotten(room, door, qtbot):
    assert room.kept.keep_collection("  sea  side ", ["/a.png", "/b.take#3"]) == "sea side"
    assert room.kept.keep_collection("sea side", ["/a.png", "/c.png"]) == "sea side"
    assert room.kept.collections == {"sea side": ["/a.png", "/b.take#3", "/c.png"]}
    room.show_collection("sea side")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 1, timeout=5000)
    assert ("collected", "sea side", ("/a.png", "/b.take#3", "/c.png")) in door.asked
    room.kept.forget_collection("sea side")
    assert room.kept.collections == {}
    assert room.kept.keep_collection("", ["/a.png"]) == ""


def test_a_word_list_is_taken_in(room, qtbot, tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("sombrero\nfez\n")
    room.add_word_list(path)
    qtbot.waitUntil(lambda: "2 words" in said(room), timeout=5000)
