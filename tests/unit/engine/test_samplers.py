"""The one rule against diffusers' own schedulers, and against mathematics."""

from __future__ import annotations

import math
from dataclasses import replace

import diffusers
import numpy as np
import pytest
import torch

from studio.engine.denoise import Plan, denoise, start
from studio.engine.errors import UnsupportedModel
from studio.engine.levels import Level, flow_levels, vp_level, vp_levels
from studio.engine.record import Past
from studio.engine.samplers import (
    SAMPLERS,
    fresh_noise,
    heun_target,
    to_prediction,
    to_x0,
    update,
)

SD = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1,
}  # fmt: skip
ALPHAS = diffusers.DDIMScheduler(**SD).alphas_cumprod.double().numpy()
STEPS = 10
SHAPE = (1, 4, 6, 6)
KINDS = ("epsilon", "v_prediction", "sample")


class DDPMWithoutNoise(diffusers.DDPMScheduler):
    """The oracle for "DDPM, noise removed": the posterior mean only."""

    def _get_variance(self, *args, **kwargs):
        return torch.zeros(())


def model(x, t, cond=1.0):
    """A made-up network: smooth, non-linear in x, different at each t."""
    mixing = torch.linspace(-1, 1, 16).sin().reshape(4, 4)
    turned = torch.einsum("ij,bjhw->bihw", mixing, x)
    return cond * torch.tanh(turned + 0.3 * x.roll(1, -1) + 0.1 * math.cos(float(t) / 150))


def noise_and_generator():
    generator = torch.Generator().manual_seed(7)
    return torch.randn(SHAPE, generator=generator), generator


def by_scheduler(scheduler, **timesteps):
    """The loop of a stock pipeline."""
    scheduler.set_timesteps(timesteps.pop("steps", STEPS), **timesteps)
    x, generator = noise_and_generator()
    x = x * scheduler.init_noise_sigma if hasattr(scheduler, "init_noise_sigma") else x
    takes_generator = "generator" in scheduler.step.__code__.co_varnames
    for t in scheduler.timesteps:
        scale = getattr(scheduler, "scale_model_input", lambda latents, _: latents)
        prediction = model(scale(x, t), t)
        extra = {"generator": generator} if takes_generator else {}
        x = scheduler.step(prediction, t, x, **extra).prev_sample
    return x


def by_rule(name, levels, kind, scale_start=False):
    x, generator = noise_and_generator()
    if scale_start:
        x = x * levels[0].s
    plan = Plan(predict=lambda x, t, _: model(x, t), prediction_type=kind, levels=levels,
                sampler=SAMPLERS[name], cond=None)  # fmt: skip
    return list(denoise(start(x, plan, generator), plan))[-1].x


def difference(mine, theirs):
    return float((mine - theirs).norm() / theirs.norm())


D = diffusers
TRAILING = {"timestep_spacing": "trailing"}
# sampler, schedule, oracle, its settings, prediction types that it knows, starts from s * noise
ORACLES = [
    ("DDIM", "leading", D.DDIMScheduler, {"clip_sample": False}, KINDS, False),
    ("DDIM", "trailing", D.DDIMScheduler, {"clip_sample": False, **TRAILING}, KINDS, False),
    ("DDPM", "leading", D.DDPMScheduler, {"clip_sample": False}, KINDS, False),
    ("DDPM", "trailing", D.DDPMScheduler, {"clip_sample": False, **TRAILING}, KINDS, False),
    ("DDPM, noise removed", "leading", DDPMWithoutNoise, {"clip_sample": False}, KINDS, False),
    ("Euler", "leading", D.EulerDiscreteScheduler, {"timestep_spacing": "leading"}, KINDS, False),
    ("Euler", "linspace", D.EulerDiscreteScheduler, {}, KINDS, True),
    ("Euler", "karras", D.EulerDiscreteScheduler, {"use_karras_sigmas": True}, KINDS, True),
    ("Euler a", "trailing", D.EulerAncestralDiscreteScheduler, TRAILING, KINDS[:2], True),
    ("Heun", "linspace", D.HeunDiscreteScheduler, {}, KINDS[:2], True),
    ("DPM++ 2M", "trailing", D.DPMSolverMultistepScheduler, TRAILING, KINDS, False),
    ("DPM++ 2M", "karras", D.DPMSolverMultistepScheduler, {"use_karras_sigmas": True}, KINDS,
     False),
    ("DPM++ 2M", "exponential", D.DPMSolverMultistepScheduler, {"use_exponential_sigmas": True},
     KINDS, False),
    ("DPM++ 2M SDE", "trailing", D.DPMSolverMultistepScheduler,
     {"algorithm_type": "sde-dpmsolver++", **TRAILING}, KINDS, False),
    ("UniPC", "trailing", D.UniPCMultistepScheduler, TRAILING, KINDS, False),
    ("UniPC", "karras", D.UniPCMultistepScheduler, {"use_karras_sigmas": True}, KINDS, False),
]  # fmt: skip
CASES = [
    pytest.param(name, schedule, oracle, settings, kind, scaled, id=f"{name}-{schedule}-{kind}")
    for name, schedule, oracle, settings, kinds, scaled in ORACLES
    for kind in kinds
]


