"""Train the CLIP: an open_clip model whose text tower also conditions the UNet."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import open_clip
import torch
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from starter_recipe.catalogue import SYNONYMS
from starter_recipe.partial import (
    added_words,
    contrastive_loss,
    difference_loss,
    say,
    truth,
    with_and_without,
    world_words,
)
from starter_recipe.pictures import draw_all, make_renderer, training_pictures
from starter_recipe.scenes import world
from starter_recipe.settings import Places, Setting, best_device, training_math
from starter_recipe.sprites import load_keywords
from starter_recipe.tokenizer import CONTEXT, load_tokenizer
from starter_recipe.training import (
    Course,
    Length,
    load_state,
    restore_optimizer,
    save_atomically,
    set_rate,
)

RATE = 5e-4
HEAD_WIDTH = 64
PICTURE_PX = 128  # What the vision tower sees, whatever the picture's size.
PATCH_PX = 16
# Pictures are given to the vision tower as (x - 0.5) / 0.5, x in [0, 1].
MEAN = STD = (0.5, 0.5, 0.5)
LOG_EVERY = 100
SEED = 2


def clip_config(setting: Setting, vocabulary: int) -> dict[str, Any]:
    """Return the open_clip model configuration of a setting."""
    width = setting.clip_width
    head_width = min(HEAD_WIDTH, width)
    return {
        "embed_dim": width,
        "vision_cfg": {"image_size": PICTURE_PX, "layers": setting.vision_layers, "width": width,
                       "head_width": head_width, "patch_size": PATCH_PX},
        "text_cfg": {"context_length": CONTEXT, "vocab_size": vocabulary, "width": width,
                     "heads": width // head_width, "layers": setting.text_layers},
    }


def build_clip(setting: Setting, vocabulary: int) -> open_clip.CLIP:
    """Build the untrained model."""
    return open_clip.CLIP(**clip_config(setting, vocabulary))


def tokens_of(tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """Tokenise to int64 [N, 77], padded with the end token as diffusers pipelines do."""
    ids: torch.Tensor = tokenizer(texts, padding="max_length", max_length=CONTEXT,
                                  truncation=True, return_tensors="pt").input_ids
    return ids


def vision_input(pictures: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Turn uint8 pictures [N, 3, H, W] into the vision tower's input [N, 3, 128, 128]."""
    x = pictures.to(device).float().div(127.5).sub(1)
    if x.shape[-1] != PICTURE_PX:
        x = F.interpolate(x, (PICTURE_PX, PICTURE_PX), mode="bicubic", antialias=True)
    return x


