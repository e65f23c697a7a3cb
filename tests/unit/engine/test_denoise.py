"""The loop: exact forks, hooks, guidance in its steps, and honesty about broken numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from studio.engine.denoise import Plan, denoise, start
from studio.engine.errors import NotFinite
from studio.engine.guidance import interval
from studio.engine.levels import CLEAN, flow_levels, scaled_linear_alphas, vp_levels
from studio.engine.noise import initial_noise, step_generator
from studio.engine.preview import Previewer
from studio.engine.samplers import SAMPLERS, to_x0

STEPS = 6
SHAPE = (1, 4, 6, 6)
VP = vp_levels(scaled_linear_alphas(), STEPS, "karras")


def predict(x, t, cond):
    return torch.tanh(x.roll(1, -1) * cond + math.cos(t / 150))


def plan_for(name="DDIM", *, kind="epsilon", levels=VP, **changes):
    settings = {"uncond": 0.4, "guidance_scale": 3.0} | changes
    return Plan(predict=predict, prediction_type=kind, levels=levels, sampler=SAMPLERS[name],
                cond=0.9, **settings)  # fmt: skip


def run(plan, *, seed=5, noise_seed=None):
    x = initial_noise(SHAPE, seed)
    return list(denoise(start(x, plan, step_generator(SHAPE, seed, noise_seed)), plan))


def last(step, plan):
    return list(denoise(step, plan))[-1]


@pytest.mark.parametrize("kind", ["epsilon", "flow"])
@pytest.mark.parametrize("name", list(SAMPLERS))
def test_resuming_is_bit_identical(name, kind):
    plan = plan_for(name, kind=kind, levels=flow_levels(STEPS, 3.0) if kind == "flow" else VP)
    steps = run(plan)
    for index in (0, STEPS // 2, STEPS - 1):
        resumed = list(denoise(steps[index], plan))
        assert len(resumed) == STEPS + 1 - index
        assert torch.equal(resumed[-1].x, steps[-1].x)
        assert torch.equal(resumed[0].x0, steps[index].x0)


def test_yields_a_record_for_each_step_and_the_clean_end():
    steps = run(plan_for("UniPC"))
    assert [step.index for step in steps] == list(range(STEPS + 1))
    assert all(step.total == STEPS for step in steps)
    for step in steps[:-1]:
        guided = step.uncond + 3.0 * (step.cond - step.uncond)
        assert torch.equal(step.x0, to_x0(guided, step.x, step.level, "epsilon"))
        assert torch.equal(step.cond, predict(step.x, step.level.t, 0.9))
        assert torch.equal(step.uncond, predict(step.x, step.level.t, 0.4))
        assert len(step.past) == min(step.index, 2)
    assert steps[-1].level == CLEAN
    assert torch.equal(steps[-1].x, steps[-1].x0)


def test_a_fork_with_other_settings_parts_at_its_step_only():
    steps = run(plan_for("DPM++ 2M"))
    fork = list(denoise(steps[2], plan_for("Euler a", guidance_scale=8.0)))
    assert torch.equal(fork[0].x, steps[2].x)
    assert not torch.equal(fork[-1].x, steps[-1].x)
    assert bool(fork[-1].x.isfinite().all())


def test_noise_seed_is_apart_from_the_pictures_seed():
    plan = plan_for("Euler a")
    first, second = run(plan, noise_seed=1), run(plan, noise_seed=2)
    assert torch.equal(first[0].x, second[0].x)
    assert not torch.equal(first[-1].x, second[-1].x)
    assert torch.equal(run(plan)[-1].x, run(plan)[-1].x)


@pytest.mark.parametrize("name", ["Heun", "UniPC", "DPM++ 2M", "DDIM"])
def test_every_sampler_takes_eta_and_noise(name):
    plan = plan_for(name)
    noisy = replace(plan, sampler=plan.sampler.override(1.0, None))
    silent = replace(plan, sampler=plan.sampler.override(1.0, 0.0))
    ends = [run(p)[-1].x for p in (plan, noisy, silent)]
    assert all(bool(x.isfinite().all()) for x in ends)
    assert not torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[1], ends[2])


def test_guidance_1_asks_the_model_once():
    calls = []

    def counted(x, t, cond):
        calls.append(cond)
        return predict(x, t, cond)

    steps = run(replace(plan_for(guidance_scale=1.0), predict=counted))
    assert calls == [0.9] * STEPS
    assert all(step.uncond is None for step in steps)


def test_the_scale_may_follow_the_step():
    scale = interval(4.0, steps=STEPS, start=0.5, end=1.0)
    steps = run(plan_for(guidance_scale=scale))
    assert [step.guidance_scale for step in steps[:-1]] == [1, 1, 1, 4, 4, 4]
    assert [step.uncond is None for step in steps[:-1]] == [True] * 3 + [False] * 3


def test_a_pair_in_one_batch_gives_the_same():
    def pair(x, t, cond, uncond):
        return predict(x, t, cond), predict(x, t, uncond)

    assert torch.equal(run(plan_for(predict_pair=pair))[-1].x, run(plan_for())[-1].x)


def test_steer_edits_the_guess_and_is_recorded():
    seen = []

    def brighter(step, _plan):
        seen.append(step.x0)
        return step.x0 + 1, ()

    steps = run(plan_for(steer=brighter))
    assert all(torch.equal(step.x0, x0 + 1) for step, x0 in zip(steps, seen, strict=False))
    assert float((steps[-1].x - run(plan_for())[-1].x).mean()) > 0.5


def leaning(step, _plan):
    """A steer that goes further at each step: it needs to remember."""
    (drift,) = step.steered or (torch.zeros(SHAPE),)
    drift = drift + 0.1 * step.x0.sign()
    return step.x0 + drift, (drift,)


@pytest.mark.parametrize("name", list(SAMPLERS))
def test_resuming_a_steered_run_is_bit_identical(name):
    plan = plan_for(name, steer=leaning)
    steps = run(plan)
    assert steps[0].steered == ()
    assert torch.equal(steps[-1].steered[0], steps[-2].steered[0] + 0.1 * looked(steps[-2]).sign())
    for index in (0, STEPS // 2, STEPS - 1):
        resumed = list(denoise(steps[index], plan))
        assert torch.equal(resumed[-1].x, steps[-1].x)
        assert torch.equal(resumed[-1].steered[0], steps[-1].steered[0])


def looked(step):
    return plan_for().look(step).x0


def test_without_a_steer_nothing_is_remembered():
    steps = run(plan_for(steer=leaning))
    assert all(step.steered == () for step in denoise(steps[2], plan_for()))


def test_a_steer_that_breaks_is_named_by_its_step():
    def breaks(step, _plan):
        return step.x0 * (math.nan if step.index == 2 else 1), ()

    with pytest.raises(NotFinite) as caught:
        run(plan_for(steer=breaks))
    assert caught.value.step == 2


def test_steering_may_differentiate():
    def uphill(step, _plan):
        with torch.enable_grad():
            x0 = step.x0.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(x0.square().sum(), x0)
        return step.x0 + 0.01 * gradient, ()

    assert bool(run(plan_for(steer=uphill))[-1].x.isfinite().all())


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_a_steer_may_ask_what_other_words_would_give(scale):
    seen = []

    def ask(step, plan):
        seen.append((step.x0, plan.guess(step, plan.cond), plan.guess(step, plan.cond + 1)))
        return step.x0, ()

    run(plan_for(steer=ask, guidance_scale=scale))
    assert all(torch.allclose(x0, same) for x0, same, _ in seen)
    assert not any(torch.allclose(x0, other) for x0, _, other in seen)


@pytest.mark.parametrize("name", list(SAMPLERS))
def test_blend_has_the_last_word_at_every_level(name):
    known = torch.full(SHAPE, 0.25)
    mask = torch.zeros(SHAPE)
    mask[..., :3] = 1

    def blend(x, level):
        return mask * x + (1 - mask) * level.a * known

    steps = run(plan_for(name, blend=blend))
    for step in steps[1:]:
        assert torch.equal(step.x[..., 3:], (step.level.a * known)[..., 3:])
        for before in step.past[1:] if step.index > 1 else ():
            assert torch.equal(before.x[..., 3:], (before.level.a * known)[..., 3:])


def test_invalid_numbers_are_named_by_their_step():
    def breaks(x, t, cond):
        return x * math.nan if t < VP[2].t else x

    with pytest.raises(NotFinite) as caught:
        run(replace(plan_for(), predict=breaks))
    assert caught.value.step == 3
    assert "step 4 of 6" in caught.value.message


def test_a_zero_snr_model_starts_from_pure_noise():
    alphas = scaled_linear_alphas()
    alphas[-1] = 0.0
    for name in SAMPLERS:
        levels = vp_levels(alphas, STEPS, "trailing")
        assert levels[0].a == 0
        steps = run(plan_for(name, kind="v_prediction", levels=levels))
        assert bool(steps[-1].x.isfinite().all())


def test_previews_change_nothing():
    previewer = Previewer(4)
    previewer.observe(torch.randn(2, 4, 6, 6, generator=torch.Generator().manual_seed(1)),
                      torch.zeros(2, 3, 48, 48))  # fmt: skip
    plan, frames, previous = plan_for("DPM++ 2M SDE"), [], None
    first = start(initial_noise(SHAPE, 5), plan, step_generator(SHAPE, 5))
    for step in denoise(first, plan):
        frames.append(previewer.frame(step, previous))
        previous = step
    assert len(frames) == STEPS + 1
    assert torch.equal(previous.x, run(plan)[-1].x)


def test_gradients_are_off_inside_and_untouched_outside():
    steps = denoise(start(initial_noise(SHAPE, 5), plan_for(), torch.Generator()), plan_for())
    step = next(steps)
    assert torch.is_grad_enabled()
    assert not step.x0.requires_grad