@pytest.mark.parametrize(("name", "schedule", "oracle", "settings", "kind", "scaled"), CASES)
def test_rule_agrees_with_diffusers(name, schedule, oracle, settings, kind, scaled):
    scheduler = oracle(**SD, **settings, prediction_type=kind)
    theirs = by_scheduler(scheduler)
    levels = vp_levels(ALPHAS, STEPS, schedule)
    # Their Karras and exponential timesteps are rounded or repeated; ours stay fractional.
    told = scheduler.timesteps.tolist()
    told = told[:1] + told[1::2] if name == "Heun" else told
    assert [lv.t for lv in levels[:-1]] == pytest.approx(told, abs=1.01)
    levels = [*(lv._replace(t=t) for lv, t in zip(levels, told, strict=False)), levels[-1]]
    assert difference(by_rule(name, levels, kind, scaled), theirs) <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_lcm_agrees_with_diffusers(kind):
    scheduler = D.LCMScheduler(**SD, prediction_type=kind)
    theirs = by_scheduler(scheduler, steps=4)
    levels = [*(vp_level(ALPHAS, float(t)) for t in scheduler.timesteps), Level(1.0, 0.0, 0.0)]
    assert difference(by_rule("LCM", levels, kind), theirs) <= 1e-5


FLOW = {"use_flow_sigmas": True, "prediction_type": "flow_prediction", "flow_shift": 3.0}
FLOW_ORACLES = [
    ("Euler", D.FlowMatchEulerDiscreteScheduler, {"shift": 3.0}),
    ("LCM", D.FlowMatchEulerDiscreteScheduler, {"shift": 3.0, "stochastic_sampling": True}),
    ("Heun", D.FlowMatchHeunDiscreteScheduler, {"shift": 3.0}),
    ("DPM++ 2M", D.DPMSolverMultistepScheduler, FLOW),
    ("DPM++ 2M SDE", D.DPMSolverMultistepScheduler, FLOW | {"algorithm_type": "sde-dpmsolver++"}),
    ("UniPC", D.UniPCMultistepScheduler, FLOW),
]


@pytest.mark.parametrize(("name", "oracle", "settings"), FLOW_ORACLES)
def test_flow_rule_agrees_with_diffusers(name, oracle, settings):
    scheduler = oracle(**settings)
    theirs = by_scheduler(scheduler)
    sigmas, told = scheduler.sigmas.tolist(), scheduler.timesteps.tolist()
    if name == "Heun":
        sigmas, told = [sigmas[0], *sigmas[1::2]], [told[0], *told[1::2]]
    levels = [Level(1 - s, s, t) for s, t in zip(sigmas, [*told, 0.0], strict=True)]
    assert difference(by_rule(name, levels, "flow"), theirs) <= 1e-5


