"""Words, results, histogram, drawing, meter and map as widgets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton

from studio.concepts import words
from studio.concepts.checking import Check
from studio.concepts.concepts import MapPoint
from studio.concepts.index import IndexProgress
from studio.concepts.readings import Curve
from studio.state.concepts.drawing import Drawn
from studio.state.concepts.indexing import IndexState, Phase
from studio.ui import theme
from studio.ui.concepts import meter
from studio.ui.concepts.draw_panel import DrawnTile, DrawPanel
from studio.ui.concepts.histogram import GRIP, HEIGHT, HistogramView
from studio.ui.concepts.index_line import words_of
from studio.ui.concepts.map_panel import MapPanel
from studio.ui.concepts.search_panel import EXAMPLES, SearchPanel
from studio.ui.concepts.words_panel import ClassifyLine, WordsPanel
from studio.ui.concepts.words_view import WordsView
from tests.fakes import make_frame
from tests.unit.state.concepts.conftest import hit


def test_words_are_listed_with_their_verdicts(room, thumbs, show, qtbot):
    panel = show(WordsPanel(room, thumbs))
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: panel.view.model_of.rowCount() == 2, timeout=5000)
    view = panel.findChild(WordsView, "wordsView")
    rows = [[view.model_of.index(row, column).data() for column in range(2)] for row in range(2)]
    assert rows == [["added", "removed"], ["+ hat, clear", "− beard, guess"]]
    added, removed = (view.visualRect(view.model_of.index(1, column)) for column in range(2))
    assert added.top() == removed.top()
    assert added.right() < removed.left() < view.viewport().width()
    assert panel.findChild(QLabel, "wordsVerdict").text() == "Clear."
    panel.findChild(QCheckBox, "wordsCosine").click()
    assert view.shows_cosine
    panel.grab()
    view.activated.emit(view.model_of.index(1, 1))
    assert room.bar.text == "hat - beard"


def test_how_far_a_new_clip_has_read_its_words_is_told(room, door, thumbs, show, qtbot):
    panel = show(WordsPanel(room, thumbs))
    door.words_gate.clear()
    room.open()
    room.bar.type_text("hat")
    verdict = panel.findChild(QLabel, "wordsVerdict")
    told = panel.findChild(QLabel, "readingWords")
    qtbot.waitUntil(lambda: "reads its words, once: 50%" in told.text(), timeout=5000)
    assert verdict.text() == "Named as soon as this CLIP has read its words."
    door.words_gate.set()
    qtbot.waitUntil(lambda: verdict.text() == "Clear.", timeout=5000)


def test_what_removes_nothing_is_not_called_added(room, thumbs, show):
    view = show(WordsView(room))
    only = words.Naming(
        (words.RankedWord("hat", 5.0, 0.3, words.Verdict.CLEAR),), (), words.Verdict.CLEAR, 1.0
    )
    view.model_of.show_naming(only)
    rows = [view.model_of.index(row, 0).data() for row in range(view.model_of.rowCount())]
    assert view.model_of.columnCount() == 1
    assert rows == ["closest words", "+ hat, clear"]
    view.grab()


def test_sides_of_unequal_length_leave_empty_places(room, show):
    view = show(WordsView(room))
    word = words.RankedWord("hat", 5.0, 0.3, words.Verdict.CLEAR)
    view.model_of.show_naming(words.Naming((word, word), (word,), words.Verdict.CLEAR, 1.0))
    assert (view.model_of.rowCount(), view.model_of.columnCount()) == (3, 2)
    empty = view.model_of.index(2, 1)
    assert empty.data() is None
    assert not empty.flags() & Qt.ItemFlag.ItemIsSelectable
    view.grab()


def test_words_can_be_copied(room, thumbs, show, qtbot):
    panel = show(WordsPanel(room, thumbs))
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: panel.view.model_of.rowCount() == 2, timeout=5000)
    panel.view.selectAll()
    qtbot.keyClick(panel.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "hat, beard"


def test_the_lens_asks_what_has_changed(room, thumbs, show, qtbot):
    panel = show(WordsPanel(room, thumbs))
    panel.before.add(["/a.png"])
    assert room.bar.text == ""
    panel.after.add(["/b.png", "/c.png"])
    assert [term.factor for term in room.bar.terms] == [0.5, 0.5, -1]
    panel.grab()
    qtbot.mouseClick(panel.before, Qt.MouseButton.LeftButton)
    assert panel.before.names == []


def test_results_sorting_and_the_cut(room, thumbs, show, qtbot):
    panel = show(SearchPanel(room, thumbs), 700, 500)
    qtbot.waitUntil(lambda: room.indexing.state.count == 3, timeout=5000)
    assert panel.view.isVisible()
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 3, timeout=5000)
    assert "strong 1 · possible 2 of 3" in panel.findChild(QLabel, "searchCount").text()
    panel.findChild(QComboBox, "searchSort").setCurrentIndex(2)
    assert room.hits.sort_by == "name"
    histogram = panel.findChild(HistogramView, "searchHistogram")
    assert handle_at(histogram) == GRIP + 1  # to be seen before it is used
    qtbot.mouseClick(histogram, Qt.MouseButton.LeftButton,
                     pos=QPoint(int(histogram.width() * 0.75), 10))  # fmt: skip
    assert room.hits.cut == pytest.approx(0.75, abs=0.02)
    assert handle_at(histogram) == pytest.approx(0.75 * histogram.width(), abs=12)
    shown = room.hits.rowCount()
    assert panel.findChild(QLabel, "searchCount").text() == f"{shown} above the cut of 3"
    assert room.hits.rowCount() == 1
    qtbot.keyClick(histogram, Qt.Key.Key_Delete)
    assert room.hits.cut is None
    panel.grab()


def test_a_cut_that_stays_from_another_question_is_told(room, thumbs, show, qtbot):
    """The note of a weak answer speaks of pictures that the cut may hide, all of them."""
    panel = show(SearchPanel(room, thumbs), 700, 500)
    qtbot.waitUntil(lambda: room.indexing.state.count == 3, timeout=5000)
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 3, timeout=5000)
    weak = replace(room.hits.found, note="None stands out; the nearest:")
    count = panel.findChild(QLabel, "searchCount")
    room.hits.show_found(weak)
    assert count.text() == "None stands out; the nearest:"
    room.hits.set_cut(0.75)
    assert count.text() == "1 above the cut of 3"
    room.hits.set_cut(2.0)
    assert count.text() == (
        "None of 3 is above the cut. Drag it to the left, or double-click it.")  # fmt: skip
    room.hits.show_found(replace(weak, histogram=None))  # a collection
    assert (room.hits.rowCount(), count.text()) == (3, "None stands out; the nearest:")


def handle_at(histogram):
    """Where the cut's handle is painted, px."""
    shown = histogram.grab().toImage()
    wanted = {theme.color(name).rgb() for name in ("text", "muted")}
    places = [x for x in range(shown.width()) if shown.pixelColor(x, 3).rgb() in wanted]
    assert places
    return round(sum(places) / len(places))


