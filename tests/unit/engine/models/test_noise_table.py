from __future__ import annotations

import numpy as np
import pytest

from studio.engine.errors import UnsupportedModel
from studio.engine.models.noise_table import alphas_cumprod


@pytest.mark.parametrize(
    "config",
    [
        {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
        {"beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02},
        {"beta_schedule": "squaredcos_cap_v2"},
        {"beta_schedule": "scaled_linear", "rescale_betas_zero_snr": True},
        {"trained_betas": [0.1, 0.2, 0.3], "num_train_timesteps": 3},
        {"num_train_timesteps": 500},
    ],
)  # fmt: skip
def test_equals_diffusers(config):
    import diffusers

    whole = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012} | config
    theirs = diffusers.DDIMScheduler(**whole).alphas_cumprod.numpy()
    ours = alphas_cumprod(config)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 2e-6


def test_falls_and_may_end_in_pure_noise():
    assert (np.diff(alphas_cumprod({})) < 0).all()
    assert alphas_cumprod({"rescale_betas_zero_snr": True})[-1] == 0


@pytest.mark.parametrize("config", [{"beta_schedule": "weekly"}, {"num_train_timesteps": 10**9},
                                    {"num_train_timesteps": 0}])  # fmt: skip
def test_the_unknown_is_refused(config):
    with pytest.raises(UnsupportedModel):
        alphas_cumprod(config)
