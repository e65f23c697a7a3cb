"""The exact field: the posterior mean, checked by brute force and at its limits."""

from __future__ import annotations

import math

import torch

from studio.engine.levels import Level
from studio.lab.exact import ExactDenoiser


def brute_force(x, points, level):
    """Bayes by hand, in double precision."""
    guesses = []
    for place in x.double():
        squares = (place - level.a * points.double()).square().sum(1)
        weights = torch.exp(-(squares - squares.min()) / (2 * level.s**2))
        guesses.append((weights[:, None] * points).sum(0) / weights.sum())
    return torch.stack(guesses).float()


def test_agrees_with_bayes(spiral, exact):
    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    points = torch.from_numpy(spiral.points)
    for a in (0.2, 0.7, 0.97):
        level = Level(a, math.sqrt(1 - a * a), 0.0)
        torch.testing.assert_close(exact(x, level), brute_force(x, points, level),
                                   atol=1e-3, rtol=1e-3)  # fmt: skip


def test_knows_only_the_mean_in_noise_and_the_point_itself_in_data(spiral, exact):
    points = torch.from_numpy(spiral.points)
    far = exact(torch.randn(5, 2), Level(0.0, 1.0, 999.0))
    torch.testing.assert_close(far, points.mean(0).expand(5, 2))
    near = exact(points, Level(1.0, 0.001, 0.0))
    assert float((near - points).norm(dim=1).max()) < 0.01


def test_a_class_has_a_field_of_its_own(spiral, exact):
    level = Level(0.0, 1.0, 999.0)
    inner = exact(torch.zeros(1, 2), level, 0)[0]
    torch.testing.assert_close(inner, torch.from_numpy(spiral.of_class(0)).mean(0))
    torch.testing.assert_close(exact(torch.zeros(1, 2), level, 99), exact(torch.zeros(1, 2), level))
    assert isinstance(exact, ExactDenoiser)
