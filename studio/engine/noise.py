"""Seeded noise, drawn on the CPU so that one seed means one picture on every device."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def seeded(seed: int) -> torch.Generator:
    """A CPU generator at the beginning of this seed's stream; seed 0 .. 2**32 - 1."""
    generator = torch.Generator()
    generator.manual_seed(seed)
    return generator


def initial_noise(
    shape: Sequence[int], seed: int, variation_seed: int = 0, variation_strength: float = 0.0
) -> Tensor:
    """Standard normal float32 noise of `shape` [B, C, h, w] for a seed.

    variation_strength: 0 = this seed's noise .. 1 = the variation seed's, on the arc between.
    """
    noise = torch.randn(tuple(shape), generator=seeded(seed))
    if variation_strength == 0:
        return noise
    other = torch.randn(tuple(shape), generator=seeded(variation_seed))
    return slerp(noise, other, variation_strength)


def slerp(first: Tensor, second: Tensor, share: float) -> Tensor:
    """Interpolate along the arc, each item of the batch by itself; share 0 .. 1.

    A straight mix would have too little variance half-way, and the model would see less noise than
    it is told of. Falls back to the straight mix where the two are parallel.
    """
    rows = [v.reshape(len(v), -1).double() for v in (first, second)]
    norms = [row.norm(dim=1, keepdim=True).clamp_min(1e-12) for row in rows]
    cosine = ((rows[0] / norms[0]) * (rows[1] / norms[1])).sum(dim=1, keepdim=True).clamp(-1, 1)
    angle = torch.arccos(cosine)
    is_parallel = angle.sin() < 1e-6
    sine = torch.where(is_parallel, torch.ones_like(angle), angle.sin())
    weights = [((1 - share) * angle).sin() / sine, (share * angle).sin() / sine]
    arc = weights[0] * rows[0] + weights[1] * rows[1]
    straight = (1 - share) * rows[0] + share * rows[1]
    return torch.where(is_parallel, straight, arc).reshape(first.shape).to(first.dtype)


def step_generator(
    shape: Sequence[int], seed: int, noise_seed: int | None = None
) -> torch.Generator:
    """The generator of the fresh noise that ancestral samplers add at each step.

    noise_seed None: the seed's own stream goes on after the initial noise, as in other programs.
    """
    if noise_seed is not None:
        return seeded(noise_seed)
    generator = seeded(seed)
    torch.randn(tuple(shape), generator=generator)
    return generator


def add_noise(x0: Tensor, noise: Tensor, a: float, s: float) -> Tensor:
    """The forward process in one jump: a * x0 + s * noise."""
    return a * x0 + s * noise


def brownian_walk(
    x0: Tensor, levels: Sequence[tuple[float, float]], generator: torch.Generator
) -> list[Tensor]:
    """The forward process as a walk: x at each (a, s), every point with its own random path.

    levels: from clean to noisy, a > 0 throughout (VP or flow). Marginally each x is
    a * x0 + s * eps, and each step only adds noise to the one before.
    """
    a, s, x = 1.0, 0.0, x0
    walk = []
    for a_next, s_next in levels:
        keep = a_next / a
        added = math.sqrt(max(s_next**2 - (keep * s) ** 2, 0.0))
        x = keep * x + added * torch.randn(x0.shape, generator=generator).to(x0)
        walk.append(x)
        a, s = a_next, s_next
    return walk
