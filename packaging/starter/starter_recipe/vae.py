"""Train the picture autoencoder: factor 8, eight latent channels, about unit variance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from diffusers import AutoencoderTiny

from starter_recipe.pictures import draw_all, make_renderer, scene_list, to_unit, training_pictures
from starter_recipe.scenes import world
from starter_recipe.settings import LATENT_CHANNELS, Places, Setting, best_device, training_math
from starter_recipe.training import (
    Course,
    Length,
    load_decoder,
    load_state,
    restore_optimizer,
    save_atomically,
    set_rate,
)

RATE = 1.5e-3
LATENT_NOISE = 0.08  # The decoder must bear the UNet's small errors.
LOG_EVERY = 200
SEED = 1


def build_vae(setting: Setting) -> AutoencoderTiny:
    """Build the untrained autoencoder of a setting."""
    widths = (setting.vae_channels,) * 4
    encoder_blocks, decoder_blocks = setting.vae_blocks
    return AutoencoderTiny(
        encoder_block_out_channels=widths, decoder_block_out_channels=widths,
        num_encoder_blocks=encoder_blocks, num_decoder_blocks=decoder_blocks,
        latent_channels=LATENT_CHANNELS,
    )


def vae_loss(reconstruction: torch.Tensor, pictures: torch.Tensor,
             latents: torch.Tensor) -> torch.Tensor:
    """Absolute, squared and edge errors, and a pull towards unit-variance latents."""
    y, x = reconstruction.float(), pictures
    edges = (y.diff(dim=-1) - x.diff(dim=-1)).abs().mean() + (
        y.diff(dim=-2) - x.diff(dim=-2)).abs().mean()
    std, mean = torch.std_mean(latents.float(), dim=(0, 2, 3))
    scale = ((std - 1) ** 2 + mean**2).mean()
    return (y - x).abs().mean() + (y - x).square().mean() + 0.5 * edges + 0.02 * scale


def psnr(reconstruction: torch.Tensor, pictures: torch.Tensor) -> float:
    """Mean over pictures of the peak signal-to-noise ratio in dB, for values in [-1, 1]."""
    error = (reconstruction.clamp(-1, 1) - pictures).square().flatten(1).mean(1)
    return float((10 * torch.log10(4 / error.clamp_min(1e-10))).mean())


def train_vae(places: Places, length: Length, log: Callable[[str], None] = print, *,
              decoder_only: bool = False) -> None:
    """Train or go on training. decoder_only: keep the latents as they are, sharpen the decoder."""
    setting, device = places.setting, best_device()
    torch.manual_seed(SEED)
    vae = build_vae(setting).to(device, memory_format=torch.channels_last)
    stage = "decoder" if decoder_only else "vae"
    whole = load_state(places.checkpoint("vae"))
    state = _decoder_state(places) if decoder_only else whole
    if start := state or whole:
        vae.load_state_dict(start["model"])
    began = {"vae_step": whole["step"]} if decoder_only and whole else {}
    trained = vae.decoder if decoder_only else vae
    optimizer = torch.optim.AdamW(trained.parameters(), lr=RATE, betas=(0.9, 0.99),
                                  weight_decay=0.0, fused=True)
    restore_optimizer(optimizer, state)

    def save(progress: dict[str, Any]) -> None:
        save_atomically(progress | began | {
            "model": vae.state_dict(), "optimizer": optimizer.state_dict()},
            places.checkpoint(stage))

    course = Course(length, SEED, state, save)
    pictures, _ = training_pictures(places)
    for step in course:
        set_rate(optimizer, RATE * (0.4 if decoder_only else 1.0) * course.rate_factor)
        chosen = torch.randint(0, len(pictures), (setting.vae_batch,))
        loss, quality = _step(vae, to_unit(pictures[chosen], device), decoder_only)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        optimizer.step()
        if step % LOG_EVERY == 0:
            log(f"{stage} {step} {course.seconds:.0f}s loss {loss.item():.4f} "
                f"psnr {quality():.2f}")


def _step(vae: AutoencoderTiny, x: torch.Tensor,
          decoder_only: bool) -> tuple[torch.Tensor, Callable[[], float]]:
    with training_math(x.device):
        with torch.set_grad_enabled(not decoder_only):
            latents = vae.encoder(x)
        y = vae.decoder(latents + LATENT_NOISE * torch.randn_like(latents))
    return vae_loss(y, x, latents), lambda: psnr(y.detach().float(), x)


def _decoder_state(places: Places) -> dict[str, Any] | None:
    return load_decoder(places.checkpoint("decoder"), places.checkpoint("vae"))


def load_vae(places: Places) -> AutoencoderTiny:
    """Return the trained autoencoder; the sharpened decoder when that stage was run after it."""
    state = _decoder_state(places) or load_state(places.checkpoint("vae"))
    if state is None:
        raise SystemExit("No autoencoder yet: run the vae stage first.")
    vae = build_vae(places.setting)
    vae.load_state_dict(state["model"])
    return vae.to(best_device()).eval().requires_grad_(False)


@torch.inference_mode()
def held_out_psnr(places: Places, count: int = 200) -> float:
    """Measure reconstruction on scenes whose combinations were never trained on, in dB."""
    vae, device = load_vae(places), best_device()
    count = min(count, places.setting.pictures)  # Short trials have short measurements.
    scenes = scene_list(world(places.setting.name), count, split="held_out", first=500)
    pictures = draw_all(make_renderer(places), scenes)
    total = 0.0
    for i in range(0, count, 20):  # The last batch may be smaller.
        x = to_unit(pictures[i : i + 20], device)
        total += psnr(vae.decode(vae.encode(x).latents).sample, x) * len(x)
    return total / count
