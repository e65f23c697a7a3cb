"""Every stage of the recipe runs for a few steps on the tiny setting, and goes on from there."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import open_clip
import pytest
import torch
from diffusers import StableDiffusionPipeline
from starter_recipe import clip, stages, unet
from starter_recipe.evaluate import accuracy
from starter_recipe.export import export_model
from starter_recipe.finder import train_finder
from starter_recipe.judge import Judge, train_judge
from starter_recipe.latents import cache_latents, encode_pictures
from starter_recipe.layout_scores import held_out_scenes, plain_prompt
from starter_recipe.pictures import training_pictures
from starter_recipe.scenes import world
from starter_recipe.settings import SETTINGS, Places
from starter_recipe.tokenizer import build_tokenizer, save_tokenizer
from starter_recipe.training import (
    Course,
    Length,
    load_state,
    rate_factor,
    save_atomically,
    save_text,
)
from starter_recipe.unet import train_unet
from starter_recipe.vae import held_out_psnr, load_vae, train_vae

MOMENT = Length(plan_minutes=1.0, run_minutes=0.004)


CACHES = ("pictures.pt", "latents.pt", "words.pt", "embeddings.pt", "tokenizer")


class Stopped(BaseException):
    """The process was killed here."""


def saving_until(last: int) -> object:
    """Replace Course._save: the checkpoint is written, then nothing more happens."""
    save = Course._save

    def save_and_stop(self: Course) -> None:
        save(self)
        if self.step == last:
            raise Stopped

    return save_and_stop


@pytest.fixture(scope="module")
def places(tiny_run: Path) -> Places:
    """A run of the tiny setting through every training stage."""
    setting = replace(SETTINGS["tiny"], pictures=24, latents=16, more_latents=8)
    made = Places(tiny_run, setting)
    save_tokenizer(build_tokenizer(made.sprites, setting.vocabulary), made.work / "tokenizer")
    for train in (train_vae, clip.train_clip, train_unet, train_judge, train_finder):
        train(made, MOMENT)
    return made


@pytest.fixture(scope="module")
def model(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported folder of the tiny run."""
    folder = tmp_path_factory.mktemp("model") / "starter"
    export_model(places, folder)
    return folder


@pytest.mark.parametrize(("stage", "train"), [
    ("vae", train_vae), ("clip", clip.train_clip), ("unet", train_unet), ("judge", train_judge),
    ("finder", train_finder)])
def test_a_stage_goes_on_from_its_checkpoint(places: Places, stage: str, train: object) -> None:
    before = load_state(places.checkpoint(stage))
    assert before is not None
    assert before["step"] >= 1
    train(places, MOMENT)
    after = load_state(places.checkpoint(stage))
    assert after is not None
    assert after["step"] > before["step"]
    assert after["seconds"] > before["seconds"]


def test_a_finished_plan_trains_no_further(places: Places) -> None:
    before = load_state(places.checkpoint("judge"))
    train_judge(places, Length(plan_minutes=before["seconds"] / 60))
    after = load_state(places.checkpoint("judge"))
    assert after["step"] == before["step"]


def test_sharpening_the_decoder_keeps_the_latents(places: Places) -> None:
    train_vae(places, MOMENT, decoder_only=True)
    before = load_state(places.checkpoint("vae"))["model"]
    after = load_state(places.checkpoint("decoder"))["model"]
    same = {key: torch.equal(before[key], after[key]) for key in before}
    assert all(value for key, value in same.items() if key.startswith("encoder"))
    assert not all(value for key, value in same.items() if key.startswith("decoder"))
    assert held_out_psnr(places, 20) > 3


def test_a_vae_trained_further_is_not_hidden_by_its_old_decoder(
        places: Places, tmp_path: Path) -> None:
    own = Places(tmp_path, places.setting)
    (own.out / "sprites.zip").symlink_to(places.sprites)
    run = stages.Run(own, Namespace(plan_minutes=1.0, minutes=None, steps=1, save_minutes=2.0),
                     print)
    for steps in (1, 2):
        train_vae(own, Length(1.0, plan_steps=steps))
        assert not stages.STAGES["decoder"].is_done(run)
        encoder = load_state(own.checkpoint("vae"))["model"]["encoder.layers.0.weight"]
        assert torch.equal(load_vae(own).state_dict()["encoder.layers.0.weight"].cpu(), encoder)
        train_vae(own, Length(1.0, plan_steps=1), decoder_only=True)
        assert stages.STAGES["decoder"].is_done(run)
        sharpened = load_state(own.checkpoint("decoder"))
        assert torch.equal(sharpened["model"]["encoder.layers.0.weight"], encoder)
        assert sharpened["step"] == 1


