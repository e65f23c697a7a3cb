"""The one command: its plan, what it skips, where it stops, and what travels between machines."""

from __future__ import annotations

import ast
import json
import runpy
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from starter_recipe import parcel, stages
from starter_recipe.settings import SETTINGS, STAGE_NAMES, Places
from starter_recipe.training import load_state, save_atomically

from .conftest import REPOSITORY

RECIPE = REPOSITORY / "packaging" / "starter" / "recipe.py"
FULL_MINUTES = 25


@pytest.fixture(scope="module")
def recipe() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(RECIPE)))


@pytest.fixture
def command(recipe: SimpleNamespace, tiny_run: Path, tmp_path: Path) -> Callable[..., int]:
    """Run the recipe in an empty folder that has only the sprites."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "sprites.zip").symlink_to(tiny_run / "sprites.zip")
    return lambda *words: recipe.main([*words, "--setting", "tiny", "--out", str(out), "--model",
                                       str(tmp_path / "model")])


def test_full_fits_into_its_minutes_and_every_stage_has_some() -> None:
    for setting in SETTINGS.values():
        assert tuple(setting.minutes) == tuple(stages.STAGES) == STAGE_NAMES
    full = SETTINGS["full"]
    assert stages.planned_minutes(full) <= FULL_MINUTES
    assert stages.planned_minutes(full) == pytest.approx(sum(full.minutes.values()) + 6 * 0.2)


def test_shrunk_settings_keep_their_models(recipe: SimpleNamespace) -> None:
    full = SETTINGS["full"]
    assert recipe.shrink(full, 1.0) == full
    small = recipe.shrink(full, 0.001)
    assert (small.pictures, small.latents, small.more_latents, small.unet_batch) == (40, 110, 50, 4)
    assert replace(small, **{name: getattr(full, name) for name in (
        "pictures", "latents", "more_latents", "vae_batch", "clip_batch", "unet_batch",
        "judge_batch")}) == full


def test_stages_that_do_not_fit_are_left_to_the_next_call(
        tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def stage(name: str, *, finishes: bool = True) -> stages.Stage:
        return stages.Stage(lambda _: done.append(name),
                            lambda _: finishes and name in done)

    places = Places(tiny_run, SETTINGS["tiny"])
    lines: list[str] = []
    run = stages.Run(places, SimpleNamespace(), lines.append)
    monkeypatch.setattr(stages, "STAGES", {n: stage(n) for n in ("world", "latents", "export")})
    assert not stages.run_all(replace(run, deadline=time.monotonic()))
    assert done == ["world"]  # A call always does something, or it would never end.
    assert not stages.run_all(replace(run, deadline=time.monotonic()))
    assert done == ["world", "latents"]
    assert stages.run_all(run)
    assert done == ["world", "latents", "export"]
    assert stages.run_all(run)
    assert done == ["world", "latents", "export"]
    monkeypatch.setitem(stages.STAGES, "export", stage("export", finishes=False))
    assert not stages.run_all(run)  # Its own time was over before its plan was.
    assert "again" in lines[-1]


def test_a_trial_touches_neither_a_real_run_nor_the_shipped_model(
        recipe: SimpleNamespace, tiny_run: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[stages.Run] = []
    monkeypatch.setitem(stages.STAGES, "export", stages.Stage(asked.append, lambda _: False))
    for words in ((), ("--share", "0.01"), ("--share", "0.01", "--model", str(tmp_path / "m"))):
        recipe.main(["export", "--setting", "tiny", "--out", str(tmp_path), *words])
    shipped = RECIPE.parents[2] / "resources" / "models" / "starter"
    real, trial, named = asked
    assert real.args.model == shipped
    assert named.args.model == tmp_path / "m"
    assert trial.places.work != real.places.work
    assert trial.args.model.parent == trial.places.work
    assert trial.places.sprites == real.places.sprites


@pytest.mark.slow
def test_one_command_does_it_all_in_calls_and_then_nothing_more(
        command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    everything = ("all", "--share", "0.3", "--steps", "2", "--pictures", "6")
    assert command(*everything, "--call-minutes", "0.0001") == 75
    said = capsys.readouterr().out
    assert "world" in said
    assert "again" in said
    assert not (tmp_path / "out" / "tiny-trial" / "vae.ckpt.pt").exists()
    assert command(*everything) == 0
    model, work = tmp_path / "model", tmp_path / "out" / "tiny-trial"
    for name in ("README.md", "model_card.json", "samples.jpg", "studio.json", "unet", "open_clip"):
        assert (model / name).exists(), name
    for name in ("samples", "guidance_sweep", "samplers", "pairs", "held_out", "edits"):
        assert (work / "sheets" / f"{name}.jpg").exists(), name
    assert not [*model.rglob("*.part"), *work.rglob("*.part")]
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert command(*everything) == 0
    assert written == {path: path.stat().st_mtime_ns
                       for path in tmp_path.rglob("*") if path.is_file()}
    assert "all done" in capsys.readouterr().out
    assert command("plan", "--share", "0.3", "--steps", "2") == 0
    assert capsys.readouterr().out.count("done") == len(STAGE_NAMES)


def test_a_run_travels_in_small_pieces_and_goes_on(
        command: Callable[..., int], recipe: SimpleNamespace, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("tokenizer", "vae", "clip", "unet"):
        command(stage, "--share", "0.3", "--steps", "2")
    monkeypatch.setattr(parcel, "PIECE", 100_000)
    sent = tmp_path / "sent"
    command("pack", "--share", "0.3", "--parcel", str(sent))
    pieces = sorted(sent.iterdir())
    assert len(pieces) > 3
    assert all(piece.stat().st_size <= 100_000 for piece in pieces)
    there = Places(tmp_path / "there", SETTINGS["tiny"], is_trial=True)
    parcel.unpack(there, tmp_path / "there" / "model", sent, print)
    here = Places(tmp_path / "out", SETTINGS["tiny"], is_trial=True)
    for stage in ("vae", "clip", "unet"):
        old, new = (load_state(places.checkpoint(stage)) for places in (here, there))
        assert (new["step"], new["seconds"]) == (old["step"], old["seconds"])
    old, new = (load_state(places.checkpoint("unet"))["average"] for places in (here, there))
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in zip(old, new, strict=True))
    (there.out / "sprites.zip").symlink_to(here.out / "sprites.zip")
    recipe.main(["unet", "--share", "0.3", "--steps", "3", "--setting", "tiny", "--out",
                 str(there.out)])
    assert load_state(there.checkpoint("unet"))["step"] == 3


def test_what_was_trained_after_the_evaluation_travels(tmp_path: Path) -> None:
    """The finished model alone would leave the new work behind, on a machine that is given back."""
    here, model = Places(tmp_path / "here", SETTINGS["tiny"]), tmp_path / "model"
    model.mkdir()
    (model / "model_index.json").write_text("{}")
    (here.work / "evaluate.json").write_text(json.dumps({"steps": {"vae": 4, "clip": None}}))
    for number, step in enumerate((4, 9)):
        save_atomically({"step": step, "seconds": 1.0, "model": {}}, here.checkpoint("vae"))
        parcel.pack(here, model, tmp_path / str(number), print)
        there = Places(tmp_path / f"there-{number}", SETTINGS["tiny"])
        parcel.unpack(there, there.out / "model", tmp_path / str(number), print)
        assert (there.out / "model").exists() == (step == 4)
        assert (load_state(there.checkpoint("vae")) or {}).get("step") == (None, 9)[number]


def test_unpacking_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="No pieces"):
        parcel.unpack(Places(tmp_path, SETTINGS["tiny"]), tmp_path, tmp_path)


def test_the_recipe_imports_neither_qt_nor_the_studio() -> None:
    found = set()
    for path in [RECIPE, *RECIPE.parent.glob("starter_recipe/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    known = {"torch", "diffusers", "transformers", "open_clip", "tokenizers", "safetensors",
             "numpy", "PIL", "starter_recipe"}
    assert found <= known | set(sys.stdlib_module_names)
