"""The picture view: geometry, previews, chips."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from studio.ui.canvas.view import CanvasView
from studio.ui.qimage import to_qimage


def picture(width: int = 400, height: int = 300) -> QImage:
    rng = np.random.default_rng(0)
    return to_qimage(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.fixture
def view(qtbot) -> CanvasView:
    made = CanvasView()
    qtbot.addWidget(made)
    made.set_reduced_motion(True)
    made.resize(640, 480)
    made.show()
    return made


def wheel(view: CanvasView, at: QPointF, turns: int, keys=Qt.KeyboardModifier.NoModifier) -> None:
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    turn = QPoint(0, 120 * turns)
    event = QWheelEvent(at, view.mapToGlobal(at), QPoint(), turn, none, keys, phase, False)
    QApplication.sendEvent(view, event)


def test_nothing_shown_draws_and_has_no_zoom(view) -> None:
    view.grab()
    assert view.picture_size().isEmpty()
    assert not view.zoom_chip.isVisible()
    view.set_image(QImage())
    assert view.image() is None


def test_a_picture_is_fitted_and_follows_the_size(view) -> None:
    view.set_image(picture())
    first = view.transform.zoom
    shown = view.transform.matrix().mapRect(view.rect())
    assert shown.isValid()
    view.resize(900, 700)
    assert view.transform.zoom > first
    view.set_zoom(2.0)
    view.resize(640, 480)
    assert view.transform.zoom == 2.0


def test_the_first_picture_is_fitted_whatever_was_done_to_the_empty_view(view, qtbot) -> None:
    """A drag or a turn of the wheel over nothing, and it came at 6400 %."""
    wheel(view, QPointF(200, 150), 3)
    wheel(view, QPointF(200, 150), 3, Qt.KeyboardModifier.ShiftModifier)
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
        qtbot.mousePress(view, button, pos=QPoint(300, 200))
        qtbot.mouseMove(view, QPoint(330, 215))
        qtbot.mouseRelease(view, button, pos=QPoint(330, 215))
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    view.actual_size()
    view.set_image(picture())
    assert view.transform.is_fitted
    assert view.rect().contains(view.transform.matrix().mapRect(QRect(0, 0, 400, 300)))


def test_actual_size_is_one_device_pixel_per_pixel(view) -> None:
    image = picture(200, 100)
    view.set_image(image)
    view.actual_size()
    view.zoom_chip.hide()
    shown = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    corner = view.transform.to_view(QPointF(0, 0)).toPoint()
    part = shown.copy(corner.x(), corner.y(), 200, 100)
    assert part == image.convertToFormat(QImage.Format.Format_RGB888)


def test_the_wheel_zooms_at_the_cursor(view) -> None:
    view.set_image(picture())
    at = QPointF(200, 150)
    before = view.transform.to_picture(at)
    wheel(view, at, 3)
    after = view.transform.to_picture(at)
    assert view.transform.zoom > 1.2
    assert (before - after).manhattanLength() < 1.0


def test_zoom_has_ends_and_the_picture_cannot_be_lost(view) -> None:
    view.set_image(picture())
    for _ in range(60):
        wheel(view, QPointF(10, 10), 5)
    assert view.transform.zoom == 64
    view.transform.pan(1e6, -1e6)
    centre = view.transform.centre
    assert 0 <= centre.x() <= 400
    assert 0 <= centre.y() <= 300
    for _ in range(60):
        wheel(view, QPointF(10, 10), -5)
    assert view.transform.zoom == 0.02
    view.grab()


def test_middle_drag_and_space_drag_pan(view, qtbot) -> None:
    view.set_image(picture())
    view.set_zoom(3.0)
    before = QPointF(view.transform.centre)
    qtbot.mousePress(view, Qt.MouseButton.MiddleButton, pos=QPoint(300, 200))
    qtbot.mouseMove(view, QPoint(330, 215))
    qtbot.mouseRelease(view, Qt.MouseButton.MiddleButton, pos=QPoint(330, 215))
    moved = before - view.transform.centre
    assert moved.x() == pytest.approx(10)
    assert moved.y() == pytest.approx(5)
    view.setFocus()
    qtbot.keyPress(view, Qt.Key.Key_Space)
    assert view.cursor().shape() == Qt.CursorShape.OpenHandCursor
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_rotation_maps_there_and_back(view) -> None:
    view.set_image(picture())
    view.rotate_right()
    view.set_zoom(1.7)
    point = QPointF(123.4, 56.7)
    assert (
        view.transform.to_picture(view.transform.to_view(point)) - point
    ).manhattanLength() < 1e-6
    view.grab()
    view.reset_rotation()
    assert view.transform.angle == 0


def test_a_smaller_preview_does_not_move_the_view(view) -> None:
    view.set_image(picture(400, 300))
    matrix = view.transform.matrix()
    view.set_image(picture(50, 37), QSize(400, 300))
    assert view.transform.matrix() == matrix
    assert view.picture_size() == QSize(400, 300)
    view.grab()


def test_the_caption_is_plain_one_line_text(view) -> None:
    view.set_caption("<b>Step 3</b>\nof 20 " + "x" * 5000)
    assert view.caption.isVisible()
    assert view.caption.text().startswith("<b>Step 3</b> of 20")
    assert len(view.caption.text()) <= 200
    assert view.caption.geometry().right() < view.width()
    view.set_caption("")
    assert not view.caption.isVisible()


def test_the_zoom_chip_fits_and_shows_the_zoom(view, qtbot) -> None:
    view.set_image(picture())
    view.set_zoom(3.0)
    buttons = view.zoom_chip.findChildren(type(view.zoom_chip._fit))
    assert buttons[1].text() == "300 %"
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert view.transform.is_fitted
    qtbot.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert view.transform.zoom == 1.0


def test_cross_fade_ends_on_the_new_picture(qtbot) -> None:
    view = CanvasView()
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show()
    view.set_image(picture(64, 64))
    white = np.full((64, 64, 3), 255, np.uint8)
    view.set_image(to_qimage(white))
    qtbot.waitUntil(lambda: view._fade.is_over(), timeout=2000)
    middle = view.grab().toImage().pixelColor(150, 100)
    assert middle.getRgb()[:3] == (255, 255, 255)


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (3000, 2), (257, 129)])
def test_odd_sizes_at_all_zooms(view, size) -> None:
    view.set_image(picture(*size))
    for zoom in (0.02, 0.13, 0.5, 1.0, 3.0, 64.0):
        view.set_zoom(zoom)
        view.grab()
