"""The painted map."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from studio.ui.filmstrip.map_view import MapView


@pytest.fixture
def view(rig, qtbot):
    view = MapView(rig.strip, rig.room.branches, rig.room.map)
    qtbot.addWidget(view)
    view.resize(320, 260)
    view.show()
    return view


def settle(rig):
    rig.qtbot.wait(400)
    rig.idle()


def test_one_take_is_an_invitation(rig, view):
    rig.make()
    settle(rig)
    view.grab()
    assert "two takes" in rig.room.map.words


def test_paths_lie_inside_and_a_click_scrubs(rig, qtbot, view):
    rig.make()
    rig.make(seed=8)
    settle(rig)
    paths = rig.room.map.paths
    assert len(paths) == 2
    for path in paths:
        assert all(view.rect().contains(p.toPoint()) for p in view._scaled(path))
    view.grab()
    other = next(p for p in paths if p.node is not rig.strip.node)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view._scaled(other)[3].toPoint())
    assert rig.strip.node is other.node
    assert rig.strip.frame.index == 3
    assert view.title_of_shown() == "a hat"


def test_a_click_into_nothing_does_nothing(rig, qtbot, view):
    rig.make()
    rig.make(seed=8)
    settle(rig)
    before = (rig.strip.node, rig.strip.model.current)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.rect().bottomLeft())
    assert (rig.strip.node, rig.strip.model.current) == before


def test_scrubbing_draws_the_paths_no_second_time(rig, view):
    rig.make()
    rig.make(seed=8)
    settle(rig)
    drawn = []
    paint = view._paint_path
    view._paint_path = lambda painter, path: drawn.append(path) or paint(painter, path)
    places = []
    for row in range(5):
        rig.strip.model.set_current(row)
        view.grab()
        places.append(view._scrubber())
    assert len(drawn) <= 2
    assert len({(p.x(), p.y()) for p in places}) == 5
    rig.strip.show(view._map.paths[0].node if view._map.paths[0].node is not rig.strip.node
                   else view._map.paths[1].node)  # fmt: skip
    view.grab()
    assert len(drawn) >= 2


def test_between_two_points_the_scrubber_is_between_them(rig, view):
    rig.make()
    rig.make(seed=8)
    settle(rig)
    path = next(p for p in rig.room.map.paths if p.node is rig.strip.node)
    thin = replace(path, points=path.points[::6], indices=path.indices[::6])
    rig.room.map.paths = tuple(thin if p is path else p for p in rig.room.map.paths)
    rig.strip.model.set_current(3)
    first, last = view._scaled(thin)
    middle = view._scrubber()
    assert middle.x() == pytest.approx((first.x() + last.x()) / 2)
    assert middle.y() == pytest.approx((first.y() + last.y()) / 2)


def test_what_the_map_tells_anew_is_drawn_anew(rig, view):
    """Other paths may lie in memory where the old ones lay: their address proves nothing."""
    rig.make()
    rig.make(seed=8)
    settle(rig)
    view.grab()
    drawn = []
    paint = view._paint_path
    view._paint_path = lambda painter, path: drawn.append(path) or paint(painter, path)
    rig.room.map.map_changed.emit()
    view.grab()
    assert len(drawn) == 2
