"""The replay check says "different" when something really is: a weight of the model, a version."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from studio import cli
from studio.library.takes import load_take, save_take
from studio.state.filmstrip.room import FilmstripRoom
from tests import tiny_models
from tests.e2e.conftest import TINY
from tests.e2e.test_filmstrip_window import make


def change_one_weight(model, amount=0.05):
    """Another number in one place of the denoiser's file; all else stays."""
    file = next((model / "unet").glob("*.safetensors"))
    with safe_open(file, "pt") as opened:
        metadata = opened.metadata()
    weights = load_file(file)
    weights["conv_out.bias"][0] += amount
    save_file(weights, file, metadata=metadata)


@pytest.fixture
def studio(home, capsys):
    def run(*words):
        code = cli.main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def made(studio, tmp_path):
    """A model's copy, and a take that it made."""
    model = tmp_path / "copy"
    shutil.copytree(tiny_models.folder(), model)
    words = ("--steps", 4, "--seed", 5, "--size", "64x64", "--out", tmp_path / "a.png")
    asked = ("generate", "a red fox", "--model", model, *words, "--take", tmp_path / "a.take")
    assert studio(*asked)[0] == 0
    return model, tmp_path / "a.take"


def test_one_changed_weight_is_named(studio, made):
    model, take = made
    assert studio("replay", take)[1]["identical"]
    change_one_weight(model)
    code, facts = studio("replay", take)
    assert code == 1
    assert (facts["identical"], facts["step"]) == (False, 1)
    assert facts["what"] == "the prediction with the prompt"
    assert 0.04 < facts["largest"] < 0.06
    (reason,) = facts["reasons"]
    assert reason.startswith("the model's file is another one (")


def test_a_file_that_was_only_touched_is_identical(studio, made):
    model, take = made
    change_one_weight(model, amount=0.0)
    assert studio("replay", take)[0] == 0


def test_another_version_is_named_beside_it(studio, made):
    """What an older library computed is stood for by the older model; its version is recorded."""
    model, file = made
    take = load_take(file)
    old = {**take.conditions, "torch": "1.13.0"}
    save_take(file, replace(take, conditions=old))
    assert studio("replay", file)[0] == 0  # another version alone is no difference
    change_one_weight(model)
    _, facts = studio("replay", file)
    assert [r.split(" (")[0] for r in facts["reasons"]] == [
        "the model's file is another one", "another version of PyTorch computes in another order"
    ]  # fmt: skip
    assert "(1.13.0 then, " in facts["reasons"][1]


def test_in_the_window_the_model_is_read_again_and_the_step_named(desk):
    node = make(desk)
    room, said = desk.window.findChild(FilmstripRoom), []
    desk.window.studio.messages.message_added.connect(said.append)
    change_one_weight(desk.window.studio.home.models / TINY)
    with desk.qtbot.waitSignal(room.replay.checked, timeout=60_000) as checked:
        desk.window.actions_of["strip.replay"].trigger()
    outcome = checked.args[0]
    assert (outcome.is_identical, outcome.parting.index) == (False, 0)
    assert outcome.reasons[0].startswith("the model's file is another one (")
    desk.wait(lambda: said)
    assert "Different from step 1 on" in said[-1].text
    assert node.take.conditions["model_hash"] in outcome.reasons[0]
