from __future__ import annotations

import numpy as np
import pytest

from studio.engine.errors import BrokenFile, UnsupportedModel
from studio.engine.models.noise_table import alphas_cumprod, prediction_type


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
    one = {"num_train_timesteps": 1, "rescale_betas_zero_snr": True}
    assert 0 < alphas_cumprod(one)[0] < 1


@pytest.mark.parametrize("config", [{"beta_schedule": "weekly"}, {"num_train_timesteps": 10**9},
                                    {"num_train_timesteps": 0}])  # fmt: skip
def test_the_unknown_is_refused(config):
    with pytest.raises(UnsupportedModel):
        alphas_cumprod(config)


@pytest.mark.parametrize(
    "config",
    [
        {"beta_start": "x"}, {"beta_start": -1}, {"beta_end": 5}, {"beta_start": 0.5},
        {"beta_start": float("nan")}, {"beta_start": None}, {"num_train_timesteps": "many"},
        {"num_train_timesteps": None}, {"trained_betas": [2.0, 3.0]}, {"trained_betas": ["a"]},
        {"trained_betas": [[0.1], [0.2]]}, {"trained_betas": [0.1] * 10_001},
        {"trained_betas": [0.1, float("nan")]}, {"beta_start": 1e-20, "beta_end": 1e-20},
        {"beta_schedule": "linear", "beta_start": 0.99, "beta_end": 0.99},
    ],
)  # fmt: skip
def test_a_schedule_without_sense_is_told_in_words(config):
    with pytest.raises(BrokenFile, match="makes no sense"):
        alphas_cumprod(config)


def test_what_the_model_predicts():
    assert prediction_type({}) == "epsilon"
    assert prediction_type({"prediction_type": "v_prediction"}) == "v_prediction"
    for config in ({"prediction_type": "flow_prediction"}, {"prediction_type": None},
                   {"_class_name": "EDMDPMSolverMultistepScheduler"},
                   {"_class_name": "FlowMatchEulerDiscreteScheduler"}):  # fmt: skip
        with pytest.raises(UnsupportedModel):
            prediction_type(config)
