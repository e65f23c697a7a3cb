"""Learning, live: what the network learns, and why the total noise is the better question."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace

import pytest
import torch

from studio.lab.fields import agreement
from studio.lab.process import Process
from studio.lab.settings import OBJECTIVES, TrainSettings
from studio.lab.training import gradient_noise, train


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_the_learned_field_points_as_the_exact_one(share, spiral, exact, learned):
    assert agreement(learned.network, exact, spiral, Process(), share) >= 0.95
    assert agreement(learned.network, exact, spiral, Process(), share, label=1) >= 0.95


def test_the_total_noise_teaches_with_a_steadier_gradient(spiral):
    total, last = (gradient_noise(spiral, TrainSettings(objective=o), 24) for o in OBJECTIVES)
    assert total < last / 10


def test_both_questions_have_the_same_mean_answer(spiral):
    """The last step's noise teaches the same field, only more slowly."""
    from studio.lab.training import _Examples

    for objective in OBJECTIVES:
        examples = _Examples(spiral, TrainSettings(objective=objective))
        batch = examples.draw(200_000, torch.Generator().manual_seed(2))
        noisy = batch.share[:, 0] > 0.95  # there, x is almost nothing but the total noise
        slope = (batch.x * batch.target)[noisy].mean() / batch.x[noisy].square().mean()
        assert float(slope) == pytest.approx(1.0, abs=0.05)


def test_training_reports_and_learns(learned):
    assert learned.step == learned.steps == 700
    assert learned.loss < 1.0


def test_the_same_settings_give_the_same_network(spiral):
    settings = TrainSettings(steps=30, batch=64)
    ends = []
    for _ in range(2):
        work = train(spiral, settings)
        reports = list(itertools.islice(work, 1))
        ends.append(reports[0].loss)
    assert ends[0] == ends[1]
    other = next(train(spiral, replace(settings, seed=1)))
    assert other.loss != ends[0]


def test_pausing_rests_and_goes_on(spiral):
    paused = threading.Event()
    work = train(spiral, TrainSettings(steps=100, batch=16), paused=paused)
    first = next(work)
    paused.set()
    resting = [next(work) for _ in range(3)]
    assert all(report.step == first.step for report in resting)
    paused.clear()
    assert next(work).step > first.step


def test_a_snapshot_does_not_change_while_training_goes_on(spiral):
    work = train(spiral, TrainSettings(steps=200, batch=64))
    snapshot = next(report.network for report in work if report.network is not None)
    x, level = torch.ones(1, 2), Process().at(0.5)
    before = snapshot(x, level, None)
    list(work)
    assert torch.equal(snapshot(x, level, None), before)