@pytest.mark.parametrize("kind", [*KINDS, "flow"])
def test_prediction_and_x0_are_inverse(kind):
    level = Level(0.3, 0.7, 700.0) if kind == "flow" else Level(0.6, 0.8, 500.0)
    x, prediction = torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(1))
    x0 = to_x0(prediction, x, level, kind)
    torch.testing.assert_close(to_prediction(x, x0, level, kind), prediction)


def test_unknown_and_impossible_predictions_are_refused():
    x = torch.zeros(SHAPE)
    with pytest.raises(UnsupportedModel):
        to_x0(x, x, Level(0.6, 0.8, 1.0), "score")
    with pytest.raises(UnsupportedModel):
        to_prediction(x, x, Level(0.6, 0.8, 1.0), "score")
    with pytest.raises(UnsupportedModel):
        to_x0(x, x, Level(0.0, 1.0, 999.0), "epsilon")


@pytest.mark.parametrize("name", SAMPLERS)
def test_what_a_network_predicts_makes_no_difference(name):
    """One guess of x0, told as noise, v, x0 or velocity: the same picture, for every sampler.

    Closes the gaps of the oracles: not every scheduler of diffusers knows every prediction type.
    """
    ends = {}
    for kinds, levels in ((KINDS, vp_levels(ALPHAS, STEPS, "karras")),
                          (("flow", "sample"), flow_levels(STEPS, 3.0)[1:])):  # fmt: skip
        told = {level.t: level for level in levels[:-1]}
        for kind in kinds:

            def predict(x, t, _, kind=kind, told=told):
                level = told[t]
                return to_prediction(x, model(x, t), level, kind)

            x, generator = noise_and_generator()
            plan = Plan(predict=predict, prediction_type=kind, levels=levels,
                        sampler=SAMPLERS[name], cond=None)  # fmt: skip
            ends[kind] = list(denoise(start(x * levels[0].s, plan, generator), plan))[-1].x
        for kind in kinds[1:]:
            if name == "Heun" and kinds[0] == "flow":
                continue  # its slope is a velocity for flow and a noise for the others
            assert difference(ends[kind], ends[kinds[0]]) <= 1e-5, kind


def test_flow_levels_are_those_of_the_flow_pipelines():
    for shift in (1.0, 3.0):
        scheduler = D.FlowMatchEulerDiscreteScheduler(shift=shift)
        scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / STEPS, STEPS).tolist())
        ours = flow_levels(STEPS, shift)
        assert [level.s for level in ours] == pytest.approx(scheduler.sigmas.tolist(), abs=1e-6)
        told = [level.t for level in ours[:-1]]
        assert told == pytest.approx(scheduler.timesteps.tolist(), abs=1e-3)


MEAN, SPREAD = 0.7, 0.5


def denoise_gaussian(name, count):
    """Sample from N(0.7, 0.5^2) with its exact denoiser; return the error against the exact ODE."""
    lambdas = np.linspace(-2.0, 2.0, count + 1)
    a = 1 / np.sqrt(1 + np.exp(-2 * lambdas))
    levels = [Level(float(v), math.sqrt(1 - v * v), float(i)) for i, v in enumerate(a)]

    def x0_of(x, t, _):
        lv = levels[int(t)]
        gain = SPREAD**2 * lv.a / (lv.a**2 * SPREAD**2 + lv.s**2)
        return MEAN + gain * (x - lv.a * MEAN)

    x = torch.linspace(-2, 2, 9, dtype=torch.float64).reshape(1, 1, 1, 9)
    plan = Plan(predict=x0_of, prediction_type="sample", levels=levels, sampler=SAMPLERS[name],
                cond=None)  # fmt: skip
    last = list(denoise(start(x, plan, torch.Generator()), plan))[-1]
    first, end = levels[0], levels[-1]
    widths = [math.hypot(lv.a * SPREAD, lv.s) for lv in (first, end)]
    exact = end.a * MEAN + widths[1] / widths[0] * (x - first.a * MEAN)
    return float((last.x - exact).abs().max())


