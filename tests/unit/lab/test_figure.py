"""The geometry under every figure."""

from __future__ import annotations

import numpy as np
import pytest

from studio.lab.figure import (
    Figure,
    Heat,
    Ink,
    arrow_heads,
    heat_pixels,
    tick_values,
    viewport_of,
)


def test_a_square_plane_keeps_its_ratio_and_maps_back():
    figure = Figure(extent=(-2, 2, -1, 1), layers=[], ink=Ink(), title="T", x_title="x")
    viewport = viewport_of(figure, 800, 300)
    assert viewport.width == pytest.approx(2 * viewport.height)
    corners = viewport.px(np.array([[-2, 1], [2, -1]]))
    assert corners[0].tolist() == pytest.approx([viewport.left, viewport.top])
    assert viewport.data(*viewport.px(np.array([[0.5, -0.25]]))[0]) == pytest.approx((0.5, -0.25))
    assert viewport.top + viewport.height <= 300 - 40


def test_a_graph_fills_its_room():
    figure = Figure(extent=(0, 1, 0, 9), layers=[], ink=Ink(), is_square=False)
    viewport = viewport_of(figure, 420, 220)
    assert (viewport.width, viewport.height) == (392, 192)
    assert viewport_of(figure, 5, 5).width > 0


def test_ticks_are_round_and_inside():
    assert tick_values(0, 1, 5) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert tick_values(-2, 2, 4) == [-2, -1, 0, 1, 2]
    assert tick_values(0, 1500, 4) == [0, 500, 1000, 1500]
    assert tick_values(1, 1, 4) == []
    assert tick_values(0, 1, 1) == []


def test_heads_shrink_with_their_arrow():
    start, end = np.zeros((2, 2)), np.array([[100.0, 0.0], [2.0, 0.0]])
    long, short = arrow_heads(start, end, 4.0)
    assert long[0].tolist() == [100, 0]
    assert long[1, 0] == pytest.approx(96)
    assert short[1, 0] == pytest.approx(0.8)
    assert np.isfinite(arrow_heads(start, start, 4.0)).all()


def test_heat_runs_from_cold_to_warm_with_row_0_at_the_bottom():
    heat = Heat(values=np.array([[0.0, 1.0], [np.nan, 2.0]]), extent=(0, 1, 0, 1), cold="#000000",
                warm="#ff8000")  # fmt: skip
    assert heat_pixels(heat).tolist() == [[[0, 0, 0], [255, 128, 0]], [[0, 0, 0], [255, 128, 0]]]


def test_class_colours_repeat():
    ink = Ink()
    assert ink.of_class(0) == ink.of_class(len(ink.classes))
