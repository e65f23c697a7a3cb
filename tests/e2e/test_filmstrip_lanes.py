"""What the lanes show is what the model said: recomputed by asking the model directly."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from studio.engine.denoise import Plan, denoise, start
from studio.engine.levels import scaled_linear_alphas, vp_levels
from studio.engine.samplers import SAMPLERS, to_x0
from tests.unit.engine.harness import ask, drain, engine, run

KINDS = ["sd", "sd_v", "sdxl"]


def asked_again(result, index):
    """cond and uncond of one step from fresh model calls, one prompt at a time."""
    from studio.engine import planning

    request, step = result.take.request, result.take.steps[index]
    model = engine().store().current
    cond, uncond = planning.conditioning_of(request, model)
    with torch.no_grad(), planning.Caller(model) as caller:
        return (caller.predict(step.x, step.level.t, cond).float(),
                caller.predict(step.x, step.level.t, uncond).float())  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_cond_and_uncond_equal_direct_model_calls(kind):
    result = run(ask(kind, steps=3))
    for index in (0, 2):
        cond, uncond = asked_again(result, index)
        step = result.take.steps[index]
        assert torch.allclose(step.cond, cond, atol=1e-5)
        assert torch.allclose(step.uncond, uncond, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [2.5, 7.0])
def test_guidance_is_recovered_by_regression(kind, scale):
    """x0 is linear in the prediction: least squares must find 1 - scale and scale exactly."""
    result = run(ask(kind, steps=3, guidance_scale=scale))
    model = engine().store().current
    for step in result.take.steps[:-1]:
        parts = [to_x0(p, step.x, step.level, model.info.prediction_type).double().flatten()
                 for p in (step.uncond, step.cond)]  # fmt: skip
        found = torch.linalg.lstsq(torch.stack(parts, 1), step.x0.double().flatten()[:, None])
        assert found.solution.flatten().tolist() == pytest.approx([1 - scale, scale], abs=2e-3)


def test_the_preview_is_pure():
    """The same bytes with previews and without them."""
    seen, unseen = run(ask()), run(ask(), has_frames=False)
    assert len(seen.take.frames) == 5
    assert len(unseen.take.frames) == 0
    assert np.array_equal(seen.picture, unseen.picture)
    for a, b in zip(seen.take.steps, unseen.take.steps, strict=True):
        assert torch.equal(a.x, b.x)


def test_looking_sharply_at_a_step_changes_nothing():
    whole = run(ask())
    step = whole.take.steps[1]
    before = [t.clone() for t in (step.x, step.x0, step.cond, step.uncond)]
    for lane in ("noisy", "x0", "cond", "uncond", "delta"):
        engine().sharp(step, lane, whole.take.request)
    after = (step.x, step.x0, step.cond, step.uncond)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert np.array_equal(run(ask()).picture, whole.picture)


def test_no_pass_without_the_prompt_where_guidance_is_off():
    items, _ = drain(ask(guidance_scale=1.0))
    frames = [i for i in items if hasattr(i, "lanes")]
    assert frames
    assert all("uncond" not in f.lanes and "delta" not in f.lanes for f in frames)
    items, _ = drain(ask(guidance_start=0.5))
    frames = [i for i in items if hasattr(i, "lanes")]
    assert ["uncond" in f.lanes for f in frames] == [False, False, True, True, False]


def test_without_its_noise_ddpm_washes_the_picture_out():
    """On data of variance 1 with the ideal denoiser, DDPM keeps it and its noise-free form not."""
    levels = vp_levels(scaled_linear_alphas(), 40, "trailing")
    ideal = {level.t: level.a for level in levels}  # E[x0 | x] = a x, for a^2 + s^2 = 1

    def spread(name):
        plan = Plan(
            predict=lambda x, t, _: ideal[t] * x, prediction_type="sample", levels=levels,
            sampler=SAMPLERS[name], cond=None,
        )  # fmt: skip
        noise = torch.randn(1, 4, 64, 64, generator=torch.Generator().manual_seed(0))
        *_, last = denoise(start(noise, plan, torch.Generator().manual_seed(1)), plan)
        return float(last.x.std())

    assert spread("DDPM") == pytest.approx(1.0, abs=0.1)
    assert spread("DDPM, noise removed") < 0.5