def test_a_checkpoint_is_on_the_disk_before_it_gets_its_name(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut after the renaming must not leave an empty file under the good name."""
    done: list[str] = []
    sync, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: done.append("sync") or sync(file))
    monkeypatch.setattr(os, "replace", lambda *paths: done.append("name") or rename(*paths))
    save_atomically({"step": 3}, tmp_path / "a.ckpt.pt")
    save_text("told", tmp_path / "a.json")
    assert done == ["sync", "name"] * 2
    assert load_state(tmp_path / "a.ckpt.pt") == {"step": 3}
    assert (tmp_path / "a.json").read_text() == "told"


def test_caches_are_reused(places: Places) -> None:
    first, _ = training_pictures(places)
    again, _ = training_pictures(places)
    assert torch.equal(first, again)
    data = cache_latents(places)
    assert data.latents.shape == (24, 8, 16, 16)
    assert data.words.shape[1:] == (77, SETTINGS["tiny"].clip_width)
    assert 0.7 < float(data.latents.float().std()) < 1.4
    assert torch.allclose(data.picture_embeds.float().norm(dim=-1), torch.ones(24), atol=1e-2)


@pytest.mark.parametrize(("stage", "train"), [
    ("vae", train_vae), ("clip", clip.train_clip), ("unet", train_unet), ("judge", train_judge),
    ("finder", train_finder)])
def test_a_stopped_run_draws_and_learns_what_an_unstopped_one_does(
        places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str,
        train: object) -> None:
    cache_latents(places)
    weights = []
    for stops in ((), (1, 2)):
        again = Places(tmp_path / str(len(stops)), places.setting)
        for name in (*CACHES, "vae.ckpt.pt", "clip.ckpt.pt", "judge.ckpt.pt"):
            if name != f"{stage}.ckpt.pt":
                (again.work / name).symlink_to(places.work / name)
        (again.out / "sprites.zip").symlink_to(places.sprites)
        for stop in stops:
            with monkeypatch.context() as patch:
                patch.setattr(Course, "_save", saving_until(stop))
                with pytest.raises(Stopped):
                    train(again, Length(1.0, plan_steps=3, save_minutes=0))
        train(again, Length(1.0, plan_steps=3))
        weights.append(load_state(again.checkpoint(stage)))
    assert weights[0]["step"] == weights[1]["step"] == 3
    for key, value in weights[0]["model"].items():
        assert torch.equal(value, weights[1]["model"][key]), key


def test_caches_are_made_anew_when_what_they_come_from_has_changed(
        places: Places, tmp_path: Path) -> None:
    own = Places(tmp_path, replace(places.setting, latents=16))
    (own.out / "sprites.zip").symlink_to(places.sprites)
    state = load_state(places.checkpoint("vae"))
    torch.save(state, own.checkpoint("vae"))
    first = encode_pictures(own)["latents"]
    written = (own.work / "latents.pt").stat().st_mtime_ns
    assert torch.equal(encode_pictures(own)["latents"], first)
    assert (own.work / "latents.pt").stat().st_mtime_ns == written
    fewer = Places(tmp_path, replace(own.setting, latents=12))
    assert len(encode_pictures(fewer)["latents"]) == 20
    state["model"] = {name: value * 1.5 for name, value in state["model"].items()}
    torch.save(state, own.checkpoint("vae"))
    assert not torch.equal(encode_pictures(own)["latents"], first)


def test_text_towers_are_equal_in_open_clip_and_transformers(places: Places, model: Path) -> None:
    own, tokenizer = clip.load_clip(places)
    tokens = clip.tokens_of(tokenizer, ["a cat", "", "zzz 日本", "a cat wearing a hat"])
    tower = clip.to_transformers(own, tokenizer)
    with torch.inference_mode():
        whole = own.encode_text(tokens)
        pooled = tower(tokens).pooler_output @ own.text_projection
        short = clip.encode_text_short(own, tokens)
    assert torch.allclose(whole, pooled, atol=1e-5)
    assert torch.allclose(whole, short, atol=1e-5)
    loaded = open_clip.create_model(f"local-dir:{model / 'open_clip'}")
    with torch.inference_mode():
        assert torch.allclose(loaded.encode_text(tokens), whole, atol=2e-2)


def test_export_is_a_stock_folder_and_can_be_repeated(places: Places, model: Path) -> None:
    (model / "README.md").write_text("kept")
    export_model(places, model)
    assert (model / "README.md").read_text() == "kept"
    assert not list(model.parent.glob("*.part"))
    assert json.loads((model / "studio.json").read_text())["native_size"] == 128
    pipe = StableDiffusionPipeline.from_pretrained(str(model), local_files_only=True,
                                                   use_safetensors=True, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    picture = pipe("a cat", num_inference_steps=2, output_type="np",
                   generator=torch.Generator().manual_seed(0)).images[0]
    assert picture.shape == (128, 128, 3)


def test_training_batches_mix_words_and_embeddings(places: Places) -> None:
    torch.manual_seed(0)
    batch = unet.draw_batch(cache_latents(places), 400)
    lengths = batch.embedding.norm(dim=-1)
    assert set(lengths.round(decimals=3).tolist()) == {0.0, 1.0}
    assert 120 < int(batch.has_position.sum()) < 280
    nothing = cache_latents(places).nothing.float()
    empty = (batch.words == nothing).flatten(1).all(1)
    assert 40 < int(empty.sum()) < 180


def test_rates_rise_hold_and_fall() -> None:
    assert rate_factor(0, 0.0) < 0.01
    assert rate_factor(1000, 0.3) == 1.0
    assert rate_factor(1000, 1.0) == pytest.approx(0.02)
    state = {"step": 4, "seconds": 61.0}
    assert Course(Length(1.0), 0, state, print).is_over
    assert not Course(Length(2.0), 0, state, print).is_over
    assert not Course(Length(1.0, plan_steps=5), 0, state, print).is_over
    assert Course(Length(1.0, plan_steps=4), 0, state, print).is_over
    assert Course(Length(2.0, deadline=0.0), 0, state, print).is_over


def test_accuracy_counts_what_the_judge_names() -> None:
    w = world("tiny")
    scenes = held_out_scenes("tiny", "headgear", 2)

    class Sure(Judge):
        def look(self, pictures: torch.Tensor) -> object:
            from starter_recipe.judge import Verdict

            first = scenes[0]
            objects = torch.zeros(2, len(self.subjects))
            objects[:, self.subjects.index(first.objects[0])] = 1
            return Verdict(objects, [first.headgear, "?"], [first.backdrop, "?"])

    judged = accuracy(Sure(w), scenes, torch.zeros(2, 3, 8, 8, dtype=torch.uint8))
    assert judged["headgear"] == judged["backdrop"] == 50.0
    assert " wearing a" in plain_prompt(scenes[0])
