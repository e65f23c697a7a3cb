"""Strokes: even, independent of how often the pointer is reported, cut at the border."""

from __future__ import annotations

import numpy as np
import pytest

from studio.state.canvas.brush import Brush
from studio.state.canvas.stroke import Stroke, divide_255
from studio.state.canvas.tiles import LayerEdit


def drawn(points, **options) -> np.ndarray:
    layer = np.zeros((120, 200), np.uint8)
    stroke = Stroke(LayerEdit(layer), Brush(size=20, hardness=0.5), **options)
    for point in points:
        stroke.move_to(*point)
    return layer


def test_divide_is_exact() -> None:
    values = np.arange(255 * 255 + 1, dtype=np.uint16)
    expected = np.rint(values / 255).astype(np.uint16)
    assert np.array_equal(divide_255(values.copy()), expected)


def test_covering_never_overflows() -> None:
    old, cover = np.meshgrid(np.arange(256, dtype=np.uint16), np.arange(256, dtype=np.uint16))
    total = divide_255(old * (255 - cover)) + divide_255(cover * np.uint16(255))
    assert total.max() <= 255


def test_many_small_moves_draw_what_one_long_one_draws() -> None:
    one = drawn([(20, 60), (180, 60)])
    many = drawn([(20 + 0.7 * i, 60) for i in range(229)])
    difference = np.abs(one.astype(int) - many.astype(int))
    assert difference[:, :165].max() <= 12  # the last dab may lie a little before the end


def test_a_line_has_no_gaps_whatever_the_speed() -> None:
    layer = drawn([(10, 10), (190, 110)])
    along = [layer[round(10 + 100 * t), round(10 + 180 * t)] for t in np.linspace(0, 1, 60)]
    assert min(along) > 240


def test_what_is_told_covers_what_has_changed() -> None:
    layer = np.zeros((120, 200), np.uint8)
    stroke = Stroke(LayerEdit(layer), Brush(size=14))
    for point in ((30, 30), (60, 50), (61, 50), (150, 90)):
        before = layer.copy()
        rect = stroke.move_to(*point)
        rows, columns = np.nonzero(layer != before)
        if rows.size:
            assert rect.top() <= rows.min()
            assert rows.max() <= rect.bottom()
            assert rect.left() <= columns.min()
            assert columns.max() <= rect.right()


@pytest.mark.parametrize("point", [(-1000, 50), (50, 1e5), (1e6, 1e6)])
def test_far_away_is_nothing(point) -> None:
    assert not drawn([point]).any()


def test_pressure_is_interpolated_along_the_line() -> None:
    layer = drawn([(20, 60, 0.1), (180, 60, 1.0)])
    widths = (layer > 128).sum(axis=0)
    assert widths[40] < widths[100] < widths[170]


def test_a_long_slanted_line_touches_only_what_lies_along_it() -> None:
    layer = np.zeros((800, 900), np.uint8)
    stroke = Stroke(LayerEdit(layer), Brush(size=10))
    stroke.move_to(20, 20)
    whole = stroke.move_to(880, 780)
    inside = np.zeros_like(layer, dtype=bool)
    for part in stroke.parts:
        inside[part.top() : part.bottom() + 1, part.left() : part.right() + 1] = True
        assert whole.contains(part)
    assert inside.mean() < 0.2
    assert not layer[~inside][25:].any()
    assert layer[400, 450] > 0


@pytest.mark.parametrize("shape", [(1600, 1600), (1600, 1600, 4)])
def test_so_does_a_line_of_a_large_brush_and_it_looks_the_same(shape) -> None:
    """Told in bands that do not overlap; pixel for pixel what short movements draw."""
    layer, short = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    brush = Brush(size=200, hardness=0.4)
    stroke = Stroke(LayerEdit(layer), brush, colour=(200, 90, 30))
    stroke.move_to(30, 40)
    stroke.move_to(1580, 1500)
    parts = stroke.parts
    assert sum(part.width() * part.height() for part in parts) < 0.4 * 1600 * 1600
    assert not any(a.intersects(b) for i, a in enumerate(parts) for b in parts[:i])
    step = brush.size * brush.spacing / np.hypot(1550, 1460)
    stroke = Stroke(LayerEdit(short), brush, colour=(200, 90, 30))
    for number in range(int(1 / step) + 1):
        stroke.move_to(30 + 1550 * step * number * 1.0000001, 40 + 1460 * step * number * 1.0000001)
    assert layer.any()
    assert np.array_equal(layer, short)


@pytest.mark.parametrize("size", [10, 120])
def test_paint_is_laid_over_and_taken_away_as_by_the_formula(size) -> None:
    """old · (1 - cover) + colour · cover, four channels of premultiplied RGBA."""
    rng = np.random.default_rng(0)
    alpha = rng.integers(0, 256, (150, 200, 1), dtype=np.uint8)
    before = (rng.integers(0, 256, (150, 200, 3)) * alpha // 255).astype(np.uint8)
    before = np.concatenate([before, alpha], -1)
    for is_erasing in (False, True):
        mask, paint = np.zeros((150, 200), np.uint8), before.copy()
        for layer in (mask, paint):
            brush = Brush(size=size, hardness=0.2, opacity=0.8)
            stroke = Stroke(LayerEdit(layer), brush, colour=(200, 30, 90),
                            is_erasing=is_erasing and layer is paint)  # fmt: skip
            stroke.move_to(40, 40)
            stroke.move_to(160, 110)
        cover = mask[..., None] / 255.0
        ink = np.array([200, 30, 90, 255]) * (0 if is_erasing else 1)
        expected = before * (1 - cover) + ink * cover
        assert np.abs(paint - expected).max() <= 1.5
        assert (paint[..., :3] <= paint[..., 3:]).all()  # still premultiplied


def test_the_memory_of_a_stroke_is_blank_at_its_end() -> None:
    layer = np.zeros((120, 200), np.uint8)
    first = Stroke(LayerEdit(layer), Brush(size=20))
    first.move_to(30, 30)
    first.move_to(150, 90)
    spare = first.end()
    assert not spare.any()
    second = Stroke(LayerEdit(layer), Brush(size=20), spare=spare)
    second.move_to(10, 100)
    assert np.shares_memory(second._cover, spare)
