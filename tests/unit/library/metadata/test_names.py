"""Sampler and schedule names of other programs, and the way back."""

import pytest

from studio.engine.levels import SCHEDULES
from studio.engine.sampler_table import SAMPLERS
from studio.library.metadata.names import (
    SCHEDULE_TO_A1111,
    TO_A1111,
    read_sampler,
    read_schedule,
)


@pytest.mark.parametrize(
    ("name", "sampler", "schedule"),
    [
        ("DPM++ 2M Karras", "DPM++ 2M", "karras"),
        ("DPM++ 2M SDE Exponential", "DPM++ 2M SDE", "exponential"),
        ("Euler a", "Euler a", None),
        ("euler_ancestral_karras", "Euler a", "karras"),
        ("k_dpmpp_2m", "DPM++ 2M", None),
        ("dpmpp_2m_k", "DPM++ 2M", "karras"),
        ("dpmpp_2m_sde_gpu", "DPM++ 2M SDE", None),
        ("DPMSolverMultistepScheduler", "DPM++ 2M", None),
        ("uni_pc", "UniPC", None),
        ("ddim_v3", "DDIM", None),
        ("Restart", None, None),
        ("", None, None),
    ],
)
def test_other_programs_names(name, sampler, schedule):
    assert read_sampler(name) == (sampler, schedule)


def test_every_name_here_returns():
    for name in SAMPLERS:
        assert read_sampler(TO_A1111.get(name, name))[0] == name


def test_targets_exist():
    assert set(TO_A1111) <= set(SAMPLERS)
    assert set(SCHEDULE_TO_A1111) == set(SCHEDULES)


@pytest.mark.parametrize("ours", ["trailing", "leading", "linspace", "karras", "exponential"])
def test_schedules_return(ours):
    assert read_schedule(SCHEDULE_TO_A1111[ours]) == ours


def test_an_unknown_schedule():
    assert read_schedule("Align Your Steps") is None
