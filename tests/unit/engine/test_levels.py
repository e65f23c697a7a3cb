"""Schedules: ends, order, exact numbers, and impossible step counts."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest

from studio.engine.errors import InvalidRequest
from studio.engine.levels import (
    CLEAN,
    SCHEDULES,
    Level,
    flow_level,
    flow_levels,
    respace,
    scaled_linear_alphas,
    vp_level,
    vp_levels,
)

ALPHAS = scaled_linear_alphas()


@pytest.mark.parametrize("steps", [1, 2, 7, 30, 999, 1000])
@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "flow"])
def test_levels_fall_from_noisy_to_clean(schedule, steps):
    levels = vp_levels(ALPHAS, steps, schedule)
    assert len(levels) == steps + 1
    assert levels[-1] == CLEAN
    ratios = [level.log_snr for level in levels]
    assert all(a < b for a, b in itertools.pairwise(ratios))
    assert all(level.a**2 + level.s**2 == pytest.approx(1) for level in levels)
    assert all(0 <= level.t <= 999 for level in levels)


def test_trailing_begins_at_full_noise_and_leading_does_not():
    assert vp_levels(ALPHAS, 10, "trailing")[0].t == 999
    assert [level.t for level in vp_levels(ALPHAS, 10, "leading")][:2] == [901, 801]
    assert [level.t for level in vp_levels(ALPHAS, 4, "linspace")][:-1] == [999, 666, 333, 0]


def test_karras_spends_more_steps_at_low_noise_than_exponential_at_high():
    sigmas = [level.sigma for level in vp_levels(ALPHAS, 11, "karras")[:-1]]
    assert sigmas[0] == pytest.approx(14.6146, rel=1e-4)
    assert sigmas[-1] == pytest.approx(0.0292, rel=1e-2)
    ratios = np.diff(np.log([level.sigma for level in vp_levels(ALPHAS, 11, "exponential")[:-1]]))
    assert np.ptp(ratios) < 1e-6


@pytest.mark.parametrize("steps", [0, -3, 1001, 100_000])
def test_impossible_counts_are_said_in_words(steps):
    for make in (lambda: vp_levels(ALPHAS, steps, "karras"), lambda: flow_levels(steps)):
        with pytest.raises(InvalidRequest) as caught:
            make()
        assert caught.value.field == "steps"
        assert "1,000" in caught.value.hint


def test_an_unknown_schedule_is_refused():
    with pytest.raises(InvalidRequest) as caught:
        vp_levels(ALPHAS, 5, "cosine")
    assert caught.value.field == "schedule"


def test_pure_noise_has_no_finite_ratio():
    assert Level(0.0, 1.0, 999).log_snr == -math.inf
    assert Level(0.0, 1.0, 999).sigma == math.inf
    assert CLEAN.log_snr == math.inf
    assert CLEAN.sigma == 0


def test_zero_terminal_snr_keeps_its_end():
    alphas = np.append(ALPHAS[:-1], 0.0)
    assert vp_levels(alphas, 5, "trailing")[0].a == 0
    assert vp_levels(alphas, 5, "karras")[0].a > 0


def test_vp_level_agrees_with_the_table_and_lies_between():
    assert vp_level(ALPHAS, 500).a == pytest.approx(math.sqrt(ALPHAS[500]))
    between = vp_level(ALPHAS, 500.5)
    assert ALPHAS[501] < between.a**2 < ALPHAS[500]


def test_flow_levels_shift_towards_noise():
    plain, shifted = flow_levels(4), flow_levels(4, 3.0)
    assert [level.s for level in plain] == [1, 0.75, 0.5, 0.25, 0]
    assert shifted[0] == flow_level(1.0)
    assert shifted[2].s == pytest.approx(0.75)
    assert all(level.a + level.s == pytest.approx(1) for level in shifted)


def test_respacing_keeps_an_equal_level_and_meets_another():
    levels = vp_levels(ALPHAS, 10, "trailing")
    assert respace(levels, 4, levels[4], lambda t: vp_level(ALPHAS, t)) == levels
    here = vp_level(ALPHAS, 300.0)
    moved = respace(levels, 4, here, lambda t: vp_level(ALPHAS, t))
    assert moved[4] == here
    assert len(moved) == 11
    assert moved[-1] == CLEAN
    tail = [level.log_snr for level in moved[4:]]
    assert tail == sorted(tail)


def test_levels_need_no_torch():
    code = ("import sys, studio.engine.levels, studio.engine.sampler_table, studio.engine.emphasis;"
            "sys.exit('torch' in sys.modules)")  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
