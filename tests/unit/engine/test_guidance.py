"""Guidance: pure functions, checked by their algebra."""

from __future__ import annotations

import pytest
import torch

from studio.engine.guidance import cfg, guide_with, interval, rescaled_cfg

COND, UNCOND = torch.randn(2, 3, 4, 8, 8, generator=torch.Generator().manual_seed(2))


def test_scale_0_1_and_beyond():
    assert torch.equal(cfg(COND, UNCOND, 0.0), UNCOND)
    torch.testing.assert_close(cfg(COND, UNCOND, 1.0), COND)
    torch.testing.assert_close(cfg(COND, UNCOND, 5.0), COND + 4 * (COND - UNCOND))


def test_regression_recovers_the_scale():
    design = torch.stack([COND.flatten(), UNCOND.flatten()], 1)
    weights = torch.linalg.lstsq(design, cfg(COND, UNCOND, 7.5).flatten()[:, None]).solution
    assert weights.flatten().tolist() == pytest.approx([7.5, -6.5], abs=1e-4)


def test_rescale_1_gives_the_spread_of_the_prompts_own_prediction():
    guided = rescaled_cfg(COND, UNCOND, 9.0, rescale=1.0)
    torch.testing.assert_close(guided.std(dim=(1, 2, 3)), COND.std(dim=(1, 2, 3)))
    half = rescaled_cfg(COND, UNCOND, 9.0, rescale=0.5).std()
    assert guided.std() < half < cfg(COND, UNCOND, 9.0).std()


def test_rescale_0_is_plain_guidance_bit_for_bit():
    assert guide_with(0.0) is cfg
    assert torch.equal(guide_with(0.7)(COND, UNCOND, 3.0),
                       rescaled_cfg(COND, UNCOND, 3.0, rescale=0.7))  # fmt: skip


def test_rescaling_a_flat_prediction_gives_no_nan():
    flat = torch.ones(1, 4, 8, 8)
    assert bool(rescaled_cfg(flat, flat, 5.0, rescale=1.0).isfinite().all())


def test_interval_is_half_open():
    scale = interval(6.0, steps=10, start=0.2, end=0.5)
    assert [scale(i) for i in range(10)] == [1, 1, 6, 6, 6, 1, 1, 1, 1, 1]
    assert interval(6.0, steps=10, start=0.0, end=1.0)(9) == 6


def test_an_interval_given_in_whole_steps_begins_and_ends_exactly_there():
    for steps in range(1, 120):
        for first in (0, steps // 4, steps // 2, steps - 1):
            scale_at = interval(5.0, steps=steps, start=first / steps, end=(first + 1) / steps)
            assert [i for i in range(steps) if scale_at(i) != 1] == [first]


@pytest.mark.parametrize("rescale", [0.3, 0.7, 1.0])
def test_rescale_is_that_of_the_stock_pipelines(rescale):
    from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg

    theirs = rescale_noise_cfg(cfg(COND, UNCOND, 7.5), COND, guidance_rescale=rescale)
    torch.testing.assert_close(rescaled_cfg(COND, UNCOND, 7.5, rescale=rescale), theirs)
