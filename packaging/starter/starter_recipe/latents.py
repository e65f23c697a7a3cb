"""Cache what the UNet trains on: latents, word sequences and CLIP embeddings, all in float16."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import AutoencoderTiny

from starter_recipe.clip import embed_pictures, embed_texts, load_clip, to_transformers, tokens_of
from starter_recipe.pictures import make_renderer, scene_list, to_unit
from starter_recipe.scenes import Scene, world
from starter_recipe.settings import Places, best_device, training_math
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

    def to(self, device: torch.device) -> LatentSet:
        """Move everything to a device."""
        return LatentSet(*(t.to(device) for t in (
            self.latents, self.words, self.nothing, self.picture_embeds, self.text_embeds)))


@torch.inference_mode()
def latent_scale(vae: AutoencoderTiny, pictures: torch.Tensor) -> float:
    """Measure what latents must be multiplied with to have unit variance."""
    device = next(vae.parameters()).device
    return float(1 / vae.encoder(to_unit(pictures, device)).float().std())


def _scenes(places: Places) -> list[Scene]:
    return scene_list(world(places.setting.name), places.setting.latents, first=FIRST_SEED)


@torch.inference_mode()
def encode_pictures(places: Places) -> dict[str, torch.Tensor]:
    """Draw the UNet's training set and encode it with the VAE; cached. "scale" is in it too."""
    path = places.work / "latents.pt"
    if path.exists():
        saved: dict[str, torch.Tensor] = torch.load(path, weights_only=True)
        return saved
    device, scenes = best_device(), _scenes(places)
    vae, renderer = load_vae(places), make_renderer(places)
    scale = latent_scale(vae, renderer.draw(scenes[:CHUNK]))
    parts = []
    for i in range(0, len(scenes), CHUNK):
        pictures = to_unit(renderer.draw(scenes[i : i + CHUNK]), device)
        with training_math(device):
            latents = vae.encoder(pictures) * scale
        parts.append(latents.half().cpu().contiguous())
    encoded = {"latents": torch.cat(parts), "scale": torch.tensor(scale)}
    torch.save(encoded, path)
    return encoded


@torch.inference_mode()
def encode_conditions(places: Places) -> dict[str, torch.Tensor]:
    """Encode the same scenes' captions and pictures with the CLIP; cached."""
    path = places.work / "conditions.pt"
    if path.exists():
        saved: dict[str, torch.Tensor] = torch.load(path, weights_only=True)
        return saved
    device, scenes, renderer = best_device(), _scenes(places), make_renderer(places)
    clip, tokenizer = load_clip(places)
    text_tower = to_transformers(clip, tokenizer).to(device)
    parts: dict[str, list[torch.Tensor]] = {"words": [], "picture_embeds": [], "text_embeds": []}
    for i in range(0, len(scenes), CHUNK):
        chunk = scenes[i : i + CHUNK]
        texts = [scene.caption for scene in chunk]
        with training_math(device):
            tokens = tokens_of(tokenizer, texts).to(device)
            parts["words"].append(text_tower(tokens).last_hidden_state.half().cpu())
            parts["picture_embeds"].append(embed_pictures(clip, renderer.draw(chunk)).half())
            parts["text_embeds"].append(embed_texts(clip, tokenizer, texts).half())
    nothing = text_tower(tokens_of(tokenizer, [""]).to(device)).last_hidden_state[0]
    conditions = {name: torch.cat(chunks) for name, chunks in parts.items()}
    conditions["nothing"] = nothing.half().cpu()
    torch.save(conditions, path)
    return conditions


def cache_latents(places: Places) -> LatentSet:
    """Return the UNet's training set, drawing and encoding what is not cached yet."""
    latents = encode_pictures(places)["latents"]
    return LatentSet(latents=latents, **encode_conditions(places))


def saved_scale(places: Places) -> float:
    """Return the VAE's scaling factor as measured when the latents were cached."""
    return float(encode_pictures(places)["scale"])
