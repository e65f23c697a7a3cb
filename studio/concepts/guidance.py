"""CLIP guidance: move what the model is told until its predicted picture shows a direction.

At each of the first steps CLIP looks at the predicted picture, and its gradient is followed through
decoder and denoiser back to the prompt's embeddings e:

    e <- e + pace * |prompt| * unit(grad CLIP(decode(x0(x, e))))

The pixels themselves are never touched. Moving those (or x0) along CLIP's gradient raises CLIP's
score without drawing anything, in coloured patches; what the model draws from other words is a
picture of its own kind. Classifier guidance in the manner of Dhariwal & Nichol 2021, on the input
that textual inversion (Gal et al. 2022) learns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio.concepts.algebra import Vectors
from studio.concepts.encoder import Encoder
from studio.engine.record import Step

UNTIL = 0.6  # of the steps look; after them there is little left to lay out
TRAVEL = 0.3  # of the prompt's length, that amount 1 goes altogether
_LOUD = 1000.0  # so that half precision does not lose the gradient
_TINY = 1e-8

VIEWS = 4  # of the picture at each step
CUT_LEAST = 0.7  # of its side that a view shows
NOISE = 0.05  # on a view, in 0 .. 1

Decode = Callable[[Tensor], Tensor]


class Asked(Protocol):
    """What is needed of the engine's Plan. cond.embeds: [B, L, D]."""

    @property
    def cond(self) -> Any:
        """What the model is told."""

    def guess(self, step: Step, cond: Any) -> Tensor:
        """x0 at a step, had the model been told `cond`; differentiable."""


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
) -> Callable[[Step, Asked], Tensor]:
    """A steer for one run of the engine: (step, plan) -> x0 of the words as moved so far.

    direction: unit, [D]. amount: 0 = not at all, about 0.5 .. 2. decode: latents [B, C, h, w] to
    pictures -1 .. 1. A run that begins at a later step (a fork) catches up at its first.
    """
    goal = torch.from_numpy(np.ascontiguousarray(direction))
    told: list[Tensor] = []  # the prompt, as moved by the steps so far

    def likeness(x0: Tensor, seed: int) -> Tensor:
        picture = (decode(x0) / 2 + 0.5).clamp(0, 1)
        features = encoder.features(views(picture, seed))
        return (features @ goal.to(features)).mean()

    def steer(step: Step, plan: Asked) -> Tensor:
        if step.x0 is None:
            raise ValueError("a step without x0 cannot be steered")
        if not amount:
            return step.x0
        looks = max(math.ceil(UNTIL * step.total), 1)
        rounds = int(step.index < looks) if told else min(step.index + 1, looks)
        now = told.pop() if told else plan.cond.embeds
        for number in range(rounds):
            seed = step.index - rounds + 1 + number
            with torch.enable_grad():
                words = now.detach().requires_grad_()
                x0 = plan.guess(step, replace(plan.cond, embeds=words))
                (uphill,) = torch.autograd.grad(_LOUD * likeness(x0, seed), words)
            now = moved(plan.cond.embeds, now, uphill, amount * TRAVEL / looks)
        told.append(now)
        with torch.no_grad():
            return plan.guess(step, replace(plan.cond, embeds=now))

    return steer


def moved(base: Tensor, now: Tensor, uphill: Tensor, pace: float) -> Tensor:
    """Embeddings `now` [B, L, D] one pace further uphill; one that is not finite moves nothing.

    pace: in lengths of the whole prompt `base`.
    """
    size = uphill.norm()
    if not bool(size.isfinite()):
        return now
    return now + pace * base.norm() * uphill / (size + _TINY)
