"""Dabs, sizes and the pressure curve."""

from __future__ import annotations

import numpy as np
import pytest

from studio.state.canvas.brush import SIZE_MAX, SIZE_MIN, Brush, PressureCurve, make_dab


def test_the_curve_goes_from_low_to_one() -> None:
    for gamma in (0.2, 1.0, 5.0):
        curve = PressureCurve(gamma=gamma, low=0.25)
        assert curve(0.0) == 0.25
        assert curve(1.0) == 1.0
        values = [curve(p) for p in np.linspace(-0.5, 1.5, 30)]
        assert values == sorted(values)


def test_sizes_have_ends() -> None:
    brush = Brush(size=40)
    for _ in range(200):
        brush = brush.resized(+1)
    assert brush.size == SIZE_MAX
    for _ in range(200):
        brush = brush.resized(-1).hardened(-1)
    assert brush.size == SIZE_MIN
    assert brush.hardness == 0.0


@pytest.mark.parametrize("radius", [0.5, 1.0, 3.3, 20.0, 30.0, 250.0])
@pytest.mark.parametrize("hardness", [0.0, 0.5, 1.0])
def test_a_dab_is_round_centred_and_fades_outwards(radius, hardness) -> None:
    dab = make_dab(400.5, 300.5, radius, hardness, 1.0)
    cover = dab.cover.astype(int)
    assert np.array_equal(cover, cover.T)
    assert np.array_equal(cover, cover[::-1])
    middle = (300 - dab.top, 400 - dab.left)
    assert cover[middle] == cover.max()
    row = cover[middle[0], middle[1] :]
    assert (np.diff(row) <= 0).all()
    assert row[-1] == 0
    area = cover.sum() / 255
    assert area <= np.pi * (radius + 0.6) ** 2
    if hardness == 1.0:
        assert area >= np.pi * max(radius - 0.6, 0) ** 2


def test_small_dabs_move_by_parts_of_a_pixel() -> None:
    left, right = (make_dab(x, 10.5, 2.0, 1.0, 1.0) for x in (10.3, 10.8))
    centres = [(d.cover.sum(0) * (np.arange(d.cover.shape[1]) + d.left)).sum() / d.cover.sum()
               for d in (left, right)]  # fmt: skip
    assert centres[1] - centres[0] == pytest.approx(0.5, abs=0.1)


def test_opacity_scales_the_dab() -> None:
    assert make_dab(50, 50, 30, 1.0, 0.5).cover.max() == 128
    assert make_dab(50, 50, 30, 1.0, 0.0).cover.max() == 0
