"""The A/B line on the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QSize, Qt

from studio.ui.canvas.view import CanvasView
from studio.ui.filmstrip.ab_overlay import ABOverlay
from studio.ui.qimage import to_qimage
from tests.unit.state.filmstrip.rig import flat

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def overlay(qtbot):
    view = CanvasView()
    qtbot.addWidget(view)
    view.set_reduced_motion(True)
    view.resize(400, 300)
    view.set_image(to_qimage(flat(200, 100)))
    view.show()
    overlay = ABOverlay(view)
    overlay.set_picture(to_qimage(flat(50, 25)), QSize(100, 100), ("A", "B"))
    return overlay


def test_left_of_the_line_the_other_picture_is_seen(overlay):
    seen = overlay.parentWidget().grab().toImage()
    x, y = round(overlay._line_x()), 180
    assert seen.pixelColor(x - 40, y).red() == 50
    assert seen.pixelColor(x + 40, y).red() == 200


def test_the_line_is_dragged_and_kept_inside_the_picture(qtbot, overlay):
    x = round(overlay._line_x())
    qtbot.mousePress(overlay, LEFT, pos=QPoint(x + 3, 150))
    qtbot.mouseMove(overlay, QPoint(x + 60, 150))
    assert overlay.share > 0.6
    qtbot.mouseMove(overlay, QPoint(399, 150))
    assert overlay.share == 1.0
    qtbot.mouseRelease(overlay, LEFT, pos=QPoint(399, 150))
    qtbot.mouseMove(overlay, QPoint(10, 150))
    assert overlay.share == 1.0


def test_away_from_the_line_the_mouse_is_the_canvass(qtbot, overlay):
    qtbot.mousePress(overlay, LEFT, pos=QPoint(20, 20))
    assert not overlay._is_dragging
    qtbot.mouseRelease(overlay, LEFT, pos=QPoint(20, 20))


def test_arrow_keys_move_the_line_and_it_grows_with_the_canvas(qtbot, overlay):
    qtbot.keyClick(overlay, Qt.Key.Key_Right)
    assert overlay.share == pytest.approx(0.52)
    overlay.swap()
    assert overlay.share == pytest.approx(0.48)
    overlay.parentWidget().resize(600, 500)
    assert overlay.size() == QSize(600, 500)


def test_none_hides_it(overlay):
    overlay.set_picture(None, QSize(), ("", ""))
    assert overlay.isHidden()
