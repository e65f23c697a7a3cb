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
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio.concepts.algebra import Vectors
from studio.concepts.encoder import Encoder
from studio.engine.record import Step

UNTIL = 0.6  # of the steps look; after them there is little left to lay out
TRAVEL = 0.3  # of the prompt's length, that amount 1 goes altogether
SAME = 0.01  # of its length, that a prompt may differ and still be the same prompt
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


class Memory(NamedTuple):
    """Step.steered of a guided run: enough to go on from that step as if nothing had happened."""

    drift: Tensor  # [B, L, D] float32: how far the words have been moved so far
    words: Tensor  # [B, L, D] float32: the prompt that they were moved from
    goal: Tensor  # [D' + 1] float32: the direction, and the amount


class Steering:
    """A steer for the engine: (step, plan) -> x0 of the words as moved so far, and its Memory.

    direction: unit, [D']. amount: 0 = not at all, about 0.5 .. 2. decode: latents [B, C, h, w] to
    pictures -1 .. 1. It remembers nothing itself: a fork goes on from what its step holds. A step
    that holds nothing, or whose words or goal were others, is caught up with by several looks.
    """

    def __init__(self, encoder: Encoder, direction: Vectors, amount: float, decode: Decode) -> None:
        self._encoder, self._decode, self._amount = encoder, decode, amount
        self.model = encoder.model  # for the record
        self._direction = torch.from_numpy(np.ascontiguousarray(direction))
        self._goal = torch.cat([self._direction.float(), torch.tensor([amount]).float()])

    def __call__(self, step: Step, plan: Asked) -> tuple[Tensor, tuple[Tensor, ...]]:
        """What the model predicts of the moved words at this step, and the Memory after it."""
        if step.x0 is None:
            raise ValueError("a step without x0 cannot be steered")
        if not self._amount:
            return step.x0, ()
        looks = max(math.ceil(UNTIL * step.total), 1)
        told: Tensor = plan.cond.embeds
        memory, rounds = recalled(step.steered, told, self._goal), int(step.index < looks)
        if memory is None:
            rounds = min(step.index + 1, looks)
            words = told.float().cpu()
            memory = Memory(torch.zeros_like(words), words, self._goal)
        drift, pace = memory.drift, self._amount * TRAVEL / looks * float(memory.words.norm())
        for number in range(rounds):
            seed = step.index - rounds + 1 + number
            drift = further(drift, self._uphill(step, plan, shifted(told, drift), seed), pace)
        with torch.no_grad():
            x0 = plan.guess(step, replace(plan.cond, embeds=shifted(told, drift)))
        return x0, memory._replace(drift=drift)

    def _uphill(self, step: Step, plan: Asked, words: Tensor, seed: int) -> Tensor:
        """The gradient of CLIP's score with respect to the words [B, L, D], times _LOUD."""
        with torch.enable_grad():
            words = words.detach().requires_grad_()
            x0 = plan.guess(step, replace(plan.cond, embeds=words))
            score = self._likeness(x0, seed)
            (gradient,) = torch.autograd.grad(_LOUD * score, words)
        return gradient

    def _likeness(self, x0: Tensor, seed: int) -> Tensor:
        picture = (self._decode(x0) / 2 + 0.5).clamp(0, 1)
        features = self._encoder.features(views(picture, seed))
        return (features @ self._direction.to(features)).mean()


def recalled(steered: Sequence[Tensor], told: Tensor, goal: Tensor) -> Memory | None:
    """What a step remembers, if it is of these words and this goal; None if not.

    It may come from a stranger's file: nothing of it is taken for granted.
    """
    if len(steered) != len(Memory._fields):
        return None
    memory = Memory(*steered)
    if memory.drift.shape != told.shape or any(t.dtype != torch.float32 for t in steered):
        return None
    if not bool(memory.drift.isfinite().all()):
        return None
    is_same = _is_close(memory.words, told.float().cpu()) and _is_close(memory.goal, goal)
    return memory if is_same else None


def _is_close(one: Tensor, other: Tensor) -> bool:
    """Equal up to the rounding of another device or precision."""
    if one.shape != other.shape:
        return False
    return bool((one - other).norm() <= SAME * other.norm())


def shifted(told: Tensor, drift: Tensor) -> Tensor:
    """The embeddings [B, L, D] moved by `drift`, where and as exact as the model wants them."""
    return (told.float() + drift.to(told.device)).to(told.dtype)


def further(drift: Tensor, gradient: Tensor, pace: float) -> Tensor:
    """The drift [B, L, D] and one pace uphill; a gradient that is not finite moves nothing."""
    uphill = gradient.float().cpu()
    size = uphill.norm()
    if not bool(size.isfinite()):
        return drift
    return drift + pace * uphill / (size + _TINY)
