"""The table of names that window and commands show."""

from __future__ import annotations

import math

from studio.engine.sampler_table import SAMPLERS


def test_every_name_of_the_contract_is_there_and_explained():
    assert set(SAMPLERS) == {
        "DDIM", "Euler", "Euler a", "DDPM", "DDPM, noise removed", "DPM++ 2M", "DPM++ 2M SDE",
        "Heun", "UniPC", "LCM",
    }  # fmt: skip
    assert all(len(sampler.summary) > 20 for sampler in SAMPLERS.values())


def test_names_of_one_family_differ_in_their_knobs_only_as_they_say():
    assert SAMPLERS["DDPM"].override(0.0, None).order == SAMPLERS["DDIM"].order
    assert SAMPLERS["DDPM, noise removed"].eta == SAMPLERS["DDPM"].eta
    assert SAMPLERS["DDPM, noise removed"].noise == 0
    assert SAMPLERS["LCM"].eta == math.inf
