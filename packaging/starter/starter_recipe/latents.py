"""Cache what the UNet trains on: latents, word sequences and CLIP embeddings, all in float16."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from diffusers import AutoencoderTiny
from torch import nn

from starter_recipe import RECIPE_VERSION
from starter_recipe.clip import embed_pictures, embed_texts, load_clip, to_transformers, tokens_of
from starter_recipe.pictures import make_renderer, scene_list, to_unit
from starter_recipe.scenes import Scene, World, sample_scene, world
from starter_recipe.settings import Places, best_device, training_math
from starter_recipe.training import fingerprint, load_state, save_atomically
from starter_recipe.vae import load_vae

CHUNK = 250
FIRST_SEED = 1_000_000  # Other scenes than those of the VAE and CLIP stages.


@dataclass
class LatentSet:
    """N training examples; all tensors float16 on one device."""

    latents: torch.Tensor  # [N, 8, h, w], unit variance
    words: torch.Tensor  # [N, 77, D], the text tower's last hidden states
    nothing: torch.Tensor  # [77, D], those of the empty prompt
    picture_embeds: torch.Tensor  # [N, D], unit length
    text_embeds: torch.Tensor  # [N, D], unit length
    weights: torch.Tensor  # [N], how often each is picked, relative to the others

    def to(self, device: torch.device) -> LatentSet:
        """Move everything to a device."""
        return LatentSet(*(t.to(device) for t in (
            self.latents, self.words, self.nothing, self.picture_embeds, self.text_embeds,
            self.weights)))


@torch.inference_mode()
def latent_scale(vae: AutoencoderTiny, pictures: torch.Tensor) -> float:
    """Measure what latents must be multiplied with to have unit variance."""
    device = next(vae.parameters()).device
    return float(1 / vae.encoder(to_unit(pictures, device)).float().std())


def unet_scenes(places: Places) -> list[Scene]:
    """Draw up the training scenes: the usual mixture, then more pairs and counts."""
    setting = places.setting
    w = world(setting.name)
    kinds = ["count" if i % 5 == 4 else "pair" for i in range(setting.more_latents)]
    return scene_list(w, setting.latents, first=FIRST_SEED) + [
        sample_scene(w, FIRST_SEED + i, kind=kind) for i, kind in enumerate(kinds)]


def _cached(places: Places, name: str, model: nn.Module,
            make: Callable[[], dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Read a cache, or make it when there is none or its model or scenes have changed."""
    path = places.work / f"{name}.pt"
    setting = places.setting
    made_from = fingerprint(model, RECIPE_VERSION, setting.name, setting.latents,
                            setting.more_latents)
    saved = load_state(path)
    if saved is None or saved.pop("made_from", None) != made_from:
        saved = make()
        save_atomically(saved | {"made_from": made_from}, path)
    return saved


@torch.inference_mode()
def encode_pictures(places: Places) -> dict[str, torch.Tensor]:
    """Draw the UNet's training set and encode it with the VAE; cached. "scale" is in it too."""
    vae = load_vae(places)

    def make() -> dict[str, torch.Tensor]:
        device, scenes, renderer = best_device(), unet_scenes(places), make_renderer(places)
        scale = latent_scale(vae, renderer.draw(scenes[:CHUNK]))
        parts = []
        for i in range(0, len(scenes), CHUNK):
            pictures = to_unit(renderer.draw(scenes[i : i + CHUNK]), device)
            with training_math(device):
                latents = vae.encoder(pictures) * scale
            parts.append(latents.half().cpu().contiguous())
        return {"latents": torch.cat(parts), "scale": torch.tensor(scale)}

    return _cached(places, "latents", vae.encoder, make)


@torch.inference_mode()
def encode_words(places: Places) -> dict[str, torch.Tensor]:
    """Encode the same scenes' captions with the text tower; cached."""
    clip, tokenizer = load_clip(places)
    device = best_device()
    tower = to_transformers(clip, tokenizer).to(device)

    def make() -> dict[str, torch.Tensor]:
        texts, parts = [scene.caption for scene in unet_scenes(places)], []
        for i in range(0, len(texts), CHUNK):
            with training_math(device):
                hidden = tower(tokens_of(tokenizer, texts[i : i + CHUNK]).to(device))
            parts.append(hidden.last_hidden_state.half().cpu())
        nothing = tower(tokens_of(tokenizer, [""]).to(device)).last_hidden_state[0]
        return {"words": torch.cat(parts), "nothing": nothing.half().cpu()}

    return _cached(places, "words", tower, make)


@torch.inference_mode()
def encode_embeddings(places: Places) -> dict[str, torch.Tensor]:
    """Embed the same scenes' pictures and captions in the CLIP space; cached."""
    clip, tokenizer = load_clip(places)

    def make() -> dict[str, torch.Tensor]:
        device, scenes, renderer = best_device(), unet_scenes(places), make_renderer(places)
        pictures = []
        for i in range(0, len(scenes), CHUNK):
            with training_math(device):
                pictures.append(embed_pictures(clip, renderer.draw(scenes[i : i + CHUNK])))
        with training_math(device):
            texts = embed_texts(clip, tokenizer, [scene.caption for scene in scenes])
        return {"picture_embeds": torch.cat(pictures).half(), "text_embeds": texts.half()}

    return _cached(places, "embeddings", clip, make)


def cache_latents(places: Places) -> LatentSet:
    """Return the UNet's training set, drawing and encoding what is not cached yet."""
    latents = encode_pictures(places)["latents"]
    w = world(places.setting.name)
    weights = torch.tensor([pick_weight(w, scene) for scene in unet_scenes(places)])
    return LatentSet(latents=latents, weights=weights, **encode_words(places),
                     **encode_embeddings(places))


def pick_weight(w: World, scene: Scene) -> float:
    """Weigh a scene for the UNet: sizes more, heads, which it learns soonest, less."""
    if scene.size_word:
        return 2.5
    if scene.kind == "single" and scene.objects[0] in w.heads:
        return 0.6
    return 0.8 if scene.kind == "headgear" else 1.0


def saved_scale(places: Places) -> float:
    """Return the VAE's scaling factor as measured when the latents were cached."""
    return float(encode_pictures(places)["scale"])
