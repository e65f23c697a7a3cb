"""Fields on a lattice, and where they point: the difference between early and late denoising."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from studio.engine.guidance import cfg
from studio.lab.data import PointSet
from studio.lab.distance import nearest
from studio.lab.exact import Denoiser
from studio.lab.process import Process
from studio.lab.settings import Field, Turn

EXTENT = 1.6  # half the side of the plane that fields cover
LATTICE = 27  # arrows along a side


def field_at(
    denoiser: Denoiser, process: Process, share: float, *, label: int | None = None,
    lattice: int = LATTICE,
) -> Field:  # fmt: skip
    """The field of a denoiser at one share of noise: arrows from each place to the guess there."""
    line = torch.linspace(-EXTENT, EXTENT, lattice)
    xy = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)
    with torch.no_grad():
        x0 = denoiser(xy.reshape(-1, 2), process.at(share), label).reshape(xy.shape)
    return Field(share=share, xy=xy.numpy(), arrows=(x0 - xy).numpy())


def guidance_fields(
    denoiser: Denoiser, process: Process, share: float, *, label: int,
    negative: int | None = None, scale: float = 3.0, lattice: int = LATTICE,
) -> dict[str, Field]:  # fmt: skip
    """The four fields of guidance: "cond", "uncond", "delta" (their difference) and "guided"."""
    cond = field_at(denoiser, process, share, label=label, lattice=lattice)
    uncond = field_at(denoiser, process, share, label=negative, lattice=lattice)
    pair = torch.from_numpy(cond.arrows), torch.from_numpy(uncond.arrows)
    delta = Field(share=share, xy=cond.xy, arrows=cond.arrows - uncond.arrows)
    guided = Field(share=share, xy=cond.xy, arrows=cfg(*pair, scale).numpy())
    return {"cond": cond, "uncond": uncond, "delta": delta, "guided": guided}


def noised_points(data: PointSet, process: Process, share: float, seed: int = 0) -> torch.Tensor:
    """Where the data's points are at a share of noise, [N, 2]."""
    level = process.at(share)
    points = torch.from_numpy(data.points)
    noise = torch.randn(points.shape, generator=torch.Generator().manual_seed(seed))
    return level.a * points + level.s * noise


def agreement(
    first: Denoiser, second: Denoiser, data: PointSet, process: Process, share: float, *,
    label: int | None = None,
) -> float:  # fmt: skip
    """The mean cosine between the arrows of two fields, over the data's noised points: -1 .. 1."""
    x, level = noised_points(data, process, share), process.at(share)
    with torch.no_grad():
        arrows = [denoiser(x, level, label) - x for denoiser in (first, second)]
    return _cosine(arrows[0], arrows[1])


def _cosine(first: torch.Tensor, second: torch.Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(first, second, dim=1).mean())


def turn(
    denoiser: Denoiser, data: PointSet, process: Process, shares: Sequence[float]
) -> list[Turn]:
    """Measure where the arrows point, from noise to data: to the middle, or to the nearest data."""
    measured = []
    for share in shares:
        x, level = noised_points(data, process, share), process.at(share)
        with torch.no_grad():
            arrows = denoiser(x, level, None) - x
        close = torch.from_numpy(data.points[nearest(x.numpy(), data)])
        goals = torch.from_numpy(data.centre) - x, close - x
        middle, arm = (_cosine(arrows, goal) for goal in goals)
        measured.append(Turn(share=share, towards_middle=middle, towards_data=arm))
    return measured


def turning_share(turns: Sequence[Turn]) -> float:
    """The share of noise below which arrows point to the data rather than to the middle."""
    ordered = sorted(turns, key=lambda t: t.share)
    lead = np.array([t.towards_data - t.towards_middle for t in ordered])
    shares = np.array([t.share for t in ordered])
    above = np.flatnonzero(lead < 0)
    if not len(above) or above[0] == 0:
        return float(shares[-1] if not len(above) else shares[0])
    i = int(above[0])
    return float(np.interp(0.0, [-lead[i - 1], -lead[i]], [shares[i - 1], shares[i]]))
