"""The toy's levels are the image model's own."""

from __future__ import annotations

import pytest

from studio.engine.errors import InvalidRequest, StudioError
from studio.engine.levels import scaled_linear_alphas, vp_levels
from studio.lab.process import Process


def test_diffusion_levels_are_those_of_the_image_model():
    process = Process()
    assert process.levels(10, "karras") == vp_levels(scaled_linear_alphas(), 10, "karras")
    for level in process.levels(7, "karras")[:-1]:
        assert process.told(level.t).s == pytest.approx(level.s, abs=1e-9)
        assert process.at(process.share(level)).s == pytest.approx(level.s, abs=2e-3)


def test_flow_levels_are_straight():
    process = Process("flow")
    assert [level.s for level in process.levels(4)] == [1, 0.75, 0.5, 0.25, 0]
    assert process.at(0.25).a == 0.75
    assert process.told(250.0).s == 0.25


@pytest.mark.parametrize("name", ["diffusion", "flow"])
def test_the_walk_gets_noisier_and_keeps_some_data(name):
    chain = Process(name).chain(30)
    assert [level.s for level in chain] == sorted(level.s for level in chain)
    assert all(level.a > 0 for level in chain)


def test_impossible_processes_and_steps_are_said_in_words():
    with pytest.raises(StudioError, match="no process"):
        Process("heat")
    for steps in (0, 100_000):
        with pytest.raises(InvalidRequest):
            Process().levels(steps)
