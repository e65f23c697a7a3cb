"""The curves under the strip."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtGui import QImage, QPainter

from studio.ui.filmstrip.geometry import Geometry
from studio.ui.filmstrip.graph import curves, paint_graph, ticks_every
from studio.ui.theme import color
from tests.unit.state.filmstrip.frames import make_frames


def test_sigma_is_logarithmic_and_change_is_scaled_to_its_largest():
    frames = make_frames(4, size=8)
    frames = [replace(f, sigma=s) for f, s in zip(frames, [math.inf, 10, 1, 0.1, 0], strict=True)]
    shape = curves(frames)
    assert shape.sigma[0] == 1.0
    assert shape.sigma[-1] == 0.0
    assert math.isclose(shape.sigma[1] - shape.sigma[2], shape.sigma[2] - shape.sigma[3])
    assert max(shape.change) == 1.0
    assert shape.change[0] == 0.0


def test_flat_and_empty_runs_have_curves_too():
    frames = [replace(f, sigma=1.0, change=0.0) for f in make_frames(3, size=8)]
    assert len(set(curves(frames).sigma)) == 1
    assert curves(frames).change == (0.0,) * 4
    assert curves([]).sigma == ()


def test_late_small_changes_can_still_be_seen():
    frames = make_frames(2, size=8)
    frames = [replace(f, change=c) for f, c in zip(frames, [0.0, 1.0, 0.01], strict=True)]
    assert curves(frames).change[2] == 0.1


def test_the_numbers_of_the_steps_never_touch():
    for pitch in range(4, 200):
        assert ticks_every(pitch) * pitch >= 26 or ticks_every(pitch) == 200
    assert ticks_every(40) == 1


def test_paints_below_the_lanes_only(qapp):
    image = QImage(600, 260, QImage.Format.Format_RGB32)
    image.fill(0)
    g = Geometry(width=600, height=260, lanes=2, columns=9)
    painter = QPainter(image)
    paint_graph(painter, g, make_frames(8, size=8), (0, 0))
    painter.end()
    top = g.graph_top()
    assert all(image.pixel(x, y) & 0xFFFFFF == 0 for x in range(0, 600, 7) for y in range(top))
    ink = color("information").rgb()
    assert any(image.pixel(x, y) == ink for x in range(600) for y in range(top, 260))
