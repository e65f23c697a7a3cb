"""A small network that learns the field from noised points: x, time and class in, noise out."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from studio.engine.levels import Level
from studio.lab.process import Process

WIDTH = 128
FREQUENCIES = 6  # of the Fourier features of time and of place


class ToyNetwork(nn.Module):
    """Predicts the noise in a point of the plane; three hidden layers.

    classes: how many; one more embedding stands for "no class". The raw output F is mixed with x so
    that x0 = p x - s F stays tame at every level (p = a for diffusion, 1 for flow); for diffusion F
    is the v of Salimans & Ho 2022, for flow the velocity.
    """

    def __init__(self, process: Process, classes: int, generator: torch.Generator) -> None:
        super().__init__()
        self.process = process
        self._classes = classes
        self.label = nn.Embedding(classes + 1, 16)
        features = 2 + 4 * FREQUENCIES + 1 + 2 * FREQUENCIES + 16
        self.layers = nn.Sequential(
            nn.Linear(features, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(),
            nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, 2),
        )  # fmt: skip
        for parameter in self.parameters():
            # Seeded by hand: torch's own initialisation draws from the global generator.
            bound = 1 / math.sqrt(parameter.shape[-1])
            parameter.data.uniform_(-bound, bound, generator=generator)

    def forward(self, x: Tensor, share: Tensor, labels: Tensor) -> Tensor:
        """F for x [N, 2], share of noise [N, 1], labels [N] (the last index = no class)."""
        octaves = 2.0 ** torch.arange(FREQUENCIES) * (math.pi / 2)
        place = (x[:, :, None] * (octaves / 4)).flatten(1)
        time = share * octaves
        parts = [x, place.sin(), place.cos(), share, time.sin(), time.cos(), self.label(labels)]
        return self.layers(torch.cat(parts, dim=1))

    @property
    def no_class(self) -> int:
        """The label that means "any"."""
        return self._classes

    def noise(self, x: Tensor, share: Tensor, a: Tensor, s: Tensor, labels: Tensor) -> Tensor:
        """The predicted total noise, [N, 2]; a, s: [N, 1]."""
        f = self(x, share, labels)
        keep = 1.0 if self.process.is_flow else a
        return x * ((1 - a * keep) / s) + a * f

    @torch.no_grad()
    def x0(self, x: Tensor, level: Level, label: int | None) -> Tensor:
        """A Denoiser: guess the clean points."""
        share = torch.full((len(x), 1), self.process.share(level))
        labels = torch.full((len(x),), self.no_class if label is None else label)
        keep = 1.0 if self.process.is_flow else level.a
        return keep * x - level.s * self(x, share, labels)
