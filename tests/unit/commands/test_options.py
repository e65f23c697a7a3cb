"""Options become a request: the model's defaults, then the picture's, then what was typed."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import pytest
from PIL import Image

from studio.commands.options import add_request_options, request_from
from studio.engine.errors import InvalidRequest, ModelNotFound, StudioError
from studio.engine.models.catalog import ModelInfo
from studio.engine.request import GenerationRequest
from studio.library.metadata import write_png
from tests.fakes import picture

DREAM = ModelInfo(id="dream", name="Dream", path=Path("models/dream"), family="sd", native_size=256,
                  defaults={"steps": 12, "sampler": "Euler", "guidance_scale": 4.0,
                            "colour": "green"})  # fmt: skip
STARTER = ModelInfo(id="starter", name="Starter", path=Path("models/starter"), native_size=128)
BROKEN = ModelInfo(id="broken", name="Broken", path=Path("x"), problem="It is truncated.")


class Engine:
    def __init__(self, *infos):
        self.infos = infos

    def models(self):
        return list(self.infos)

    def loras(self):
        return [ModelInfo(id=name, name=name, path=Path(f"models/{name}.safetensors"), kind="lora")
                for name in "ab"]  # fmt: skip


def ask(*argv, engine=None, base=None, **more):
    parser = argparse.ArgumentParser()
    add_request_options(parser)
    engine = engine or Engine(BROKEN, DREAM, STARTER)
    return request_from(parser.parse_args(argv), engine, base, **more)


def test_the_starter_is_the_default():
    assert ask().model == "starter"
    assert ask(engine=Engine(BROKEN, DREAM)).model == "dream"


def test_the_models_own_defaults():
    request = ask("--model", "dream", prompt="a fox")
    assert (request.steps, request.sampler, request.guidance_scale) == (12, "Euler", 4.0)
    assert (request.width, request.height, request.prompt) == (256, 256, "a fox")


def test_every_option():
    request = ask(
        "--negative", "blur", "--steps", "9", "--cfg", "3.5", "--cfg-start", "0.1", "--cfg-end",
        "0.9", "--rescale", "0.2", "--seed", "7", "--variation-seed", "8", "--variation-strength",
        "0.3", "--eta", "inf", "--noise", "0", "--noise-seed", "5", "--sampler", "ddim",
        "--schedule", "KARRAS", "--size", "320x192", "--lora", "a:0.5", "--lora", "b",
    )  # fmt: skip
    assert request == GenerationRequest(
        model="starter", negative_prompt="blur", steps=9, guidance_scale=3.5, guidance_start=0.1,
        guidance_end=0.9, guidance_rescale=0.2, seed=7, variation_seed=8, variation_strength=0.3,
        eta=math.inf, noise=0.0, noise_seed=5, sampler="DDIM", schedule="karras", width=320,
        height=192, loras=(("a", 0.5), ("b", 1.0)),
    )  # fmt: skip


def test_the_settings_of_a_picture(tmp_path):
    made = GenerationRequest(prompt="a fox", model="dream", seed=9, steps=3, width=64, height=64)
    (tmp_path / "a.png").write_bytes(write_png(picture(), made))
    request = ask("--settings", str(tmp_path / "a.png"), "--steps", "5")
    assert request == made.edit(steps=5)


def test_a_picture_without_settings(tmp_path):
    (tmp_path / "a.png").write_bytes(write_png(picture()))
    with pytest.raises(StudioError, match=r"a\.png holds no settings"):
        ask("--settings", str(tmp_path / "a.png"))


def test_a_base_is_kept_but_for_what_was_typed():
    base = GenerationRequest(model="dream", prompt="a fox", seed=3, sampler="UniPC")
    assert ask("--cfg", "2", base=base) == base.edit(guidance_scale=2.0)


@pytest.mark.parametrize(
    ("argv", "field"),
    [(["--sampler", "Bogus"], "sampler"), (["--schedule", "x"], "schedule"),
     (["--size", "130x128"], "width"), (["--steps", "0"], "steps"), (["--seed", "-2"], "seed"),
     (["--size", "0x0"], "width"), (["--noise-seed", "-1"], "noise_seed"),
     (["--lora", "a:nan"], "loras"), (["--cfg", "inf"], "guidance_scale"),
     (["--cfg", "nan"], "guidance_scale"), (["--eta", "-1"], "eta")],
)  # fmt: skip
def test_what_cannot_be_run_is_named(argv, field):
    with pytest.raises(InvalidRequest) as refused:
        ask(*argv)
    assert refused.value.field == field
    assert refused.value.hint


@pytest.mark.parametrize(
    ("typed", "meant"), [("euler ancestral", "Euler a"), ("dpm++2m", "DPM++ 2M"), ("dimm", "DDIM")]
)
def test_a_near_miss_is_guessed(typed, meant):
    with pytest.raises(InvalidRequest) as refused:
        ask("--sampler", typed)
    assert f"Did you mean “{meant}”?" in refused.value.hint
    with pytest.raises(InvalidRequest) as refused:
        ask("--sampler", "zzzzzzz")
    assert "mean" not in refused.value.hint


def test_a_strangers_picture_leaves_the_rest_to_the_models_defaults(tmp_path):
    (tmp_path / "a.txt").write_text("a fox\nSteps: 30, Sampler: Euler a, Seed: 9, Model: dream")
    Image.fromarray(picture(8, 8)).save(tmp_path / "a.png")
    request = ask("--settings", str(tmp_path / "a.png"))
    assert (request.prompt, request.steps, request.seed) == ("a fox", 30, 9)
    assert (request.width, request.height, request.guidance_scale) == (256, 256, 4.0)


def test_a_picture_without_a_seed_gets_one(tmp_path):
    (tmp_path / "a.txt").write_text("a fox\nSteps: 30, Sampler: Euler a, CFG scale: 3")
    Image.fromarray(picture(8, 8)).save(tmp_path / "a.png")
    assert len({ask("--settings", str(tmp_path / "a.png")).seed for _ in range(2)}) == 2


def test_files_of_this_folder_are_named_so_that_any_folder_finds_them(tmp_path, monkeypatch):
    (tmp_path / "own.safetensors").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    request = ask("--model", "own.safetensors", "--lora", "./own.safetensors:0.5")
    whole = str(tmp_path / "own.safetensors")
    assert (request.model, request.loras) == (whole, ((whole, 0.5),))


@pytest.mark.parametrize("name", ["~nosuchuser/x", "x" * 300, "a\0b", ""])
def test_a_path_that_cannot_be_is_no_model_and_no_lora(name):
    with pytest.raises(ModelNotFound, match="There is no model"):
        ask(base=GenerationRequest(model=name or "nowhere"))
    with pytest.raises(ModelNotFound, match="There is no LoRA"):
        ask("--lora", f"{name}:1")


def test_an_unknown_model():
    with pytest.raises(ModelNotFound, match="nowhere"):
        ask("--model", "nowhere")
