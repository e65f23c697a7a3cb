"""The A/B line on the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from studio.ui.canvas.view import CanvasView
from studio.ui.filmstrip.ab_overlay import ABOverlay
from studio.ui.qimage import to_qimage
from studio.ui.theme import color
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


def test_a_picture_of_another_shape_is_not_stretched(overlay):
    picture = QSize(100, 100)
    overlay.set_picture(to_qimage(flat(50, 25)), picture, ("A", "B"), QSize(200, 50))
    seen = overlay.parentWidget().grab().toImage()
    rect, x = overlay._picture_rect(), round(overlay._line_x()) - 60
    assert seen.pixelColor(x, round(rect.center().y())).red() == 50
    edge = seen.pixelColor(x, round(rect.bottom()) - 20)
    assert edge == color("canvas")  # neither picture


def test_long_names_stay_inside_the_canvas(overlay):
    overlay.set_picture(to_qimage(flat(50, 25)), QSize(100, 100), ("A  " + "long name " * 9, "B"))
    drawn = []

    class Watch(QPainter):
        def drawRoundedRect(self, place, *radii):
            drawn.append(place)

    paper = QPixmap(400, 300)
    painter = Watch(paper)
    overlay._paint_labels(painter, 200.0, 12.0)
    painter.end()
    assert drawn[0].left() >= 0
    assert 60 < drawn[0].width() < 200
