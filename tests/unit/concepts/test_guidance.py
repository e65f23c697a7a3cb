"""CLIP guidance moves the words, not the pixels, and looks at several views of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from studio.concepts.algebra import unit
from studio.concepts.guidance import UNTIL, VIEWS, Memory, Steering, further, recalled, views

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


def step_at(index, steered=()):
    return SimpleNamespace(index=index, total=TOTAL, x0=torch.zeros(1, 4, 8, 8), steered=steered)


@pytest.fixture
def goal():
    return unit(np.random.default_rng(0).standard_normal(24).astype(np.float32))


def likeness(encoder, goal, x):
    return float(encoder.features(decode(x) / 2 + 0.5)[0] @ torch.from_numpy(goal))


@torch.no_grad()
def follow(encoder, goal, amount=1.0, first=0, steered=(), plan=None):
    """The plan, and of each step the guess and what is remembered after it."""
    plan = plan or Plan()
    steer = Steering(encoder, goal, amount, decode)
    guesses, memories = [], []
    for index in range(first, TOTAL):
        x0, steered = steer(step_at(index, steered), plan)
        guesses.append(x0)
        memories.append(steered)
    return plan, guesses, memories


def test_the_words_are_moved_until_the_picture_is_more_alike(encoder, goal):
    plan, guesses, _ = follow(encoder, goal, 2.0)
    plain = plan.guess(step_at(0), plan.cond)
    scores = [likeness(encoder, goal, x0) for x0 in (plain, *guesses)]
    assert scores[1] > scores[0]
    assert scores[-1] > scores[1]
    assert not guesses[0].requires_grad


def test_no_amount_asks_nothing(encoder, goal):
    plan, guesses, memories = follow(encoder, goal, 0.0)
    assert plan.asked == 0
    assert memories == [()] * TOTAL
    assert all(not bool(x0.any()) for x0 in guesses)


def test_late_steps_keep_the_words_and_cost_one_call(encoder, goal):
    plan, guesses, _ = follow(encoder, goal)
    looks = int(np.ceil(UNTIL * TOTAL))
    assert torch.equal(guesses[looks - 1], guesses[-1])
    assert plan.asked == 2 * looks + (TOTAL - looks)


@pytest.mark.parametrize("first", range(1, TOTAL))
def test_what_a_step_remembers_is_enough_to_go_on_from_it(encoder, goal, first):
    _, whole, memories = follow(encoder, goal)
    kept = tuple(tensor.clone() for tensor in memories[first - 1])
    _, rest, _ = follow(encoder, goal, first=first, steered=kept)
    assert all(torch.equal(a, b) for a, b in zip(whole[first:], rest, strict=True))


def test_a_step_that_remembers_nothing_is_caught_up_with(encoder, goal):
    _, whole, _ = follow(encoder, goal)
    plan, [late, *_], _ = follow(encoder, goal, first=3)
    plain = plan.guess(step_at(0), plan.cond)
    assert torch.dist(late, plain) > 0.5 * torch.dist(whole[-1], plain)


def test_other_words_begin_anew(encoder, goal):
    *_, memories = follow(encoder, goal)
    other = Plan()
    other.cond = Told(other.cond.embeds.flip(1))
    _, fresh, _ = follow(encoder, goal, first=3, plan=other)
    _, forked, _ = follow(encoder, goal, first=3, plan=other, steered=memories[2])
    assert all(torch.equal(a, b) for a, b in zip(fresh, forked, strict=True))


def test_memory_is_of_these_words_and_this_goal_up_to_rounding(encoder, goal):
    plan, _, memories = follow(encoder, goal)
    told, memory = plan.cond.embeds, Memory(*memories[0])
    assert recalled(memory, told, memory.goal) is not None
    assert recalled(memory, told.bfloat16(), memory.goal) is not None
    assert recalled(memory, told, memory.goal * -1) is None
    assert recalled(memory, told[:, :2], memory.goal) is None


def test_a_strangers_memory_is_not_trusted(encoder, goal):
    _, fresh, memories = follow(encoder, goal, first=2)
    drift, words, aim = memories[0]
    odd = torch.zeros(1)
    for bad in ((drift,), (drift, words, aim, odd), (odd, words, aim), (drift, odd, aim),
                (drift, words, odd), (drift * torch.nan, words, aim), (drift.long(), words, aim),
                (drift, words * torch.inf, aim), (drift.double(), words, aim)):  # fmt: skip
        _, guesses, _ = follow(encoder, goal, first=2, steered=bad)
        assert all(torch.equal(a, b) for a, b in zip(fresh, guesses, strict=True))


def test_two_runs_give_the_same(encoder, goal):
    one, other = follow(encoder, goal)[1], follow(encoder, goal)[1]
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_pace_is_as_long_as_it_says_and_a_broken_gradient_moves_nothing():
    drift = torch.randn(1, 3, 6, generator=torch.Generator().manual_seed(1))
    uphill = torch.ones_like(drift)
    new = further(drift, 1000 * uphill, 0.1)
    assert float((new - drift).norm()) == pytest.approx(0.1, rel=1e-4)
    assert float((new * uphill).sum()) > float((drift * uphill).sum())
    assert further(drift, uphill * float("nan"), 0.1) is drift
    assert bool(further(drift, uphill.half() * 60000, 0.1).isfinite().all())


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
