"""The model that ships: a plain diffusers pipeline loads it offline and paints with it."""

from __future__ import annotations

import json
from pathlib import Path

import open_clip
import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file

STEPS = 3
MAX_BYTES = 36_000_000
MAX_SHARD_BYTES = 15 * 1024 * 1024


@pytest.fixture(scope="module")
def pipe(starter_model: Path) -> StableDiffusionPipeline:
    loaded = StableDiffusionPipeline.from_pretrained(
        str(starter_model), local_files_only=True, use_safetensors=True, dtype=torch.float32)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def paint(pipe: StableDiffusionPipeline, **inputs: object) -> torch.Tensor:
    images = pipe(num_inference_steps=STEPS, output_type="pt",
                  generator=torch.Generator().manual_seed(5), guidance_scale=4.0, **inputs).images
    return images[0]


@pytest.mark.parametrize("prompt", ["a cat in the desert", "", "quixotic zeppelin 日本 🦄"])
def test_paints_a_finite_picture_for_any_prompt(pipe: StableDiffusionPipeline,
                                                prompt: str) -> None:
    picture = paint(pipe, prompt=prompt)
    assert torch.isfinite(picture).all()
    assert float(picture.std()) > 0.02


def test_words_change_the_picture(pipe: StableDiffusionPipeline) -> None:
    first, second = (paint(pipe, prompt=p) for p in ("a cat", "a rocket in the night sky"))
    assert float((first - second).abs().mean()) > 0.02


def test_an_embedding_as_78th_position_changes_the_picture(pipe: StableDiffusionPipeline,
                                                           starter_model: Path) -> None:
    weight = load_file(starter_model / "clip_projection" / "model.safetensors")["weight"].float()
    width = pipe.unet.config.cross_attention_dim
    assert weight.shape == (width, width)
    tokens = pipe.tokenizer([""], padding="max_length", max_length=77, return_tensors="pt")
    with torch.inference_mode():
        words = pipe.text_encoder(tokens.input_ids).last_hidden_state
    directions = torch.nn.functional.normalize(
        torch.randn(2, width, generator=torch.Generator().manual_seed(0)), dim=-1)
    zero = torch.cat([words, torch.zeros(1, 1, width)], 1)
    pictures = [paint(pipe, negative_prompt_embeds=zero,
                      prompt_embeds=torch.cat([words, (d[None] @ weight.T)[:, None]], 1))
                for d in directions]
    assert float((pictures[0] - pictures[1]).abs().mean()) > 0.01


def test_text_encoder_is_the_open_clip_text_tower(pipe: StableDiffusionPipeline,
                                                  starter_model: Path) -> None:
    clip = open_clip.create_model(f"local-dir:{starter_model / 'open_clip'}").eval()
    ids = pipe.tokenizer(["a cat wearing a crown", "hat", ""], padding="max_length",
                         max_length=77, return_tensors="pt").input_ids
    with torch.inference_mode():
        pooled = pipe.text_encoder(ids).pooler_output @ clip.text_projection
        assert torch.allclose(pooled, clip.encode_text(ids), atol=1e-4)


def test_latents_have_about_unit_variance(pipe: StableDiffusionPipeline) -> None:
    gray = torch.zeros(1, 3, 128, 128)
    gray[..., 32:96, 32:96] = 0.8
    with torch.inference_mode():
        latents = pipe.vae.encode(gray).latents * pipe.vae.config.scaling_factor
    assert latents.shape == (1, 8, 16, 16)
    assert 0.2 < float(latents.std()) < 3


def test_files_are_light_and_only_safetensors(starter_model: Path) -> None:
    files = [f for f in starter_model.rglob("*") if f.is_file()]
    assert sum(f.stat().st_size for f in files) <= MAX_BYTES
    assert max(f.stat().st_size for f in files) <= MAX_SHARD_BYTES
    assert not [f for f in files if f.suffix in (".bin", ".pt", ".ckpt", ".pkl")]


def test_studio_json_says_what_the_studio_needs(starter_model: Path) -> None:
    defaults = json.loads((starter_model / "studio.json").read_text(encoding="utf-8"))
    assert defaults["native_size"] in (128, 256)
    assert len(defaults["example_prompts"]) == 6
    assert defaults["guidance_scale"] > 1