def test_bars_below_the_cut_can_still_be_seen(room, thumbs, show, qtbot):
    panel = show(SearchPanel(room, thumbs), 700, 500)
    qtbot.waitUntil(lambda: room.indexing.state.count == 3, timeout=5000)
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 3, timeout=5000)
    room.hits.set_cut(0.75)
    histogram = panel.findChild(HistogramView, "searchHistogram")
    middle = int(histogram.width() * 12.5 / 48)  # of a bar
    bar = histogram.grab().toImage().pixelColor(middle, HEIGHT // 2)
    assert bar == theme.color("strong_line")  # "line" is no more than 1.2:1 on the canvas


def test_more_and_less_like_this(room, thumbs, show, qtbot):
    panel = show(SearchPanel(room, thumbs), 700, 500)
    qtbot.waitUntil(lambda: room.indexing.state.count == 3, timeout=5000)
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 3, timeout=5000)
    panel.view.setCurrentIndex(room.hits.index(0))
    panel.view.more_like_this()
    assert room.bar.text == "hat + 0.5 /p/1.png"
    panel.view.less_like_this()
    assert room.minus == "steer"


def test_before_anything_is_indexed_there_is_an_invitation(room, door, thumbs, show, qtbot):
    door.count = 0
    panel = show(SearchPanel(room, thumbs), 700, 500)
    qtbot.wait(50)
    texts = [button.text() for button in panel.findChildren(QPushButton) if button.isVisible()]
    assert "Choose a folder…" in texts
    assert not panel.view.isVisible()
    room.start_indexing()
    qtbot.waitUntil(lambda: room.indexing.state.count == 7, timeout=5000)
    assert panel.view.isVisible()
    assert "7 pictures" in words_of(room.indexing.state)
    example = next(b for b in panel.findChildren(QPushButton) if b.text() == EXAMPLES[1])
    assert example.isVisible()  # what to write, where the pictures will be
    example.click()
    assert room.bar.text == EXAMPLES[1]
    assert not example.isVisible()


