"""The map: axes, a loop, one picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt

from studio.concepts.concepts import MapPoint
from studio.ui import theme
from studio.ui.concepts.map_panel import MapPanel
from tests.unit.state.concepts.conftest import hit


def test_a_loop_on_the_map_names_pictures(room, thumbs, show, qtbot):
    panel = show(MapPanel(room, thumbs), 320, 360)
    room.axes = ("hat", "dog")
    room.points = [MapPoint(hit(1).item, -0.5, -0.5), MapPoint(hit(2).item, 1.2, 1.2)]
    room.points_changed.emit()
    panel.grab()
    place = panel.view.place_of(room.points[0]).toPoint()
    corners = [(-25, -25), (25, -25), (25, 25), (-25, 25)]
    qtbot.mousePress(panel.view, Qt.MouseButton.LeftButton, pos=place + QPoint(-25, -25))
    for x, y in corners:
        qtbot.mouseMove(panel.view, place + QPoint(x, y))
    panel.view._loop = [panel.view.place_of(room.points[0]) + QPoint(x, y) for x, y in corners]
    qtbot.mouseRelease(panel.view, Qt.MouseButton.LeftButton, pos=place + QPoint(-25, 25))
    assert panel.view.inside == {"/p/1.png"}
    panel._name.click()
    assert room.bar.text == "/p/1.png"


def test_axes_are_asked_for_when_both_are_named(room, thumbs, show, qtbot):
    panel = show(MapPanel(room, thumbs), 320, 360)
    panel.across.setText("hat")
    qtbot.keyClick(panel.across, Qt.Key.Key_Return)
    assert room.axes == ("", "")
    panel.up.setText("dog")
    with qtbot.waitSignal(room.points_changed, timeout=5000):
        qtbot.keyClick(panel.up, Qt.Key.Key_Return)
    assert room.axes == ("hat", "dog")


def test_the_names_of_the_axes_stand_inside_the_map(room, thumbs, show):
    panel = show(MapPanel(room, thumbs), 320, 360)
    room.axes = ("night - day", "hat")
    words = dict(panel.view.ends())
    assert set(words) == {"← day", "night →", "↑ hat", "↓"}
    assert all(panel.view.rect().contains(box) for box in words.values())
    assert words["← day"].right() < words["night →"].left()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_mistake_of_an_axis_stands_on_a_ground_of_its_own(room, thumbs, show, name):
    theme.switch().apply(name)
    panel = show(MapPanel(room, thumbs), 320, 360)
    panel.across.setText("hat + + dog")
    panel.across.returnPressed.emit()
    ground = panel.problem.grab().toImage().pixelColor(4, panel.problem.height() // 2)
    assert ground == theme.color("panel")  # red on the picture's grey would be too faint
    theme.switch().apply("dark")


def test_a_step_on_the_map_has_its_strip(room, thumbs, show, qtbot, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(room.studio.filmstrip, "open_picture", lambda *where: opened.append(where))
    (tmp_path / "1.png").touch()
    item = replace(hit(1).item, file=str(tmp_path / "1.take"), part=7)
    panel = show(MapPanel(room, thumbs), 320, 360)
    room.axes, room.points = ("hat", "dog"), [MapPoint(item, 0.2, 0.2)]
    place = panel.view.place_of(room.points[0]).toPoint()
    qtbot.mouseDClick(panel.view, Qt.MouseButton.LeftButton, pos=place)
    assert opened == [(tmp_path / "1.png", 7)]
