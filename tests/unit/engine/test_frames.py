"""Previews of long runs."""

from __future__ import annotations

import numpy as np

from studio.engine.frames import BUDGET_BYTES, shrink, thin
from tests.fakes import make_frame


def test_a_thousand_frames_fit_into_the_budget():
    frame = make_frame(3, 1000, side=128)
    small = thin(frame)
    assert sum(p.nbytes for p in small.lanes.values()) * 1001 <= BUDGET_BYTES
    assert small.lanes.keys() == frame.lanes.keys()
    assert small.index == 3


def test_short_runs_are_not_touched():
    frame = make_frame(3, 20, side=256)
    assert thin(frame) is frame


def test_shrinking_averages_blocks_and_drops_what_does_not_fit():
    pixels = np.arange(3 * 5 * 3, dtype=np.uint8).reshape(3, 5, 3)
    small = shrink(pixels, 2)
    assert small.shape == (1, 2, 3)
    assert small[0, 0, 0] == np.round(pixels[:2, :2, 0].mean())
    assert shrink(pixels, 9) is pixels
