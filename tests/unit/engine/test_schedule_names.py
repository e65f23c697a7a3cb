from __future__ import annotations

import numpy as np
import pytest

from studio.engine import levels
from studio.engine.schedule_names import SCHEDULES


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "flow"])
def test_every_name_is_computed(name):
    made = levels.vp_levels(np.linspace(0.999, 0.005, 1000), 5, name)
    assert len(made) == 6
    assert [level.s for level in made] == sorted((level.s for level in made), reverse=True)


def test_every_schedule_is_told_in_a_sentence():
    assert all(words.endswith(".") for words in SCHEDULES.values())
