"""Repaint a part: the known rest is put back after every step, so any model can inpaint.

    known at a level:  a * z + s * noise          z: the picture's latents; one fixed noise
    a cell is open     when mask > 1 - i / n      after step i of n: the softer, the later

A hard mask is the special case with values 0 and 1. The idea of soft, "differential" masks:
Levin and Fried 2023, "Differential Diffusion". Pixels are cut and pasted in `context`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor

from studio.engine.levels import Level
from studio.engine.request import Pixels

Blend = Callable[[Tensor, Level], Tensor]
_NEARLY_FULL = 0.999  # of a mask, above every value of 8 bits but 255


def to_model_range(picture: Pixels) -> Tensor:
    """[H, W, 3] uint8 to [1, 3, H, W] float32 in -1 .. 1."""
    values = torch.from_numpy(np.array(picture, dtype=np.float32)) / 127.5 - 1.0
    return values.permute(2, 0, 1)[None].contiguous()


def latent_mask(mask: Pixels, height: int, width: int) -> Tensor:
    """The mask in latent cells, [1, 1, height, width] in 0 .. 1.

    Each cell takes the largest value among its pixels: whatever touches the mask is repainted, so
    the pasted edge lies inside repainted ground. mask: [H, W] uint8.
    """
    values = torch.from_numpy(np.array(mask, dtype=np.float32))[None, None] / 255.0
    return functional.adaptive_max_pool2d(values, (height, width))


def start_level(steps: int, strength: float) -> int:
    """The index of the level where a run begins that keeps 1 - strength of the start picture.

    0 for strength 1; at least one step is always run. Same rounding as diffusers.
    """
    return max(min(steps - int(steps * strength), steps - 1), 0)


def noised(known: Tensor, noise: Tensor, level: Level) -> Tensor:
    """The start picture's latents at a level: a * known + s * noise."""
    return level.a * known + level.s * noise


def known_blend(
    known: Tensor, noise: Tensor, mask: Tensor, levels: Sequence[Level], *, first: int = 0
) -> Blend:
    """A `Plan.blend` that holds the known cells and opens masked ones, soft ones later.

    known, noise: [1, C, h, w]; mask: [1, 1, h, w], 1 = repaint. levels: the run's, of which
    levels[first] is where it starts; a fork with more steps may begin before it. Fully masked cells
    are open all the time. At the last level cells with mask 0 equal `known` exactly.
    """
    places = {level: index for index, level in enumerate(levels)}
    last = len(levels) - 1

    def blend(x: Tensor, level: Level) -> Tensor:
        progress = (places[level] - first) / (last - first)
        # A fork's fully masked cells stay open also where its longer run has not begun yet.
        is_open = mask.to(x.device) > min(1.0 - progress, _NEARLY_FULL)
        return torch.where(is_open, x, noised(known.to(x), noise.to(x), level))

    return blend


def extra_channels(mask: Tensor, masked_latents: Tensor) -> Tensor:
    """What an inpainting model of 2 C + 1 channels sees beside x: [1, 1 + C, h, w].

    mask: [1, 1, h, w], 1 = repaint, made hard here as the model was trained with hard ones.
    masked_latents: [1, C, h, w], of the picture with mid grey where it is masked.
    """
    return torch.cat([(mask > 0).to(masked_latents), masked_latents], dim=1)


def masked_picture(picture: Pixels, mask: Pixels) -> Tensor:
    """[1, 3, H, W] in -1 .. 1, mid grey (0) wherever the mask is above 0."""
    is_kept = torch.from_numpy(np.array(mask)) == 0
    return to_model_range(picture) * is_kept


def noise_where_masked(known: Tensor, mask: Tensor, generator: torch.Generator) -> Tensor:
    """Start content "noise": fresh noise of the latents' own spread instead of the old content.

    known: [1, C, h, w]; mask: [1, 1, h, w]; generator: on the CPU.
    """
    fresh = torch.randn(known.shape, generator=generator).to(known)
    return known * (1 - mask.to(known)) + fresh * mask.to(known)