def test_an_index_that_is_being_opened_is_not_called_empty(room, door, thumbs, show, qtbot):
    door.count = 0
    panel = show(SearchPanel(room, thumbs), 700, 500)  # the answer is still to come
    assert panel.index_line.words.text() == "Opening the index…"
    assert not panel.findChild(QPushButton, "indexOffer").isVisible()
    qtbot.waitUntil(panel.findChild(QPushButton, "indexOffer").isVisible, timeout=5000)
    assert panel.index_line.words.text() == "Nothing indexed yet"


def test_no_word_of_the_count_is_cut_off_in_a_narrow_window(room, thumbs, show, qtbot):
    panel = show(SearchPanel(room, thumbs), 440, 500)
    qtbot.waitUntil(lambda: room.indexing.state.count == 3, timeout=5000)
    room.bar.type_text("hat")
    qtbot.waitUntil(lambda: room.hits.rowCount() == 3, timeout=5000)
    count = panel.findChild(QLabel, "searchCount")
    for note in ("", "Nothing stands out; these are merely the nearest of very many pictures."):
        room.hits.show_found(replace(room.hits.found, note=note))
        qtbot.wait(20)
        assert note in count.text()
        assert count.height() >= count.heightForWidth(count.width())
        assert count.fontMetrics().horizontalAdvance(count.text().split()[0]) < count.width()


def test_an_empty_answer_says_why(room, thumbs, show, qtbot):
    panel = show(SearchPanel(room, thumbs), 700, 500)
    qtbot.waitUntil(lambda: room.indexing.state.count == 3, timeout=5000)
    room.bar.type_text("./gone.png")
    room.hits.show_found(replace(room.hits.found, hits=(), total=0))
    count = panel.findChild(QLabel, "searchCount")
    room.problem_changed.emit("gone.png is not there any more.", "Choose it again.")
    assert count.text() == "gone.png is not there any more."
    room.problem_changed.emit("", "")
    assert not count.isVisible()


def test_the_speed_is_told_when_there_is_one(room):
    def words(rate, done):
        progress = IndexProgress(total=30, done=done, rate=rate, seconds_left=9.0)
        return words_of(IndexState(Phase.RUNNING, progress))

    assert words(0.0, 0) == "0 of 30 pictures"
    assert words(1.26, 9) == "9 of 30 pictures · 1.3 a second · 9 s left"
    assert words(41.6, 9) == "9 of 30 pictures · 42 a second · 9 s left"


def test_more_pairs_are_asked_for_only_of_the_two_trays(room, thumbs, show):
    panel = show(WordsPanel(room, thumbs))
    word = words.RankedWord("hat", 2.0, 0.3, words.Verdict.LIKELY)
    verdict = panel.findChild(QLabel, "wordsVerdict")
    panel.before.add(["/a.png"])
    panel.after.add(["/b.png"])
    room._set_naming(words.Naming((word,), (word,), words.Verdict.LIKELY, 1.0))
    assert "More pairs" in verdict.text()
    room.bar.type_text("dog")
    room._set_naming(words.Naming((word,), (), words.Verdict.LIKELY, 1.0))
    assert "More pairs" not in verdict.text()


