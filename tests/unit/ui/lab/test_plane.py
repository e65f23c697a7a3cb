"""The plane under the mouse: hover, draw, choose a point."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from studio.lab.laboratory import run, walk_task
from studio.state.lab.picture import graph_of
from studio.ui.lab.plane import Graph, Plane


@pytest.fixture
def plane(room, shown):
    made = shown(Plane(room), 400, 400)
    made.repaint()
    return made


def place_of(plane, x, y):
    left, top = plane._viewport.px(np.array([[x, y]]))[0]
    return QPoint(round(left), round(top))


def test_hover_names_the_two_pixels(plane):
    assert plane.pixels_at(QPointF(place_of(plane, 0.5, -0.5))) == pytest.approx(
        (0.5, -0.5), abs=0.02
    )
    assert plane.pixels_at(QPointF(1, 1)) is None


def test_the_card_of_the_picture_is_painted(plane, qtbot):
    before = plane.grab().toImage()
    qtbot.mouseMove(plane, place_of(plane, 0.9, -0.9))
    plane._mouse = QPointF(place_of(plane, 0.9, -0.9))
    assert plane.grab().toImage() != before


def test_dragging_draws_only_while_drawing(plane, room, qtbot):
    qtbot.mousePress(plane, Qt.MouseButton.LeftButton, pos=place_of(plane, 0.1, 0.1))
    qtbot.mouseRelease(plane, Qt.MouseButton.LeftButton, pos=place_of(plane, 0.1, 0.1))
    assert room.drawn == []
    room.change(draw_label=2)
    qtbot.mousePress(plane, Qt.MouseButton.LeftButton, pos=place_of(plane, 0.1, 0.1))
    qtbot.mouseMove(plane, place_of(plane, 0.4, 0.4))
    qtbot.mouseRelease(plane, Qt.MouseButton.LeftButton, pos=place_of(plane, 0.4, 0.4))
    assert room.drawn[0] == pytest.approx((0.1, 0.1, 2), abs=0.02)


def test_a_click_follows_the_nearest_walk(plane, room, qtbot):
    room.results.walk = run(walk_task(room.data, room.process, 10))
    room._settle.blockSignals(True)
    room.change(view="noise", walk=0.0, highlighted=None)
    plane.repaint()
    qtbot.mouseClick(plane, Qt.MouseButton.LeftButton, pos=place_of(plane, *room.data.points[7]))
    found = room.board.highlighted
    assert np.linalg.norm(room.data.points[found] - room.data.points[7]) < 0.1
    qtbot.mouseClick(plane, Qt.MouseButton.LeftButton, pos=place_of(plane, 1.9, 1.9))
    assert room.board.highlighted is None


def test_a_graph_hides_where_there_is_none(room, shown):
    graph = shown(Graph("graph", partial(graph_of, room)))
    room._settle.blockSignals(True)
    room.board_changed.connect(graph.refresh)
    room.change(view="noise")
    assert graph.isVisible()
    assert not graph.grab().toImage().isNull()
    room.change(view="data")
    assert not graph.isVisible()
