"""The door's tasks: each yields while it works and returns its result."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from studio.engine.errors import StudioError
from studio.lab.data import make_data
from studio.lab.laboratory import (
    fields_task,
    guidance_task,
    items,
    run,
    sample_task,
    train_task,
    turn_task,
    walk_task,
)
from studio.lab.process import Process
from studio.lab.settings import Field, SampleSettings, TrainSettings


def test_walks_begin_at_the_data_and_end_in_noise(spiral):
    walk = run(walk_task(spiral, Process(), 40))
    assert walk.shape == (41, 600, 2)
    assert np.array_equal(walk[0], spiral.points)
    assert walk[-1].std() == pytest.approx(1.0, abs=0.08)
    steps = np.linalg.norm(np.diff(walk, axis=0), axis=2).mean(axis=1)
    assert steps.max() < 0.8  # a walk, not a jump


def test_fields_come_one_by_one(spiral):
    work = fields_task(spiral, Process(), [1.0, 0.5, 0.1], label=1)(threading.Event())
    assert isinstance(next(work), Field)
    assert [field.share for field in work] == [0.5, 0.1]
    assert {"cond", "uncond", "delta", "guided"} == set(
        items(guidance_task(spiral, Process(), [0.5], label=0, negative=None, scale=2.0))[0]
    )


def test_training_and_sampling_through_the_door():
    data = make_data("moons", 200)
    report = run(train_task(data, TrainSettings(steps=40, batch=64), threading.Event()))
    paths = run(sample_task(data, SampleSettings(count=16, steps=4), report.network))
    assert paths.end.shape == (16, 2)
    shares = items(sample_task(data, SampleSettings(count=4, steps=4)))
    assert shares == [0, 0.25, 0.5, 0.75, 1]


def test_the_turn_is_measured(spiral):
    turns, share = run(turn_task(spiral, Process("flow")))
    assert len(turns) == 40
    assert 0.2 < share < 0.35


def test_errors_reach_the_caller(spiral):
    with pytest.raises(StudioError):
        run(sample_task(spiral, SampleSettings(steps=0)))
