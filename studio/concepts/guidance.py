"""CLIP guidance: nudge the predicted picture towards a direction at every step.

The gradient runs through the decoder and CLIP, not through the denoiser, so any model can be
steered at the price of one decode and one CLIP call per step (compare DENOISING.md, x0 steering).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from studio.concepts.algebra import Vectors
from studio.concepts.encoder import Encoder
from studio.engine.record import Step

STRENGTH = 0.12  # share of |x0| that amount 1 moves per step, at most
_TINY = 1e-8

Decode = Callable[[Tensor], Tensor]


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
            likeness = (encoder.features(picture) @ goal.to(picture.device)).sum()
            (gradient,) = torch.autograd.grad(likeness, x0)
        share = STRENGTH * amount * min(1.0, step.level.s / max(step.level.a, _TINY))
        move = gradient * (step.x0.norm() / (gradient.norm() + _TINY))
        return step.x0 + share * move.to(step.x0)

    return steer
