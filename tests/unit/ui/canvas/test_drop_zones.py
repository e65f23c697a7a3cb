"""The zones: each is found under its middle, beside all of them the first holds."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from studio.ui.canvas.drop_zones import DropZones, Use

ALL = (Use.OPEN, Use.START, Use.REFERENCE, Use.MASK, Use.SETTINGS)


@pytest.fixture
def parent(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    return made


@pytest.fixture
def zones(parent) -> DropZones:
    made = DropZones(parent)
    made.offer(ALL)
    return made


@pytest.mark.parametrize("use", ALL)
def test_each_zone_is_found(zones, use) -> None:
    assert zones.point_at(zones.place_of(use)) is use


def test_beside_the_zones_the_first_holds(zones) -> None:
    assert zones.point_at(QPointF(2, 2)) is Use.OPEN


def test_the_marked_zone_looks_different(zones) -> None:
    zones.point_at(zones.place_of(Use.START))
    one = zones.grab().toImage()
    zones.point_at(zones.place_of(Use.MASK))
    assert zones.grab().toImage() != one


def test_on_an_empty_canvas_no_old_picture_is_spoken_of(zones) -> None:
    zones.offer(ALL)
    one = zones.grab().toImage()
    zones.offer(ALL, is_empty=True)
    assert zones.grab().toImage() != one


@pytest.mark.parametrize("size", [(900, 500), (300, 200), (170, 130)])
def test_zones_lie_apart_and_inside(zones, size) -> None:
    zones.parentWidget().resize(*size)
    zones.offer(ALL)
    rects = [zone.rect for zone in zones._zones()]
    assert all(zones.rect().toRectF().contains(rect) for rect in rects)
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[i + 1 :])


def test_a_single_use_fills_the_field(zones) -> None:
    zones.offer((Use.PROJECT,))
    assert zones.point_at(QPointF(450, 250)) is Use.PROJECT
    assert len(zones._zones()) == 1
