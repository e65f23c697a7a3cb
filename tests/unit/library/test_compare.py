"""Two takes side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from studio.engine.levels import Level
from studio.engine.record import Step
from studio.library.compare import difference_map, heat, parting, partners, same_size
from tests.unit.state.filmstrip.frames import make_frames


def make_steps(total=4, seed=0):
    g = torch.Generator().manual_seed(seed)

    def draw():
        return torch.randn(1, 2, 3, 3, generator=g)

    return [
        Step(index=i, total=total, level=Level(0.5, 1 - i / total, 900.0), x=draw(), past=(),
             rng=g.get_state(), cond=draw(), uncond=draw(), x0=draw())
        for i in range(total)
    ]  # fmt: skip


def test_equal_takes_do_not_part():
    assert parting(make_steps(), make_steps()) is None


@pytest.mark.parametrize(
    ("name", "word"),
    [("x", "noisy"), ("cond", "with the prompt"), ("uncond", "without"), ("x0", "guided")],
)
def test_parting_names_step_and_what(name, word):
    steps = make_steps()
    tensor = getattr(steps[2], name).clone()
    tensor[0, 0, 0, 0] = torch.nextafter(tensor[0, 0, 0, 0], torch.tensor(99.0))  # one bit
    changed = [*steps[:2], replace(steps[2], **{name: tensor}), *make_steps(seed=5)[3:]]
    found = parting(steps, changed)
    assert found.index == 2
    assert word in found.what
    assert 0 < found.largest < 1e-5


def test_parting_sees_missing_passes_and_nan():
    steps = make_steps()
    without = [replace(s, uncond=None) for s in steps]
    assert parting(steps, without).largest == np.inf
    nan = [replace(steps[0], x=torch.full((1, 2, 3, 3), torch.nan)), *steps[1:]]
    assert parting(steps, nan).index == 0
    assert parting(nan, nan) is None


def test_only_common_steps_count():
    steps = make_steps()
    assert parting(steps, steps[2:]) is None
    assert parting(steps[:1], steps[2:]) is None


def test_partners_by_step_and_by_sigma():
    short, long = make_frames(4, size=8), make_frames(8, size=8)
    assert partners(short, long, "step") == [0, 1, 2, 3, 4]
    assert partners(short, long, "sigma") == [0, 2, 4, 6, 8]  # the same noise: every second
    assert partners(long, long[5:], "step") == [0, 0, 0, 0, 0, 0, 1, 2, 3]
    assert partners([], long, "step") == []


def test_difference_map_is_hot_where_pictures_differ():
    a = np.zeros((8, 8, 3), np.uint8)
    b = a.copy()
    b[2:5, 2:5] = 200
    shown = difference_map(a, b)
    assert shown[3, 3].sum() > 600
    assert shown[7, 7].tolist() == heat(np.zeros((1, 1), np.float32))[0, 0].tolist()
    assert same_size(b[::2, ::2], a).shape == a.shape