def train_clip(places: Places, length: Length, log: Callable[[str], None] = print, *,
               keep_words: bool = False) -> None:
    """Train or go on training. keep_words: leave the text tower, so cached words stay right."""
    setting, device = places.setting, best_device()
    torch.manual_seed(SEED)
    tokenizer = load_tokenizer(places.work / "tokenizer")
    clip = build_clip(setting, len(tokenizer)).to(device)
    if keep_words:
        for part in (clip.transformer, clip.token_embedding, clip.ln_final):
            part.requires_grad_(False)
        clip.positional_embedding.requires_grad_(False)
    optimizer = torch.optim.AdamW(clip.parameters(), lr=RATE, betas=(0.9, 0.98),
                                  weight_decay=0.05, fused=True)
    state = load_state(places.checkpoint("clip"))
    if state:
        clip.load_state_dict(state["model"])
    restore_optimizer(optimizer, state)

    def save(progress: dict[str, Any]) -> None:
        save_atomically(progress | {"model": clip.state_dict(),
                                    "optimizer": optimizer.state_dict()},
                        places.checkpoint("clip"))

    course, batches = Course(length, SEED, state, save), Batches(places)
    for step in course:
        set_rate(optimizer, RATE * course.rate_factor)
        loss = _step(clip, tokenizer, batches.draw(setting.clip_batch, random.Random(step)))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(clip.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            clip.logit_scale.clamp_(0, 4.6052)  # At most 100, as in the paper.
        if step % LOG_EVERY == 0:
            log(f"clip {step} {course.seconds:.0f}s loss {loss.item():.4f} "
                f"scale {clip.logit_scale.exp().item():.1f}")


def _step(clip: open_clip.CLIP, tokenizer: CLIPTokenizer, batch: Batch) -> torch.Tensor:
    device = clip.logit_scale.device
    texts = [*batch.texts, *batch.words, *batch.others]
    with training_math(device):
        image = clip.encode_image(vision_input(batch.pictures, device))
        text = encode_text_short(clip, tokens_of(tokenizer, texts).to(device))
    image = F.normalize(image.float(), dim=-1)
    own, words, others = F.normalize(text.float(), dim=-1).split(
        [len(batch.texts), len(batch.words), len(batch.others)])
    scale = clip.logit_scale.exp()
    pairs = image[-2 * len(batch.named):]
    return contrastive_loss(image, own, others, scale, batch.true.to(device)) + difference_loss(
        pairs[::2], pairs[1::2], words, others, scale, batch.named.to(device))


@dataclass(frozen=True)
class Batch:
    """One contrastive batch: N pictures, the last of them P pairs with and without headgear."""

    pictures: torch.Tensor  # uint8 [N, 3, H, W]
    texts: list[str]  # one for each picture
    true: torch.Tensor  # [N, N], which texts are true of which pictures
    words: list[str]  # the world's plain words
    named: torch.Tensor  # [P, words], what each pair differs in
    others: list[str]  # words that name nothing in the world


class Batches:
    """Draws contrastive batches: random scenes, heads with and without headgear, other words."""

    def __init__(self, places: Places) -> None:
        """Draw or read what the batches are made of."""
        self.world = world(places.setting.name)
        self.pictures, self.scenes = training_pictures(places)
        self.pairs = with_and_without(self.world, max(8, places.setting.pictures // 10))
        flat = [scene for pair in self.pairs for scene in pair]
        self.pair_pictures = draw_all(make_renderer(places), flat)
        self.words = world_words(self.world)
        synonyms = [name for names in SYNONYMS.values() for name in names]
        own = {piece for text in (*self.words, *synonyms) for piece in text.split()}
        self.other_words = [text.lower() for text in load_keywords(places.sprites)
                            if text.isascii() and not own & set(text.lower().split())]

    def draw(self, size: int, rng: random.Random) -> Batch:
        """Draw a batch of `size` pictures, a third of them pairs."""
        pair_count = max(1, size // 6)
        alone = [rng.randrange(len(self.scenes)) for _ in range(size - 2 * pair_count)]
        chosen = [rng.randrange(len(self.pairs)) for _ in range(pair_count)]
        both = [2 * i + k for i in chosen for k in (0, 1)]
        scenes = [self.scenes[i] for i in alone] + [s for i in chosen for s in self.pairs[i]]
        said = [say(scene, rng) for scene in scenes]
        return Batch(
            pictures=torch.cat([self.pictures[alone], self.pair_pictures[both]]),
            texts=[text for text, _ in said],
            true=truth([stated for _, stated in said], scenes), words=self.words,
            named=added_words(self.world, [self.pairs[i][0] for i in chosen]),
            others=rng.sample(self.other_words, min(size, len(self.other_words))))


def encode_text_short(clip: open_clip.CLIP, tokens: torch.Tensor) -> torch.Tensor:
    """Encode only up to the batch's longest text: same result as 77 tokens, several times faster.

    tokens: int64 [N, 77], padded with the end token (the highest id). Returns [N, D], not unit.
    """
    ends = tokens.argmax(-1)
    length = int(ends.max()) + 1
    x = clip.token_embedding(tokens[:, :length]) + clip.positional_embedding[:length]
    x = clip.transformer(x, attn_mask=clip.attn_mask[:length, :length])
    x = clip.ln_final(x)
    pooled = x[torch.arange(len(x), device=x.device), ends]
    projected: torch.Tensor = pooled @ clip.text_projection
    return projected


def load_clip(places: Places) -> tuple[open_clip.CLIP, CLIPTokenizer]:
    """Return the trained model and its tokenizer."""
    tokenizer = load_tokenizer(places.work / "tokenizer")
    state = load_state(places.checkpoint("clip"))
    if state is None:
        raise SystemExit("No CLIP yet: run the clip stage first.")
    clip = build_clip(places.setting, len(tokenizer))
    clip.load_state_dict(state["model"])
    return clip.to(best_device()).eval().requires_grad_(False), tokenizer


def to_transformers(clip: open_clip.CLIP, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Copy the text tower into transformers' CLIPTextModel (same numbers, other names)."""
    weights = clip.state_dict()
    width = weights["ln_final.weight"].shape[0]
    blocks = clip.transformer.resblocks
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=width * 4,
        num_hidden_layers=len(blocks), num_attention_heads=blocks[0].attn.num_heads,
        max_position_embeddings=CONTEXT, hidden_act="gelu", projection_dim=width,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = CLIPTextModel(config)
    own = list(model.state_dict())
    prefix = "text_model." if own[0].startswith("text_model.") else ""
    model.load_state_dict({prefix + k: v for k, v in _renamed(weights, len(blocks)).items()},
                          strict=True)
    return model.eval().requires_grad_(False)


def _renamed(weights: dict[str, torch.Tensor], layers: int) -> dict[str, torch.Tensor]:
    out = {
        "embeddings.token_embedding.weight": weights["token_embedding.weight"],
        "embeddings.position_embedding.weight": weights["positional_embedding"],
        "final_layer_norm.weight": weights["ln_final.weight"],
        "final_layer_norm.bias": weights["ln_final.bias"],
    }
    names = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1",
             "mlp.c_proj": "mlp.fc2", "attn.out_proj": "self_attn.out_proj"}
    for i in range(layers):
        old, new = f"transformer.resblocks.{i}.", f"encoder.layers.{i}."
        for kind in ("weight", "bias"):
            for source, target in names.items():
                out[f"{new}{target}.{kind}"] = weights[f"{old}{source}.{kind}"]
            parts = weights[f"{old}attn.in_proj_{kind}"].chunk(3)
            for letter, part in zip("qkv", parts, strict=True):
                out[f"{new}self_attn.{letter}_proj.{kind}"] = part
    return out


@torch.inference_mode()
def embed_texts(clip: open_clip.CLIP, tokenizer: CLIPTokenizer, texts: list[str]) -> torch.Tensor:
    """Return unit embeddings of texts, float32 [N, D] on the CPU."""
    device = best_device()
    parts = [F.normalize(encode_text_short(clip, tokens_of(tokenizer, texts[i : i + 256]).to(
        device)).float(), dim=-1).cpu() for i in range(0, len(texts), 256)]
    return torch.cat(parts)


@torch.inference_mode()
def embed_pictures(clip: open_clip.CLIP, pictures: torch.Tensor) -> torch.Tensor:
    """Return unit embeddings of uint8 pictures [N, 3, H, W], float32 [N, D] on the CPU."""
    device = best_device()
    parts = [F.normalize(clip.encode_image(vision_input(pictures[i : i + 128], device)).float(),
                         dim=-1).cpu() for i in range(0, len(pictures), 128)]
    return torch.cat(parts)
