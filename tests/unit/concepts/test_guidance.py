"""CLIP guidance looks ahead and keeps the least strength of the words that it can see."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch

from studio.concepts import guidance
from studio.concepts.guidance import STRENGTHS, Memory, Steering, recalled, strides
from studio.engine.levels import Level
from studio.engine.record import Step

TOTAL = 10
SHAPE = (1, 4, 8, 8)
LEVELS = tuple(Level((k / TOTAL) ** 0.5, (1 - k / TOTAL) ** 0.5, 999 - 99 * k)
               for k in range(TOTAL + 1))  # fmt: skip


@dataclass(frozen=True)
class Told:
    embeds: torch.Tensor


def prompt(seed=0):
    return Told(torch.randn(1, 4, 64, generator=torch.Generator().manual_seed(seed)))


def wish(word):
    """What a word changes in the embeddings."""
    seeds = {"hat": 1, "fish": 2}
    return torch.randn(1, 4, 64, generator=torch.Generator().manual_seed(seeds[word]))


@dataclass(frozen=True)
class Plan:
    """A denoiser that draws its words as they are; notes what it is asked."""

    cond: Any = field(default_factory=prompt)
    levels: Any = LEVELS
    asked: list[int] = field(default_factory=list)
    steer: Any = None
    lean: Any = None

    def guess(self, step, cond):
        self.asked.append(step.index)
        return 0.3 * cond.embeds.float().reshape(SHAPE)

    def look(self, step):
        return replace(step, x0=self.guess(step, self.cond))


def leaning(word, weight):
    return weight * wish(word), None


def decode(x):
    return torch.tanh(torch.nn.functional.interpolate(x[:, :3], 32))


def step_at(index, steered=()):
    return Step(
        index=index, total=TOTAL, level=LEVELS[index], x=torch.ones(SHAPE), past=(),
        rng=torch.Generator().get_state(), x0=torch.zeros(SHAPE), steered=steered,
    )  # fmt: skip


def features(encoder, embeds):
    picture = (decode(0.3 * embeds.reshape(SHAPE)) / 2 + 0.5).clamp(0, 1)
    return encoder.features(torch.cat([picture, picture.flip(-1)])).mean(0).detach().numpy()


@pytest.fixture
def gauge(encoder):
    """Sees what half a hat changes: z 1.2 there."""
    base = prompt().embeds
    change = features(encoder, base + STRENGTHS[1] * wish("hat")) - features(encoder, base)
    return change * 1.01 * guidance.REACHED / (change @ change)


@torch.no_grad()
def follow(encoder, gauge, amount=1.0, first=0, steered=(), plan=None, phrases=(("hat", 1.0),)):
    """The plan, and of each step the guess and what is remembered after it."""
    plan = plan or Plan(lean=leaning)
    steer = Steering(encoder, gauge, phrases, amount, decode)
    guesses, memories = [], []
    for index in range(first, TOTAL):
        x0, steered = steer(step_at(index, steered), plan)
        guesses.append(x0)
        memories.append(steered)
    return plan, guesses, memories


def strength_of(memory):
    return float((Memory(*memory).drift * wish("hat")).sum() / wish("hat").square().sum())


def test_the_least_strength_that_is_seen_is_kept(encoder, gauge):
    _, guesses, memories = follow(encoder, gauge)
    assert strength_of(memories[0]) == pytest.approx(STRENGTHS[1], rel=1e-4)
    assert all(torch.equal(guesses[0], guess) for guess in guesses)
    assert strength_of(follow(encoder, 100 * gauge)[2][0]) == pytest.approx(STRENGTHS[0], rel=1e-4)


def test_if_none_is_seen_the_best_is_kept(encoder, gauge):
    strengths = [strength_of(follow(encoder, g)[2][0]) for g in (0.1 * gauge, -gauge)]
    assert strengths[0] in [pytest.approx(s, rel=1e-4) for s in STRENGTHS]
    assert strengths[1] == pytest.approx(STRENGTHS[0], rel=1e-4)  # the least harm


def test_the_amount_scales_what_may_be_said(encoder, gauge):
    _, _, memories = follow(encoder, 100 * gauge, 0.5)
    assert strength_of(memories[0]) == pytest.approx(0.5 * STRENGTHS[0], rel=1e-4)


def test_all_phrases_are_said_with_their_weights(encoder, gauge):
    _, _, memories = follow(encoder, 100 * gauge, phrases=(("hat", 1.0), ("fish", -0.5)))
    drift = Memory(*memories[0]).drift
    share = drift / (wish("hat") - guidance.AWAY * 0.5 * wish("fish"))
    assert share.std() < 1e-4


def test_no_amount_asks_nothing(encoder, gauge):
    plan, guesses, memories = follow(encoder, gauge, 0.0)
    assert not plan.asked
    assert memories == [()] * TOTAL
    assert all(not bool(x0.any()) for x0 in guesses)


def test_what_it_costs(encoder, gauge):
    """At most four looks ahead of 1 + STRIDES calls, then one call a step."""
    plan, *_ = follow(encoder, 0 * gauge)
    ahead = 1 + len(strides(0, TOTAL))
    assert plan.asked[: 4 * ahead] == [0, *strides(0, TOTAL)] * 4
    assert plan.asked[4 * ahead :] == list(range(TOTAL))


@pytest.mark.parametrize(("index", "total", "places"), [
    (0, 20, [2, 4, 6]), (0, 10, [1, 2, 3]), (0, 4, [1]), (0, 2, [1]), (0, 1, []),
    (3, 20, [4, 5, 6]), (12, 20, [13]), (19, 20, []),
])  # fmt: skip
def test_strides(index, total, places):
    assert strides(index, total) == places


def test_the_way_ahead_is_plain_ddim(encoder, gauge):
    seen = []

    @dataclass(frozen=True)
    class Watched(Plan):
        def look(self, step):
            seen.append(step)
            return super().look(step)

    plan = Watched(lean=leaning)
    follow(encoder, gauge, plan=plan)
    level, target = LEVELS[0], seen[0].level
    x0 = 0.3 * plan.cond.embeds.reshape(SHAPE)
    noise = (torch.ones(SHAPE) - level.a * x0) / level.s
    torch.testing.assert_close(seen[0].x, target.a * x0 + target.s * noise)


@pytest.mark.parametrize("first", range(1, TOTAL, 4))
def test_what_a_step_remembers_is_enough_to_go_on_from_it(encoder, gauge, first):
    _, whole, memories = follow(encoder, gauge)
    kept = tuple(tensor.clone() for tensor in memories[first - 1])
    plan, rest, _ = follow(encoder, gauge, first=first, steered=kept)
    assert all(torch.equal(a, b) for a, b in zip(whole[first:], rest, strict=True))
    assert plan.asked == list(range(first, TOTAL))


def test_a_step_that_remembers_nothing_looks_ahead_from_there(encoder, gauge):
    _, whole, _ = follow(encoder, gauge)
    _, [late, *_], _ = follow(encoder, gauge, first=3)
    torch.testing.assert_close(late, whole[-1])


def test_other_words_begin_anew(encoder, gauge):
    *_, memories = follow(encoder, gauge)
    other = Plan(cond=prompt(5), lean=leaning)
    _, fresh, _ = follow(encoder, gauge, first=3, plan=other)
    _, forked, _ = follow(encoder, gauge, first=3, plan=other, steered=memories[2])
    assert all(torch.equal(a, b) for a, b in zip(fresh, forked, strict=True))


def test_memory_is_of_these_words_and_this_goal_up_to_rounding(encoder, gauge):
    plan, _, memories = follow(encoder, gauge)
    told, memory = plan.cond.embeds, Memory(*memories[0])
    assert recalled(memory.kept, told, memory.goal) is not None
    assert recalled(memory.kept, told.bfloat16(), memory.goal) is not None
    assert recalled(memory.kept, told, memory.goal * -1) is None
    assert recalled(memory.kept, told[:, :2], memory.goal) is None


def test_a_strangers_memory_is_not_trusted(encoder, gauge):
    _, fresh, memories = follow(encoder, gauge, first=2)
    drift, words, aim = memories[0]
    odd = torch.zeros(1)
    for bad in ((drift,), (drift, words, aim, odd), (odd, words, aim), (drift, odd, aim),
                (drift, words, odd), (drift * torch.nan, words, aim), (drift.long(), words, aim),
                (drift, words * torch.inf, aim), (drift.double(), words, aim)):  # fmt: skip
        _, guesses, _ = follow(encoder, gauge, first=2, steered=bad)
        assert all(torch.equal(a, b) for a, b in zip(fresh, guesses, strict=True))


def test_what_is_not_finite_is_never_kept(encoder, gauge):
    def broken(word, weight):
        return leaning(word, weight)[0] * torch.nan, None

    _, guesses, memories = follow(encoder, gauge, plan=Plan(lean=broken))
    assert not bool(Memory(*memories[0]).drift.any())
    assert bool(guesses[0].isfinite().all())


def test_a_pooled_embedding_moves_with_the_words_and_is_remembered(encoder, gauge):
    @dataclass(frozen=True)
    class Both(Told):
        pooled: torch.Tensor = field(default_factory=lambda: torch.ones(1, 6))

    heard = []

    class Heard(Plan):
        def guess(self, step, cond):
            heard.append(cond.pooled)
            return super().guess(step, cond)

    def lean(word, weight):
        return weight * wish(word), weight * torch.arange(6.0)[None]

    plan = Heard(cond=Both(prompt().embeds), lean=lean)
    _, guesses, memories = follow(encoder, 100 * gauge, plan=plan)
    expected = torch.ones(1, 6) + STRENGTHS[0] * torch.arange(6.0)
    torch.testing.assert_close(heard[-1], expected)
    heard.clear()
    _, later, _ = follow(encoder, 100 * gauge, first=4, steered=memories[3], plan=plan)
    assert all(torch.equal(a, b) for a, b in zip(guesses[4:], later, strict=True))
    assert all(torch.equal(pooled, heard[0]) for pooled in heard)
    drift, words, aim, pooled = memories[3]
    told = (prompt().embeds, aim, torch.ones(1, 6))
    assert recalled((drift, words, aim, pooled), *told) is not None
    for bad in ((drift, words, aim), (drift, words, aim, pooled[:, :3]),
                (drift, words, aim, pooled * torch.nan)):  # fmt: skip
        assert recalled(bad, *told) is None
