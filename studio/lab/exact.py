"""The exact field of a finite data set: the posterior mean, in closed form.

For data points d and a noisy point x at level (a, s), the best guess of the clean point is the
mean of all d, each weighted by how likely it would have become x:

    x0(x) = sum_d softmax_d(-|x - a d|^2 / (2 s^2)) d

This is what a perfect network would learn. Source: Karras et al. 2022, app. B.3.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from studio.engine.levels import Level
from studio.lab.data import PointSet

# (points [N, 2], level, class or None for all) -> guessed clean points [N, 2]
Denoiser = Callable[[Tensor, Level, int | None], Tensor]


class ExactDenoiser:
    """The posterior mean of a point set, of all its points or of one class."""

    def __init__(self, data: PointSet) -> None:
        labels: list[int | None] = [None, *range(len(data.class_names))]
        self._points = {label: torch.from_numpy(data.of_class(label)) for label in labels}

    @torch.no_grad()
    def __call__(self, x: Tensor, level: Level, label: int | None = None) -> Tensor:
        """Guess the clean points. x: [N, 2]; level.s > 0; a class without points counts as all."""
        points = self._points.get(label, self._points[None])
        # |x|^2 is the same for all d and falls out of the softmax.
        a, variance = level.a, max(level.s, 1e-3) ** 2
        logits = (x @ points.T) * (a / variance) - points.square().sum(1) * (a * a / (2 * variance))
        return torch.softmax(logits, dim=1) @ points