@pytest.mark.parametrize(
    ("name", "order"), [("Euler", 1), ("DDIM", 1), ("DPM++ 2M", 2), ("Heun", 2), ("UniPC", 2)]
)
def test_order_of_convergence(name, order):
    coarse, fine = denoise_gaussian(name, 20), denoise_gaussian(name, 40)
    measured = math.log2(coarse / fine)
    assert order - 0.25 < measured < order + (1.3 if name == "UniPC" else 0.35)


@pytest.mark.parametrize("levels", [vp_levels(ALPHAS, 12, "trailing"), flow_levels(12, 3.0)],
                         ids=["vp", "flow"])  # fmt: skip
@pytest.mark.parametrize("name", ["DDPM", "Euler a", "DPM++ 2M SDE", "LCM"])
def test_stochastic_samplers_keep_the_variance_of_noise(name, levels):
    """Where x0 is known to be 0 with certainty, x must stay N(0, s^2) at each level."""
    generator = torch.Generator().manual_seed(3)
    plan = Plan(predict=lambda x, t, _: torch.zeros_like(x), prediction_type="sample",
                levels=levels, sampler=SAMPLERS[name], cond=None)  # fmt: skip
    x = torch.randn(1, 1, 100, 100, generator=generator) * levels[0].s
    for step in denoise(start(x, plan, generator), plan):
        assert float(step.x.std()) == pytest.approx(step.level.s, abs=0.03)


def test_removing_the_noise_loses_variance():
    levels = vp_levels(ALPHAS, 12, "trailing")
    x = torch.randn(1, 1, 50, 50, generator=torch.Generator().manual_seed(3)) * levels[0].s
    plan = Plan(predict=lambda x, t, _: torch.zeros_like(x), prediction_type="sample",
                levels=levels, sampler=SAMPLERS["DDPM, noise removed"], cond=None)  # fmt: skip
    steps = list(denoise(start(x, plan, torch.Generator()), plan))
    assert all(float(step.x.std()) < 0.8 * step.level.s for step in steps[3:-1])


def test_fresh_noise_is_bounded_and_grows_with_eta():
    here, there = Level(0.2, math.sqrt(0.96), 900.0), Level(0.6, 0.8, 500.0)
    amounts = [fresh_noise(here, there, eta) for eta in (0.0, 0.5, 1.0, 50.0, math.inf)]
    assert amounts[0] == 0
    assert amounts == sorted(amounts)
    assert amounts[-2] == amounts[-1] == there.s


def test_override_changes_only_what_is_given():
    assert SAMPLERS["DDIM"].override(1.0, None) == replace(SAMPLERS["DDIM"], eta=1.0)
    assert SAMPLERS["DDPM"].override(None, 0.0).noise == 0
    assert SAMPLERS["DDPM"].override(None, None) is not None


def test_ddim_with_eta_1_is_ddpm_and_ddpm_with_eta_0_is_ddim():
    levels = flow_levels(4, 3.0)
    x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(0))
    now, z = Past(x, x / 2, levels[1]), torch.ones(SHAPE)
    ddpm = update(now, (), levels[2], SAMPLERS["DDPM"], draw=lambda: z)
    ddim = update(now, (), levels[2], SAMPLERS["DDIM"], draw=lambda: z)
    assert torch.equal(ddpm, update(now, (), levels[2], SAMPLERS["DDIM"].override(1.0, None),
                                    draw=lambda: z))  # fmt: skip
    assert torch.equal(ddim, update(now, (), levels[2], SAMPLERS["DDPM"].override(0.0, None),
                                    draw=lambda: z))  # fmt: skip


def test_heun_from_pure_noise_falls_back_to_the_plain_target():
    x = torch.ones(SHAPE)
    now = Past(x, x / 2, Level(0.0, 1.0, 999.0))
    plan = Plan(predict=lambda x, t, _: x * 0, prediction_type="v_prediction",
                levels=[now.level, Level(0.6, 0.8, 1.0)], sampler=SAMPLERS["Heun"],
                cond=None)  # fmt: skip
    step = start(x, plan, torch.Generator())
    y = heun_target(now, Level(0.6, 0.8, 1.0), step, plan.look, is_flow=False)
    assert torch.equal(y, now.x0)
