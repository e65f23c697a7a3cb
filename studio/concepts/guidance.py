"""CLIP guidance: nudge the predicted picture towards a direction at every step.

The gradient runs through the decoder and CLIP, not through the denoiser, so any model can be
steered at the price of one decode and one CLIP call per step (compare DENOISING.md, x0 steering).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio.concepts.algebra import Vectors
from studio.concepts.encoder import Encoder
from studio.engine.record import Step

STRENGTH = 0.35  # share of |x0| that amount 1 moves per step, at most
_TINY = 1e-8

VIEWS = 6  # of the picture at each step
CUT_LEAST = 0.7  # of its side that a view shows
NOISE = 0.05  # on a view, in 0 .. 1

Decode = Callable[[Tensor], Tensor]


def views(picture: Tensor, seed: int) -> Tensor:
    """[1, 3, H, W] as VIEWS cut, mirrored, slightly noisy pictures of the same size.

    A single view can be satisfied by a pattern that nobody sees ("adversarial"); what all views
    agree on is more like a thing (the cutouts of Crowson's CLIP guidance, 2021).
    """
    generator = torch.Generator().manual_seed(seed)
    height, width = picture.shape[-2:]
    found = []
    for number in range(VIEWS):
        share, down, right = torch.rand(3, generator=generator).tolist()
        share = 1 - (1 - CUT_LEAST) * share
        h, w = max(int(height * share), 1), max(int(width * share), 1)
        top, left = int(down * (height - h + 1)), int(right * (width - w + 1))
        cut = picture[..., top : top + h, left : left + w]
        cut = F.interpolate(cut, (height, width), mode="bilinear", antialias=True)
        noise = torch.randn(cut.shape, generator=generator).to(cut)
        found.append((cut.flip(-1) if number % 2 else cut) + NOISE * noise)
    return torch.cat(found).clamp(0, 1)


def steering(
    encoder: Encoder, direction: Vectors, amount: float, decode: Decode
) -> Callable[[Step], Tensor]:
    """A steer for the engine: step -> x0, moved towards a unit direction [D].

    amount: 0 = not at all, about 0.5 .. 2. decode: latents [B, C, h, w] to pictures -1 .. 1.
    """
    goal = torch.from_numpy(np.ascontiguousarray(direction))

    def steer(step: Step) -> Tensor:
        if step.x0 is None:
            raise ValueError("a step without x0 cannot be steered")
        if not amount:
            return step.x0
        with torch.enable_grad():
            x0 = step.x0.detach().requires_grad_()
            picture = (decode(x0) / 2 + 0.5).clamp(0, 1)
            features = encoder.features(views(picture, step.index))
            likeness = (features @ goal.to(picture.device)).mean()
            (gradient,) = torch.autograd.grad(likeness, x0)
        gradient = F.avg_pool2d(F.pad(gradient, (1, 1, 1, 1), mode="replicate"), 3, 1)
        share = STRENGTH * amount * min(1.0, step.level.s / max(step.level.a, _TINY))
        move = gradient * (step.x0.norm() / (gradient.norm() + _TINY))
        return step.x0 + share * move.to(step.x0)

    return steer
