"""What is asked of the laboratory, and what it gives back: plain values. Torch-free."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.engine.errors import InvalidRequest
from studio.engine.levels import SCHEDULES, Level
from studio.engine.request import SEED_MAX
from studio.engine.sampler_table import SAMPLERS
from studio.lab.process import Process

Floats = NDArray[np.float32]
OBJECTIVES = ("total noise", "last step's noise")
STEPS_MAX = 1000
POINTS_MAX = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """One training run of the small network.

    objective: what it is asked to predict, one of OBJECTIVES. walk_steps: the steps of the forward
    walk, from which both objectives take their examples.
    """

    process: Process = field(default_factory=Process)
    objective: str = OBJECTIVES[0]
    steps: int = 1500
    batch: int = 512
    walk_steps: int = 60
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSettings:
    """One cloud of points from noise. label, negative: classes, None = all; else as pictures."""

    process: Process = field(default_factory=Process)
    sampler: str = "DDIM"
    schedule: str = "karras"
    steps: int = 20
    eta: float | None = None
    noise: float | None = None
    count: int = 1024
    seed: int = 0
    label: int | None = None
    negative: int | None = None
    guidance_scale: float = 1.0

    def check(self) -> None:
        """Raise InvalidRequest naming the first impossible field."""
        if not 1 <= self.steps <= STEPS_MAX:
            raise InvalidRequest("steps", f"{self.steps:,} steps cannot be run.",
                                 f"Choose from 1 to {STEPS_MAX:,}.")  # fmt: skip
        if not 1 <= self.count <= POINTS_MAX:
            raise InvalidRequest("count", f"{self.count:,} points cannot be drawn.",
                                 f"Choose from 1 to {POINTS_MAX:,}.")  # fmt: skip
        for name, number, low, high in (("eta", self.eta, 0, math.inf),
                                        ("noise", self.noise, 0, 10),
                                        ("guidance_scale", self.guidance_scale, 0, 100),
                                        ("seed", self.seed, 0, SEED_MAX)):  # fmt: skip
            if number is not None and not low <= number <= high:
                words = name.replace("_", " ").capitalize()
                hint = f"{low} or more" if high == math.inf else f"from {low} to {high}"
                raise InvalidRequest(name, f"{words} is out of range.", f"Choose {hint}.")
        for name, value, known in (("sampler", self.sampler, SAMPLERS),
                                   ("schedule", self.schedule, SCHEDULES)):  # fmt: skip
            if value not in known:
                raise InvalidRequest(name, f"There is no {name} named {value!r}.",
                                     f"Choose one of {', '.join(known)}.")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """How a cloud came from noise.

    x: [S + 1, N, 2], before each step and at the end. x0: [S, N, 2], the guesses. moved:
    [S, N, 2], where the model's part of each step leads; the rest of the step is fresh noise.
    """

    levels: tuple[Level, ...]
    x: Floats
    x0: Floats
    moved: Floats
    seconds: float

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.x) - 1

    @property
    def end(self) -> Floats:
        """Where the points arrived, [N, 2]."""
        return np.asarray(self.x[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The field at one level. share: 0 .. 1; xy: [G, G, 2] places; arrows: [G, G, 2], x0 - x."""

    share: float
    xy: Floats
    arrows: Floats

    @property
    def size(self) -> Floats:
        """The length of each arrow, [G, G]."""
        return np.asarray(np.linalg.norm(self.arrows, axis=-1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainProgress:
    """How far the training is. network: a Denoiser, frozen at this step; None between snapshots."""

    step: int
    steps: int
    loss: float
    seconds: float
    network: object | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a field's arrows point at one share of noise: mean cosines, -1 .. 1."""

    share: float
    towards_middle: float
    towards_data: float
