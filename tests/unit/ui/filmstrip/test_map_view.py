"""The painted map."""

from __future__ import annotations

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
