"""`studio replay` on a tiny model."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from studio import cli
from studio.library.takes import load_take, save_take
from tests import tiny_models


def studio(*words) -> int:
    return cli.main([str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replay")
    assert studio("generate", "a red fox", "--model", tiny_models.folder(), "--steps", 4, "--seed",
                  5, "--size", "64x64", "--sampler", "Euler a", "--out", folder / "a.png", "--take",
                  folder / "a.take") == 0  # fmt: skip
    return folder


def test_identical_to_the_last_bit(made, home, capsys):
    assert studio("replay", made / "a.take") == 0
    assert "Identical to the last bit: 5 steps compared." in capsys.readouterr().out


def test_names_the_first_step_that_differs(made, home, capsys, tmp_path):
    take = load_take(made / "a.take")
    steps = list(take.steps)
    steps[2] = replace(steps[2], cond=steps[2].cond * 1.001)
    old = {**take.conditions, "torch": "0.1"}
    save_take(tmp_path / "b.take", replace(take, steps=steps, conditions=old))
    assert studio("replay", tmp_path / "b.take", "--json") == 1
    facts = json.loads(capsys.readouterr().out)
    assert (facts["identical"], facts["step"]) == (False, 3)
    assert facts["what"] == "the prediction with the prompt"
    assert any("PyTorch" in reason for reason in facts["reasons"])


def test_a_fork_replays_too(made, home, tmp_path):
    assert studio("fork", made / "a.take", "--step", 3, "--prompt", "an owl", "--out",
                  tmp_path / "f.png", "--take", tmp_path / "f.take") == 0  # fmt: skip
    assert studio("replay", tmp_path / "f.take") == 0
