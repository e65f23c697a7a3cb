"""The strip's widget: mouse, keys, scrolling, painting."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QSignalSpy

from studio.engine.record import LANES
from studio.state.filmstrip.model import FilmstripModel
from studio.ui.filmstrip.view import FilmstripView
from studio.ui.theme import color
from tests.unit.state.filmstrip.frames import make_frames

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(qtbot):
    view = FilmstripView(FilmstripModel())
    qtbot.addWidget(view)
    view.resize(700, 260)
    view.show()
    view.model().show_frames(make_frames(20))
    return view


def place(view, column, lane=0):
    g = view.geometry_now
    return QPoint(
        g.x_of(column, view.horizontalScrollBar().value()) + g.thumb_width // 2, g.y_of(lane) + 4
    )


def leave(view):
    view.leaveEvent(QEvent(QEvent.Type.Leave))


def test_keys_move_the_position(qtbot, view):
    model = view.model()
    for key, row in [
        (Qt.Key.Key_Home, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_PageDown, 11),
        (Qt.Key.Key_Left, 10), (Qt.Key.Key_End, 20), (Qt.Key.Key_PageUp, 10),
    ]:  # fmt: skip
        qtbot.keyClick(view, key)
        assert model.current == row


def test_dragging_scrubs_and_nothing_moves_under_the_mouse(qtbot, view):
    view.model().set_current(0)
    scroll = view.horizontalScrollBar().value()
    qtbot.mousePress(view.viewport(), LEFT, pos=place(view, 2, 1))
    assert view.model().current == 2
    for column in (3, 4, 5):
        qtbot.mouseMove(view.viewport(), place(view, column, 1))
        assert view.model().current == column
        assert view.horizontalScrollBar().value() == scroll
    qtbot.mouseRelease(view.viewport(), LEFT, pos=place(view, 5, 1))
    assert view.model().is_pinned


def test_pressing_a_lane_chooses_it(qtbot, view):
    view.model().set_current(0)
    spy = QSignalSpy(view.lane_chosen)
    qtbot.mouseClick(view.viewport(), LEFT, pos=place(view, 1, 1))
    assert spy.at(0) == ["x0"]


def test_pulling_a_frame_out_drags_it(qtbot, view):
    view.model().set_current(0)
    spy = QSignalSpy(view.frame_dragged_out)
    qtbot.mousePress(view.viewport(), LEFT, pos=place(view, 1))
    qtbot.mouseMove(view.viewport(), QPoint(place(view, 1).x(), -60))
    assert spy.at(0) == [1]


def test_follows_the_newest_frame_until_the_user_scrolls(qtbot, view):
    frames, bar = make_frames(20), view.horizontalScrollBar()
    view.model().begin(20)
    view.model().append(frames[:12])
    assert bar.value() > 0
    assert view.geometry_now.x_of(11, bar.value()) + view.geometry_now.thumb_width <= 700
    bar.setValue(0)
    bar.sliderPressed.emit()
    view.model().append(frames[12:])
    assert bar.value() == 0


def test_a_strip_that_fills_does_not_move_under_the_mouse(qtbot, view):
    """A step was looked at, and the next frame pulled it away."""
    frames = make_frames(40)
    view.model().show_frames(frames[:20], total=40)
    qtbot.mouseMove(view.viewport(), place(view, 18))
    before, hovered = view.horizontalScrollBar().value(), view._hovered
    view.model().append(frames[20:30])
    assert view.model().current == 29
    assert (view.horizontalScrollBar().value(), view._hovered) == (before, hovered)
    leave(view)
    assert view.horizontalScrollBar().value() > before  # the newest frame again
    view.model().append(frames[30:35])
    assert view.geometry_now.x_of(34, view.horizontalScrollBar().value()) < view.width()


def test_end_shows_the_newest_frame_even_under_the_mouse(qtbot, view):
    view.model().show_frames(make_frames(40))
    view.model().set_current(0)
    at = place(view, 3)
    qtbot.mouseMove(view.viewport(), at)
    qtbot.keyClick(view, Qt.Key.Key_End)
    scroll = view.horizontalScrollBar().value()
    assert scroll == view.horizontalScrollBar().maximum() > 0
    assert view._hovered == view.geometry_now.column_at(at.x(), scroll) > 3


def test_the_hovered_step_is_told_with_all_lanes_too(view, qtbot, monkeypatch):
    """With six lanes the graph lay under the edge, and its words with it."""
    import studio.ui.filmstrip.painter as painter

    places = []
    monkeypatch.setattr(painter, "_paint_label", lambda _p, place, text: places.append(place))
    view.resize(700, 190)  # as at first
    view.set_lanes(LANES)
    view.model().set_current(0)
    qtbot.mouseMove(view.viewport(), place(view, 2, 1))
    view.viewport().grab()
    assert view.verticalScrollBar().maximum() > 0
    assert view.viewport().rect().contains(places[-1].toAlignedRect())


def test_columns_do_not_move_while_the_strip_fills(view):
    view.model().begin(20)
    first = view.geometry_now
    view.model().append(make_frames(20, count=1))
    view.model().append(make_frames(20)[1:])
    assert view.geometry_now == first


def test_never_takes_the_focus_by_itself(qtbot, view):
    assert not view.hasFocus() or view.focusPolicy() != Qt.FocusPolicy.StrongFocus
    view.clearFocus()
    view.model().begin(4)
    view.model().append(make_frames(4))
    assert not view.hasFocus()


def test_only_visible_thumbnails_are_made(view):
    view.model().show_frames(make_frames(400, size=16))
    view.grab()
    columns = len(view.geometry_now.visible(0))
    assert 0 < len(view._thumbnails) <= 3 * (columns + 1)


def test_at_least_one_lane_stays(view):
    view.set_lanes(["bad"])
    assert view.lanes == ("noisy", "x0", "delta")
    view.set_lanes(["delta", "x0"])
    assert view.lanes == ("x0", "delta")


def test_the_scrub_frame_is_amber_and_runs_through_all_lanes(view):
    model = view.model()
    model.set_current(3)
    image = view.viewport().grab().toImage()
    g, scroll = view.geometry_now, view.horizontalScrollBar().value()
    amber = color("accent")
    x = g.x_of(3, scroll) - 3
    for lane in range(3):
        seen = image.pixelColor(x, g.y_of(lane) + g.thumb_height // 2)
        assert abs(seen.red() - amber.red()) + abs(seen.green() - amber.green()) < 40


def test_an_absent_lane_says_why(view, monkeypatch):
    said = []
    import studio.ui.filmstrip.painter as painter

    monkeypatch.setattr(painter, "_paint_label", lambda *a: said.append(a[-1]))
    view.model().show_frames(make_frames(4, guided=False))
    view.viewport().grab()
    assert "CFG is 1: there is no pass without the prompt." in said


def test_paints_wide_and_tall_pictures_and_nothing_at_all(view):
    view.model().show_frames(())
    view.grab()
    frames = make_frames(3)
    wide = [f.lanes["x0"][:8] for f in frames]
    assert wide[0].shape == (8, 32, 3)
    view.model().show_frames(
        [type(f)(**{s: getattr(f, s) for s in f.__slots__} | {"lanes": {"x0": w}})
         for f, w in zip(frames, wide, strict=True)]
    )  # fmt: skip
    assert view.geometry_now.thumb_width > view.geometry_now.thumb_height
    view.grab()
