"""Pictures to latents and back, by a model's VAE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from studio.engine.request import Pixels


def scale_of(vae: Any) -> tuple[float, float]:
    """(scaling_factor, shift_factor): the denoiser's latents = (raw - shift) * scale."""
    config = vae.config
    scale = config.get("scaling_factor")
    return (1.0 if scale is None else float(scale)), float(config.get("shift_factor") or 0.0)


def encode(vae: Any, pictures: Tensor) -> Tensor:
    """Pictures [B, 3, H, W] in -1 .. 1 to the denoiser's latents [B, C, h, w], float32.

    The mean of the VAE's distribution: no dice, the same picture gives the same latents.
    """
    scale, shift = scale_of(vae)
    first = next(vae.parameters())
    output = vae.encode(pictures.to(first.device, first.dtype))
    raw = output.latent_dist.mode() if hasattr(output, "latent_dist") else output.latents
    return (raw.float() - shift) * scale


def decode(vae: Any, latents: Tensor) -> Tensor:
    """The denoiser's latents [B, C, h, w] to pictures [B, 3, H, W], float32, about -1 .. 1."""
    scale, shift = scale_of(vae)
    first = next(vae.parameters())
    raw = (latents.float() / scale + shift).to(first.device, first.dtype)
    picture: Tensor = vae.decode(raw, return_dict=False)[0]
    return picture.float()


def decode_in_tiles(vae: Any, latents: Tensor) -> Tensor:
    """`decode`, one tile after another: far less memory, pixels very slightly different."""
    return _in_tiles(decode, vae, latents)


def encode_in_tiles(vae: Any, pictures: Tensor) -> Tensor:
    """`encode`, one tile after another: far less memory, latents very slightly different."""
    return _in_tiles(encode, vae, pictures)


def _in_tiles(way: Callable[[Any, Tensor], Tensor], vae: Any, values: Tensor) -> Tensor:
    vae.enable_tiling()
    try:
        return way(vae, values)
    finally:
        vae.disable_tiling()


def to_picture(picture: Tensor) -> Pixels:
    """The first of [B, 3, H, W] in -1 .. 1 to [H, W, 3] uint8, rounded as diffusers does."""
    scaled = (picture[0].float().cpu() / 2 + 0.5).clamp(0, 1).permute(1, 2, 0)
    return np.ascontiguousarray((scaled.numpy() * 255).round().astype(np.uint8))


def is_whole(tensor: Tensor) -> bool:
    """Whether every number is finite."""
    return bool(torch.isfinite(tensor).all())


def in_full_precision(
    vae: nn.Module, values: Tensor, way: Callable[[Any, Tensor], Tensor] = decode
) -> Tensor:
    """`decode`, or another way with the VAE, in float32: some overflow in half precision."""
    before = next(vae.parameters()).dtype
    try:
        vae.to(torch.float32)  # may end half-way, for lack of memory
        return way(vae, values)
    finally:
        vae.to(before)
