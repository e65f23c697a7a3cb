"""CLIP guidance moves the words, not the pixels, and looks at several views of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from studio.concepts.algebra import unit
from studio.concepts.guidance import UNTIL, VIEWS, moved, steering, views

TOTAL = 5


@dataclass(frozen=True)
class Told:
    embeds: torch.Tensor


class Plan:
    """A denoiser that draws its words as they are; counts how often it is asked."""

    def __init__(self):
        noise = torch.Generator().manual_seed(0)
        self.cond = Told(torch.randn(1, 4, 64, generator=noise))
        self.asked = 0

    def guess(self, step, cond):
        self.asked += 1
        return step.x0 + cond.embeds.reshape(1, 4, 8, 8)


def decode(x):
    return torch.tanh(torch.nn.functional.interpolate(x[:, :3], 32))


def step_at(index):
    return SimpleNamespace(index=index, total=TOTAL, x0=torch.zeros(1, 4, 8, 8))


@pytest.fixture
def goal():
    return unit(np.random.default_rng(0).standard_normal(24).astype(np.float32))


def likeness(encoder, goal, x):
    return float(encoder.features(decode(x) / 2 + 0.5)[0] @ torch.from_numpy(goal))


@torch.no_grad()
def follow(encoder, goal, amount=1.0, first=0):
    plan = Plan()
    steer = steering(encoder, goal, amount, decode)
    return plan, [steer(step_at(index), plan) for index in range(first, TOTAL)]


def test_the_words_are_moved_until_the_picture_is_more_alike(encoder, goal):
    plan, guesses = follow(encoder, goal, 2.0)
    plain = plan.guess(step_at(0), plan.cond)
    scores = [likeness(encoder, goal, x0) for x0 in (plain, *guesses)]
    assert scores[1] > scores[0]
    assert scores[-1] > scores[1]
    assert not guesses[0].requires_grad


def test_no_amount_asks_nothing(encoder, goal):
    plan, guesses = follow(encoder, goal, 0.0)
    assert plan.asked == 0
    assert all(not bool(x0.any()) for x0 in guesses)


def test_late_steps_keep_the_words_and_cost_one_call(encoder, goal):
    plan, guesses = follow(encoder, goal)
    looks = int(np.ceil(UNTIL * TOTAL))
    assert torch.equal(guesses[looks - 1], guesses[-1])
    assert plan.asked == 2 * looks + (TOTAL - looks)


def test_a_fork_catches_up(encoder, goal):
    _, whole = follow(encoder, goal)
    plan, [late, *_] = follow(encoder, goal, first=3)
    plain = plan.guess(step_at(0), plan.cond)
    assert torch.dist(late, plain) > 0.5 * torch.dist(whole[-1], plain)


def test_two_runs_give_the_same(encoder, goal):
    one, other = follow(encoder, goal)[1], follow(encoder, goal)[1]
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_pace_is_a_share_of_the_prompt_and_a_broken_gradient_moves_nothing():
    base = torch.randn(1, 3, 6, generator=torch.Generator().manual_seed(1))
    uphill = torch.ones_like(base)
    further = moved(base, base, uphill, 0.1)
    assert float((further - base).norm()) == pytest.approx(0.1 * float(base.norm()), rel=1e-4)
    assert float((further * uphill).sum()) > float((base * uphill).sum())
    assert moved(base, base, uphill * float("nan"), 0.1) is base


def test_views_are_pictures_of_the_same_size_and_repeat():
    picture = torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(0))
    seen = views(picture, 3)
    assert seen.shape == (VIEWS, 3, 24, 32)
    assert seen.min() >= 0
    assert seen.max() <= 1
    assert torch.equal(seen, views(picture, 3))
    assert not torch.equal(seen, views(picture, 4))
    assert not torch.equal(seen[0], seen[2])


def test_gradients_reach_the_whole_picture_and_no_other_dice_are_thrown():
    picture = torch.full((1, 3, 16, 16), 0.5, requires_grad=True)
    before = torch.random.get_rng_state()
    total = sum(views(picture, seed).mean() for seed in range(8))
    (gradient,) = torch.autograd.grad(total, picture)
    assert (gradient != 0).float().mean() > 0.9
    assert torch.equal(torch.random.get_rng_state(), before)
