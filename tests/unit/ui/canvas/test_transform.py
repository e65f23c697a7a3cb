"""Geometry of the view: there and back, anchors, ends, device pixels."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QSizeF

from studio.ui.canvas.transform import ZOOM_MAX, ZOOM_MIN, ViewTransform


def a_view(ratio: float = 1.0) -> ViewTransform:
    view = ViewTransform()
    view.resize(QSizeF(800, 600), ratio)
    view.show(QSizeF(400, 300))
    return view


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("angle", [0, 17, 90, 270])
def test_there_and_back(ratio, angle) -> None:
    view = a_view(ratio)
    view.turn(angle)
    view.zoom_to(1.3, QPointF(100, 50))
    for point in (QPointF(0, 0), QPointF(399.5, 12.25), QPointF(-30, 900)):
        back = view.to_picture(view.to_view(point))
        assert (back - point).manhattanLength() < 1e-6


@pytest.mark.parametrize("angle", [0, 40])
def test_the_anchor_stays_under_the_pointer(angle) -> None:
    view = a_view()
    view.turn(angle)
    anchor = QPointF(390, 320)
    held = view.to_picture(anchor)
    for zoom in (2.0, 0.7, 5.0):
        view.zoom_to(zoom, anchor)
        assert (view.to_picture(anchor) - held).manhattanLength() < 1.5 / zoom


@pytest.mark.parametrize("angle", [0, 90, 33])
def test_a_fitted_picture_is_wholly_inside(angle) -> None:
    view = a_view()
    view.turn(angle)
    for x, y in ((0, 0), (400, 0), (0, 300), (400, 300)):
        corner = view.to_view(QPointF(x, y))
        assert -1 <= corner.x() <= 801
        assert -1 <= corner.y() <= 601


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_upright_pictures_begin_on_a_device_pixel(ratio) -> None:
    view = a_view(ratio)
    view.zoom_to(1.0, QPointF(400, 300))
    view.pan(0.3, 0.7)
    corner = view.to_view(QPointF(0, 0)) * ratio
    assert corner.x() == pytest.approx(round(corner.x()), abs=1e-6)
    assert view.scale == 1.0 / ratio


def test_zoom_has_ends() -> None:
    view = a_view()
    view.zoom_to(1e9, QPointF())
    assert view.zoom == ZOOM_MAX
    view.zoom_to(0, QPointF())
    assert view.zoom == ZOOM_MIN


def test_turning_all_round_is_nothing() -> None:
    view = a_view()
    for _ in range(24):
        view.turn(15)
    assert view.angle == 0


def test_another_size_keeps_the_part_that_was_looked_at() -> None:
    view = a_view()
    view.zoom_to(4.0, QPointF(0, 0))
    share = view.centre.x() / 400
    view.show(QSizeF(800, 600))
    assert view.centre.x() / 800 == pytest.approx(share)
