"""Noise: seeds, variations, and the forward process."""

from __future__ import annotations

import pytest
import torch

from studio.engine.levels import scaled_linear_alphas, vp_levels
from studio.engine.noise import (
    add_noise,
    brownian_walk,
    initial_noise,
    seeded,
    slerp,
    step_generator,
)

SHAPE = (1, 4, 32, 32)


def test_a_seed_means_one_noise_and_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    assert torch.equal(initial_noise(SHAPE, 11), initial_noise(SHAPE, 11))
    assert not torch.equal(initial_noise(SHAPE, 11), initial_noise(SHAPE, 12))
    assert bool(initial_noise(SHAPE, 2**32 - 1).isfinite().all())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_variation_goes_from_one_seed_to_the_other_at_full_variance():
    ends = initial_noise(SHAPE, 1), initial_noise(SHAPE, 2)
    assert torch.equal(initial_noise(SHAPE, 1, 2, 0.0), ends[0])
    torch.testing.assert_close(initial_noise(SHAPE, 1, 2, 1.0), ends[1])
    middle = initial_noise(SHAPE, 1, 2, 0.5)
    assert float(middle.std()) == pytest.approx(1.0, abs=0.03)
    assert float(((ends[0] + ends[1]) / 2).std()) < 0.75
    assert float((middle - ends[0]).norm()) == pytest.approx(
        float((middle - ends[1]).norm()), rel=0.02
    )


def test_slerp_of_parallel_noise_is_a_plain_mix():
    x = initial_noise(SHAPE, 3)
    torch.testing.assert_close(slerp(x, x, 0.3), x)
    torch.testing.assert_close(slerp(x, -x, 0.25), x / 2)


def test_the_steps_noise_goes_on_after_the_initial_noise_or_has_its_own_seed():
    generator = seeded(9)
    torch.randn(SHAPE, generator=generator)
    following = torch.randn(5, generator=generator)
    assert torch.equal(torch.randn(5, generator=step_generator(SHAPE, 9)), following)
    own = torch.randn(5, generator=step_generator(SHAPE, 9, 4))
    assert torch.equal(own, torch.randn(5, generator=seeded(4)))


def test_walking_to_a_level_and_jumping_there_agree_in_distribution():
    x0 = torch.full((1, 1, 120, 120), 2.0)
    levels = [(lv.a, lv.s) for lv in vp_levels(scaled_linear_alphas(), 20, "trailing")[-2::-1]]
    walk = brownian_walk(x0, levels, seeded(0))
    for (a, s), x in zip(levels, walk, strict=True):
        jump = add_noise(x0, torch.randn(x0.shape, generator=seeded(1)), a, s)
        assert float(x.mean()) == pytest.approx(float(jump.mean()), abs=0.04)
        assert float(x.std()) == pytest.approx(s, abs=0.03)
    # Neighbours on one walk are alike; two separate jumps are not.
    assert torch.corrcoef(torch.stack([walk[9].flatten(), walk[10].flatten()]))[0, 1] > 0.8
