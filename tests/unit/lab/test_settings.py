"""The laboratory's plain values."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from studio.engine.errors import InvalidRequest
from studio.engine.levels import Level
from studio.lab.settings import Field, Paths, SampleSettings


def test_defaults_are_possible_and_too_many_points_are_not():
    SampleSettings().check()
    with pytest.raises(InvalidRequest, match="5,000 points"):
        SampleSettings(count=5_000).check()


@pytest.mark.parametrize("settings", [
    {"eta": -3.0}, {"eta": float("nan")}, {"noise": float("inf")}, {"noise": -0.1},
    {"guidance_scale": float("nan")}, {"guidance_scale": 1e30}, {"seed": -1}, {"seed": 2**70},
])  # fmt: skip
def test_impossible_numbers_are_said_in_words(settings):
    with pytest.raises(InvalidRequest, match="is out of range") as caught:
        SampleSettings(**settings).check()
    assert "0 " in caught.value.hint
    assert "inf" not in caught.value.hint


def test_paths_and_fields_know_their_ends():
    paths = Paths(levels=(Level(0, 1, 999), Level(1, 0, 0)), x=np.arange(8.0).reshape(2, 2, 2),
                  x0=np.zeros((1, 2, 2)), moved=np.zeros((1, 2, 2)), seconds=0.1)  # fmt: skip
    assert paths.steps == 1
    assert paths.end.tolist() == [[4, 5], [6, 7]]
    field = Field(share=0.5, xy=np.zeros((2, 2, 2)), arrows=np.full((2, 2, 2), 3.0))
    assert field.size == pytest.approx(np.full((2, 2), 18**0.5))


def test_the_door_needs_no_torch():
    code = ("import sys, studio.lab.laboratory, studio.lab.distance; "
            "sys.exit('torch' in sys.modules or 'PySide6' in sys.modules)")  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
