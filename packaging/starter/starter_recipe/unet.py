"""Train the denoising UNet on cached latents: v-prediction, min-SNR weights, moving average.

Words enter by cross-attention (77 positions). A point of the CLIP space enters as a 78th
position: `token = projection(embedding)`; a zero vector there means "none", and so does leaving
the position out. Half of the training examples have it, so words only, embedding only, both and
neither all work, and a stock pipeline, which knows only 77 positions, runs unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from torch import nn

from starter_recipe.latents import LatentSet, cache_latents
from starter_recipe.settings import (
    LATENT_CHANNELS,
    Places,
    Setting,
    best_device,
    training_math,
)
from starter_recipe.training import (
    Course,
    Length,
    MovingAverage,
    load_state,
    restore_optimizer,
    save_atomically,
    set_rate,
)

EMPTY_WORDS = 0.12  # Share of empty captions when no embedding is given,
EMPTY_WORDS_BESIDE_EMBEDDING = 0.45  # and when one is.
WITH_POSITION = 0.5  # Share of examples that have the 78th position,
ZERO_EMBEDDING = 0.25  # share of those where it is zero,
TEXT_EMBEDDING = 0.3  # and where it is the caption's embedding instead of the picture's.
EMBEDDING_NOISE = 0.25  # Largest length of the noise added to an embedding: arithmetic must work.
MIN_SNR_GAMMA = 5.0  # Source: Hang et al. 2023.
EMA_DECAY = 0.999
LOG_EVERY = 100
SEED = 3

SCHEDULE: dict[str, Any] = {
    "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012,
    "beta_schedule": "scaled_linear", "prediction_type": "v_prediction",
    "timestep_spacing": "trailing", "clip_sample": False, "steps_offset": 1,
}


class ClipProjection(nn.Module):
    """Turns a unit CLIP embedding [B, D] into one cross-attention position [B, 1, D]."""

    def __init__(self, width: int) -> None:
        """width: D of the CLIP space, equal to the UNet's cross_attention_dim."""
        super().__init__()
        self.linear = nn.Linear(width, width, bias=False)
        self.gain = width**0.5  # A unit vector's entries are small; words have unit variance.

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        """Return the extra position; zeros for a zero embedding."""
        position: torch.Tensor = self.linear(embedding * self.gain)
        return position[:, None]

    def exported_weight(self) -> torch.Tensor:
        """Return W [D, D] such that the position is `embedding @ W.T`."""
        return (self.linear.weight * self.gain).detach()


class Conditioned(nn.Module):
    """The UNet with its embedding entry: what is optimised together."""

    def __init__(self, setting: Setting) -> None:
        """Build both, untrained."""
        super().__init__()
        self.unet = build_unet(setting)
        self.projection = ClipProjection(setting.clip_width)