def test_the_row_shows_amounts_pictures_and_checks(room, show):
    panel = show(DrawPanel(room), 340, 300)
    picture = np.zeros((16, 16, 3), np.uint8)
    room.drawing.row = [
        Drawn(0.0, picture, "/a.png", {"hat": Check(0.0)}, is_over=True),
        Drawn(1.0, picture, "/b.png", {"hat": Check(4.1)}, is_over=True),
        Drawn(1.5, picture, "/c.png", {"hat": Check(2.6, "It is noise.")}, is_over=True),
        Drawn(2.0),
    ]
    room.drawing.row_changed.emit()
    tiles = [tile for tile in panel.findChildren(DrawnTile) if tile.isVisible()]
    assert len(tiles) == 4
    assert tiles[1].accessibleName().endswith("hat +4.1 z")
    assert tiles[2].accessibleName().endswith("hat +2.6 z?")
    assert "It is noise." in tiles[2].toolTip()
    panel.grab()


def test_wide_pictures_keep_their_shape(room, thumbs, show, qtbot, monkeypatch):
    """In the row that is drawn, its strip, and on the map."""
    magenta = (255, 0, 255)

    def rows_of(image, x):
        return sum(image.pixelColor(x, y).getRgb()[:3] == magenta for y in range(image.height()))

    wide = np.full((16, 64, 3), magenta, np.uint8)
    tile = show(DrawnTile(), 280, 84)
    tile.show_drawn(Drawn(1.0, wide, "/b.png", {}, (wide,), is_over=True))
    image = tile.grab().toImage()
    assert 0 < rows_of(image, 42) <= 84 // 3  # the picture's middle
    assert 0 < rows_of(image, 115) <= 84 // 3  # of the strip's first step
    panel = show(MapPanel(room, thumbs), 320, 360)
    face = QPixmap(64, 16)
    face.fill(QColor(*magenta))
    monkeypatch.setattr(thumbs, "get", lambda *_: face)
    room.axes, room.points = ("hat", "dog"), [MapPoint(hit(1).item, -0.5, -0.5)]
    place = panel.view.place_of(room.points[0]).toPoint()
    assert 0 < rows_of(panel.view.grab().toImage(), place.x()) <= panel.view.side // 3


def test_the_meter_draws_and_moves_the_strip(room, show, qtbot):
    model = room.studio.filmstrip.model
    model.show_frames([make_frame(i, 4) for i in range(5)])
    panel = show(meter.MeterPanel(room), 300, 140)
    room.metering.curve = Curve("hat", (0, 1, 2, 3, 4), (0, 0.1, 0.2, 0.8, 0.9), (0,) * 5, 3)
    room.curve_changed.emit()
    assert "appears at step 4" in panel.findChild(QLabel, "conceptMeterWords").text()
    curve = panel.findChild(meter.MeterCurve)
    curve.grab()
    qtbot.mouseClick(curve, Qt.MouseButton.LeftButton, pos=QPoint(meter.PAD + 1, 20))
    assert model.current_frame.index == 0
    room.bar.type_text("crown")  # now it is another question
    assert panel.findChild(QLabel, "conceptMeterWords").text() == meter.MEASURING
    assert curve.accessibleName().endswith(meter.MEASURING)
    curve.grab()


def test_the_curve_is_drawn_from_nought_so_that_noise_stays_small():
    curve = Curve("x", (0, 1, 2), (0.1, 0.3, 0.2), (0.0, 3.0, 1.5), None)
    assert meter.points(curve, 100, 50) == [(0, 50), (50, 0), (100, 25)]
    flat = Curve("x", (0, 1), (0.1, 0.1), (0.1, 0.2), None)
    assert min(y for _, y in meter.points(flat, 100, 50)) > 40


def test_labels_are_classified(room, show, qtbot):
    line = show(ClassifyLine(room))
    edit, answer = line.findChild(QLineEdit), line.findChild(QLabel, "classifyAnswer")
    edit.setText("cat, dog")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert "Drop a picture" in answer.text()
    room.bar.add_picture("/a.png")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "50%" in answer.text(), timeout=5000)
    room.bar.add_words("hat")
    assert "50%" in answer.text()
    room.bar.set_text("/b.png + hat")
    assert answer.text() == ""  # it was the other picture's
