"""Fields: where they point, early and late, with and without a class."""

from __future__ import annotations

import numpy as np
import pytest

from studio.lab.fields import EXTENT, field_at, guidance_fields, turn, turning_share
from studio.lab.process import Process
from studio.lab.settings import Turn

SHARES = [i / 25 for i in range(1, 26)]


def test_arrows_start_on_a_lattice_and_end_at_the_guess(exact, spiral):
    field = field_at(exact, Process(), 1.0, lattice=9)
    assert field.xy.shape == field.arrows.shape == (9, 9, 2)
    assert field.size.shape == (9, 9)
    assert field.xy[0, -1].tolist() == pytest.approx([EXTENT, -EXTENT])
    ends = (field.xy + field.arrows).reshape(-1, 2)
    assert np.abs(ends - spiral.centre).max() < 0.15  # in pure noise all guesses are the middle


def test_the_field_turns_from_the_middle_to_the_data(exact, spiral):
    turns = turn(exact, spiral, Process(), SHARES)
    assert turns[-1].towards_middle > 0.99
    assert turns[-1].towards_middle > turns[-1].towards_data + 0.2
    assert turns[0].towards_data > turns[0].towards_middle
    assert 0.04 < turning_share(turns) < 0.15
    flow = turn(exact, spiral, Process("flow"), SHARES)
    assert 0.2 < turning_share(flow) < 0.35


def test_turning_share_at_the_ends():
    always = [Turn(share=s, towards_middle=0.0, towards_data=1.0) for s in (0.1, 0.9)]
    never = [Turn(share=s, towards_middle=1.0, towards_data=0.0) for s in (0.1, 0.9)]
    assert turning_share(always) == 0.9
    assert turning_share(never) == 0.1


def test_guidance_fields_add_up(exact):
    fields = guidance_fields(exact, Process(), 0.3, label=2, negative=None, scale=4.0, lattice=7)
    cond, uncond, delta, guided = (fields[k].arrows for k in ("cond", "uncond", "delta", "guided"))
    np.testing.assert_allclose(delta, cond - uncond, atol=1e-6)
    np.testing.assert_allclose(guided, uncond + 4 * delta, atol=1e-5)
    pushed = guidance_fields(exact, Process(), 0.3, label=2, negative=0, scale=4.0, lattice=7)
    assert not np.allclose(pushed["uncond"].arrows, uncond)


def test_lattice_guesses_are_finite_everywhere(exact):
    for share in (0.0, 0.01, 0.5, 1.0):
        assert np.isfinite(field_at(exact, Process(), share).arrows).all()
        assert np.isfinite(field_at(exact, Process("flow"), share).arrows).all()


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_a_class_field_leads_to_its_class(exact, spiral, share):
    field = field_at(exact, Process(), share, label=2)
    ends = (field.xy + field.arrows).reshape(-1, 2)
    assert (
        np.linalg.norm(ends, axis=1).mean()
        > 0.3 * np.linalg.norm(spiral.of_class(2), axis=1).mean()
        or share > 0.3
    )