def build_unet(setting: Setting) -> UNet2DConditionModel:
    """Build the untrained UNet: plain residual blocks outside, attention further in."""
    channels = setting.unet_channels
    inner = len(channels) - 1
    return UNet2DConditionModel(
        sample_size=setting.picture_px // 8, in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS, block_out_channels=channels, layers_per_block=1,
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * inner,
        up_block_types=("CrossAttnUpBlock2D",) * inner + ("UpBlock2D",),
        cross_attention_dim=setting.clip_width, norm_num_groups=16,
        # Despite its name this is the number of heads per block in UNet2DConditionModel.
        attention_head_dim=tuple(max(1, c // 64) for c in channels),
    )


@dataclass(frozen=True)
class Batch:
    """One training batch."""

    latents: torch.Tensor
    words: torch.Tensor  # [B, 77, D]
    embedding: torch.Tensor  # [B, D]
    has_position: torch.Tensor  # [B] bool


def draw_batch(data: LatentSet, size: int) -> Batch:
    """Pick examples and drop words and embeddings at random."""
    device = data.latents.device
    chosen = torch.multinomial(data.weights, size, replacement=True)
    chance = torch.rand(5, size, device=device)
    has_position = chance[0] < WITH_POSITION
    from_text = (chance[1] < TEXT_EMBEDDING)[:, None]
    embedding = torch.where(from_text, data.text_embeds[chosen], data.picture_embeds[chosen])
    embedding = embedding.float()
    noise = torch.randn_like(embedding) * embedding.shape[-1] ** -0.5
    embedding = embedding + noise * EMBEDDING_NOISE * chance[2][:, None]
    embedding = nn.functional.normalize(embedding, dim=-1)
    is_zero = chance[3] < ZERO_EMBEDDING
    embedding = embedding * ~is_zero[:, None]
    given = has_position & ~is_zero
    empty = chance[4] < torch.where(given, EMPTY_WORDS_BESIDE_EMBEDDING, EMPTY_WORDS)
    words = torch.where(empty[:, None, None], data.nothing, data.words[chosen])
    return Batch(data.latents[chosen].float(), words.float(), embedding, has_position)


def diffusion_loss(model: Conditioned, forward: Callable[..., Any], batch: Batch,
                   alphas: torch.Tensor) -> torch.Tensor:
    """Weighted error of the v-prediction. alphas: cumulative products [1000]."""
    size = len(batch.latents)
    t = torch.randint(0, len(alphas), (size,), device=alphas.device)
    noise = torch.randn_like(batch.latents)
    a = alphas[t].sqrt()[:, None, None, None]
    s = (1 - alphas[t]).sqrt()[:, None, None, None]
    noisy = a * batch.latents + s * noise
    target = a * noise - s * batch.latents
    with training_math(alphas.device):
        context = torch.cat([batch.words, model.projection(batch.embedding)], 1)
        mask = torch.ones(size, context.shape[1], device=alphas.device)
        mask[:, -1] = batch.has_position
        prediction = forward(noisy, t, context, encoder_attention_mask=mask).sample
    snr = alphas[t] / (1 - alphas[t])
    weight = snr.clamp(max=MIN_SNR_GAMMA) / (snr + 1)
    return ((prediction.float() - target).square().mean((1, 2, 3)) * weight).mean()


def train_unet(places: Places, length: Length, log: Callable[[str], None] = print, *,
               compiled: bool = False, on_save: Callable[[], None] | None = None) -> None:
    """Train or go on training. on_save: called after each checkpoint (exports the best so far)."""
    setting, device = places.setting, best_device()
    torch.manual_seed(SEED)
    model = Conditioned(setting).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=setting.unet_rate, betas=(0.9, 0.99),
                                  weight_decay=0.01, fused=True)
    average = MovingAverage(model, EMA_DECAY)
    state = load_state(places.checkpoint("unet"))
    if state:
        _restore(state, model, optimizer, average)

    def save(progress: dict[str, Any]) -> None:
        save_atomically(progress | {
            "model": model.state_dict(), "optimizer": optimizer.state_dict(),
            "average": average.values, "average_steps": average.steps}, places.checkpoint("unet"))
        if on_save:
            on_save()

    data = cache_latents(places).to(device)
    alphas = DDPMScheduler(**SCHEDULE).alphas_cumprod.to(device)
    forward = torch.compile(model.unet, dynamic=False) if compiled else model.unet
    course, running = Course(length, SEED, state, save), torch.zeros((), device=device)
    for step in course:
        set_rate(optimizer, setting.unet_rate * course.rate_factor)
        loss = diffusion_loss(model, forward, draw_batch(data, setting.unet_batch), alphas)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model)
        running.lerp_(loss.detach(), 1 / min(100, step + 1))
        if step % LOG_EVERY == 0:
            log(f"unet {step} {course.seconds:.0f}s loss {running.item():.4f}")


def _restore(state: dict[str, Any], model: Conditioned, optimizer: torch.optim.Optimizer,
             average: MovingAverage) -> None:
    average.steps = state["average_steps"]
    for own, saved in zip(average.values, state["average"], strict=True):
        own.copy_(saved)
    if "model" in state:
        model.load_state_dict(state["model"])
    else:  # It travelled (see parcel.py).
        average.copy_to(model)
    restore_optimizer(optimizer, state)


def load_averaged(places: Places) -> tuple[Conditioned, dict[str, float]]:
    """Return the averaged model and how long it was trained ("step", "seconds")."""
    state = load_state(places.checkpoint("unet"))
    if state is None:
        raise SystemExit("No UNet yet: run the unet stage first.")
    model = Conditioned(places.setting)
    average = MovingAverage(model, EMA_DECAY)
    for own, saved in zip(average.values, state["average"], strict=True):
        own.copy_(saved)
    average.copy_to(model)
    return model.eval().requires_grad_(False), {
        "step": state["step"], "seconds": state["seconds"]}
