"""`studio fork` on tiny models: exact where nothing changes, different where something does."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from PIL import Image

from studio import cli
from studio.engine.engine import Engine
from studio.engine.sampler_table import SAMPLERS
from studio.library.compare import parting
from studio.library.takes import load_take
from tests import tiny_models

STEPS = 5


@cache
def engine() -> Engine:
    """One engine for all tests here, so that a model is loaded once."""
    return Engine([tiny_models.root()], "cpu")


@pytest.fixture(autouse=True)
def _one_engine(monkeypatch):
    monkeypatch.setattr(cli.Headless, "engine", lambda self: engine())


def studio(*words) -> int:
    return cli.main([str(word) for word in words])


def pixels(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).copy()


def make(folder, kind="sd", **options):
    extra = [w for name, value in options.items() for w in (f"--{name}", value)]
    assert studio("generate", "a red fox", "--model", tiny_models.folder(kind), "--steps", STEPS,
                  "--seed", 5, "--cfg", 3, "--size", "64x64", "--out", folder / "a.png",
                  "--take", folder / "a.take", *extra) == 0  # fmt: skip
    return folder / "a.take"


@pytest.mark.parametrize("kind", ["sd", "sdxl"])
@pytest.mark.parametrize("sampler", list(SAMPLERS))
def test_unchanged_forks_have_the_same_bytes(tmp_path, home, sampler, kind):
    take = make(tmp_path, kind, sampler=sampler)
    for step in (1, STEPS) if kind == "sdxl" else (1, 3, STEPS):
        out = tmp_path / f"f{step}"
        assert studio("fork", take, "--step", step, "--out", f"{out}.png", "--take",
                      f"{out}.take") == 0  # fmt: skip
        assert (pixels(f"{out}.png") == pixels(tmp_path / "a.png")).all()
        whole, fork = load_take(take), load_take(out.with_suffix(".take"))
        assert parting(whole.steps, fork.steps) is None
        assert fork.steps[0].index == step - 1
        assert fork.parent == (whole.id, step - 1)


@pytest.mark.parametrize(
    "changes",
    [
        ("--prompt", "a blue whale"), ("--negative", "red"), ("--cfg", 9), ("--cfg", 1),
        ("--sampler", "ddpm"), ("--remaining", 4), ("--cfg-from", 4), ("--cfg-to", 3),
        ("--schedule", "karras"), ("--sampler", "DDPM, noise removed"),
    ],
)  # fmt: skip
def test_a_change_parts_from_that_step_on(tmp_path, home, changes):
    take = make(tmp_path)
    assert studio("fork", take, "--step", 3, *changes, "--out", tmp_path / "f.png", "--take",
                  tmp_path / "f.take") == 0  # fmt: skip
    whole, fork = load_take(take), load_take(tmp_path / "f.take")
    assert (fork.steps[0].x.numpy() == whole.steps[2].x.numpy()).all()
    assert (pixels(tmp_path / "f.png") != pixels(tmp_path / "a.png")).any()


def test_noise_can_be_drawn_anew_from_here_on(tmp_path, home):
    take = make(tmp_path, sampler="Euler a")
    seen = set()
    for seed in (1, 2):
        assert studio("fork", take, "--step", 3, "--noise-seed", seed, "--out",
                      tmp_path / f"{seed}.png") == 0  # fmt: skip
        seen.add(pixels(tmp_path / f"{seed}.png").tobytes())
    assert len(seen) == 2


def test_without_out_it_goes_into_the_library_and_the_picture_names_the_take(
    tmp_path, home, capsys
):
    assert studio("generate", "a fox", "--model", tiny_models.folder(), "--steps", 4, "--seed", 1,
                  "--size", "64x64", "--json") == 0  # fmt: skip
    first = json.loads(capsys.readouterr().out)
    assert studio("fork", first["path"], "--step", 2, "--prompt", "an owl", "--json") == 0
    second = json.loads(capsys.readouterr().out)
    assert second["step"] == 2
    # A fork of the fork before its own first step is found through the library.
    assert studio("fork", second["path"], "--step", 1, "--json") == 0
    third = json.loads(capsys.readouterr().out)
    assert (pixels(third["path"]) == pixels(first["path"])).all()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--step", 0], "counted from 1"), (["--step", 99], "no step 99"),
        (["--step", STEPS + 1], "finished here"), ([], "finished here"),
        (["--step", 2, "--sampler", "magic"], "no sampler"),
        (["--step", 3, "--steps", 2], "over before step 3"),
    ],
)  # fmt: skip
def test_the_impossible_is_told_in_words(tmp_path, home, capsys, words, told):
    take = make(tmp_path)
    assert studio("fork", take, *words, "--out", tmp_path / "f.png") in (1, 2)
    assert told in capsys.readouterr().err
    assert not (tmp_path / "f.png").exists()


def mask_of(folder, size=64):
    """White in the right half."""
    mask = np.zeros((size, size), np.uint8)
    mask[:, size // 2 :] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    return folder / "mask.png"


def test_a_mask_keeps_what_is_black_in_it(tmp_path, home):
    take, mask = make(tmp_path), mask_of(tmp_path)
    assert studio("fork", take, "--step", 2, "--prompt", "a blue whale", "--mask", mask, "--hard",
                  "--out", tmp_path / "f.png", "--take", tmp_path / "f.take") == 0  # fmt: skip
    before, after = pixels(tmp_path / "a.png"), pixels(tmp_path / "f.png")
    assert (after[:, :32] == before[:, :32]).all()
    assert (after[:, 40:] != before[:, 40:]).any()
    # The masked fork is a take like any other: it goes on exactly, with or without its picture.
    assert studio("fork", tmp_path / "f.take", "--step", 4, "--out", tmp_path / "g.png") == 0
    assert (pixels(tmp_path / "g.png") == after).all()
    assert studio("replay", tmp_path / "f.take") == 0
    other = Image.new("RGB", (64, 64), (9, 99, 199))
    other.save(tmp_path / "other.png")
    assert studio("fork", take, "--step", 2, "--mask", mask, "--image", tmp_path / "other.png",
                  "--out", tmp_path / "h.png") == 0  # fmt: skip
    assert (pixels(tmp_path / "h.png")[:, :32] == (9, 99, 199)).all()


def test_a_mask_of_another_picture_is_told(tmp_path, home, capsys):
    take = make(tmp_path)
    small, lonely = mask_of(tmp_path, 32), tmp_path / "b.take"
    lonely.write_bytes(take.read_bytes())
    for words, told in (
        ([take, "--mask", small], "mask"), ([lonely, "--mask", small], "no picture beside"),
        ([take, "--image", small], "--mask"), ([take, "--mask", tmp_path / "none.png"], "none.png"),
        ([take, "--mask", small, "--feather", -1], "feather"),
    ):  # fmt: skip
        assert studio("fork", *words, "--step", 2, "--out", tmp_path / "f.png") in (1, 2)
        assert told in capsys.readouterr().err
    assert not (tmp_path / "f.png").exists()


def test_a_hostile_take_is_refused(tmp_path, home, capsys):
    bad = tmp_path / "bad.take"
    bad.write_bytes(b"\xff" * 4000)
    assert studio("fork", bad, "--step", 1, "--out", tmp_path / "f.png") == 1
    assert "bad.take" in capsys.readouterr().err


def test_a_take_under_its_other_ending_is_opened_too(tmp_path, home, capsys):
    take = make(tmp_path)
    other = take.rename(tmp_path / "b.safetensors")
    assert studio("replay", other) == 0
    assert studio("fork", other, "--step", 2, "--out", tmp_path / "f.png") == 0
    assert studio("strip", other, "--out", tmp_path / "s.png") == 0


@pytest.mark.parametrize("name", ["", ".", "/", "~nosuchuser/a.take", "x" * 300])
@pytest.mark.parametrize("command", ["fork", "replay", "strip"])
def test_a_name_that_is_no_takes_is_told(tmp_path, home, capsys, command, name):
    extra = ["--out", tmp_path / "s.png"] if command == "strip" else []
    assert studio(command, name, *extra) in (1, 2)
    assert capsys.readouterr().err.startswith("studio: ")


def test_a_forks_new_prompt_is_read_as_the_window_reads_it(tmp_path, home, capsys):
    take = make(tmp_path)
    assert studio("fork", take, "--step", 2, "--prompt", "a cat <lora:gone:1>") == 2
    assert "no LoRA called gone" in capsys.readouterr().err
