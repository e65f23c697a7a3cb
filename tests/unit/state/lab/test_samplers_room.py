"""Samplers compared: one request, several recipes, strips that can be laid side by side."""

from __future__ import annotations

import numpy as np
import pytest

from studio.state.lab.samplers_room import RECIPES, Recipe, SamplersRoom, Strip, levels_shown
from tests.fakes import make_frame, picture
from tests.unit.state.conftest import Engine, make_studio, model, ready, studio  # noqa: F401


@pytest.fixture
def opened():
    return []


@pytest.fixture
def samplers(ready, opened):  # noqa: F811
    return SamplersRoom(ready.session, ready.generation, ready.messages, ready.engine,
                        ready.background, opened.append)  # fmt: skip


def test_the_same_seed_and_prompt_by_each_recipe(samplers, ready, opened, qtbot):  # noqa: F811
    samplers.chosen = {0, 2}
    assert not samplers.open(0)
    assert samplers.start()
    qtbot.waitUntil(lambda: not samplers.is_running, timeout=30_000)
    first, second = ready.engine.requests
    assert (first.sampler, first.steps) == ("DDPM", 50)
    assert (second.sampler, second.steps) == ("DDIM", 5)
    assert (first.seed, first.prompt) == (second.seed, second.prompt)
    assert first.prompt == "a red fox"
    assert all(strip.picture is not None and strip.frames for strip in samplers.strips)
    assert samplers.reference is samplers.strips[1]
    assert samplers.numbers(samplers.strips[1]) == (1.0, 0.0)
    assert samplers.open(1)
    assert opened == [samplers.strips[1].path]


def test_without_words_and_without_samplers(samplers, ready, qtbot):  # noqa: F811
    samplers.chosen = set()
    assert not samplers.start()
    assert "No sampler" in ready.messages._waiting[-1].text
    samplers.choose(2, is_chosen=True)
    samplers.set_words(has_words=False)
    assert samplers.start()
    qtbot.waitUntil(lambda: not samplers.is_running, timeout=30_000)
    assert ready.engine.requests[0].prompt == ""
    assert ready.engine.requests[0].guidance_scale == 1.0


def test_flow_matching_only_where_the_model_has_it(samplers, ready, qtbot):  # noqa: F811
    flow = next(at for at, recipe in enumerate(RECIPES) if recipe.is_flow)
    samplers.chosen = {flow}
    assert not samplers.can_run(RECIPES[flow])
    assert not samplers.start()
    ready.models._take((model(prediction_type="flow"),))
    assert samplers.can_run(RECIPES[flow])
    assert samplers.start()
    qtbot.waitUntil(lambda: not samplers.is_running, timeout=30_000)


def test_a_strip_is_read_at_noise_levels():
    strip = Strip(Recipe("DDIM", 5, ""))
    frames = [make_frame(i, 5) for i in range(6)]  # timesteps 999, 799, ... 0
    strip.frames = frames[:2]
    assert strip.frame_at(1000) is None or strip.frame_at(1000).index == 0
    assert strip.frame_at(900).index == 0
    assert strip.frame_at(500) is None  # not there yet
    strip.frames, strip.picture = frames, picture()
    assert [strip.frame_at(t).index for t in (1000, 799, 500, 1)] == [0, 1, 2, 4]
    sharp = np.zeros((2, 2, 3), np.uint8)
    strip.sharp[2, "x0"] = sharp
    assert strip.shown(frames[2], "x0") is sharp
    assert strip.shown(frames[1], "x0") is frames[1].lanes["x0"]


def test_levels_fall_from_noise_and_are_dense_there():
    levels = levels_shown(6)
    assert levels[0] == 1000
    assert levels == sorted(levels, reverse=True)
    gaps = -np.diff(levels)
    assert gaps[0] < gaps[-1]


def test_detail_is_less_in_a_smooth_picture():
    rough, smooth = Strip(RECIPES[0]), Strip(RECIPES[1])
    assert rough.detail is None
    rough.picture = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    smooth.picture = np.full((32, 32, 3), 90, np.uint8)
    assert smooth.detail < 0.05 * rough.detail
