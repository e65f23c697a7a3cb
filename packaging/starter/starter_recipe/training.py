"""What every training stage shares: a clock with a plan, a rate schedule, safe checkpoints."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

WARMUP_STEPS = 150
DECAY_FROM = 0.6  # The rate falls from this part of the plan on.


class Clock:
    """Counts the seconds a stage has trained over all its runs, against its whole plan."""

    def __init__(self, plan_minutes: float, run_minutes: float, seconds_before: float) -> None:
        """plan_minutes: the whole stage; run_minutes: this run; seconds_before: earlier runs."""
        self.plan_seconds = plan_minutes * 60
        self.run_seconds = run_minutes * 60
        self.seconds_before = seconds_before
        self.start: float | None = None  # Set when training begins: loading does not count.

    @property
    def seconds_this_run(self) -> float:
        """Seconds trained in this run."""
        return 0.0 if self.start is None else time.monotonic() - self.start

    @property
    def seconds(self) -> float:
        """Seconds trained so far, all runs together."""
        return self.seconds_before + self.seconds_this_run

    @property
    def fraction(self) -> float:
        """Part of the plan that is done, 0 to 1."""
        return min(1.0, self.seconds / self.plan_seconds)

    @property
    def is_over(self) -> bool:
        """Whether this run or the plan has ended; the first question starts the clock."""
        if self.start is None:
            self.start = time.monotonic()
        return self.seconds >= self.plan_seconds or self.seconds_this_run >= self.run_seconds


def rate_factor(step: int, fraction: float) -> float:
    """Warm up, hold, then fall to 2 % along a cosine. fraction: of the plan, 0 to 1."""
    warm = min(1.0, (step + 1) / WARMUP_STEPS)
    if fraction <= DECAY_FROM:
        return warm
    t = (fraction - DECAY_FROM) / (1 - DECAY_FROM)
    return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * t)))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def save_atomically(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint so that a stopped run never leaves a broken one."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load_state(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint (tensors and plain values only), or None when there is none."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


class MovingAverage:
    """Exponential moving average of a model's parameters, kept in float32."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        """decay: per step, such as 0.999; smaller at the very start."""
        self.decay, self.steps = decay, 0
        self.values = [p.detach().clone().float() for p in model.parameters()]

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards the model's present parameters."""
        self.steps += 1
        decay = min(self.decay, (self.steps + 1) / (self.steps + 10))
        torch._foreach_lerp_(self.values, [p.detach() for p in model.parameters()], 1 - decay)

    @torch.no_grad()
    def copy_to(self, model: nn.Module) -> None:
        """Overwrite the model's parameters with the average."""
        for parameter, value in zip(model.parameters(), self.values, strict=True):
            parameter.copy_(value)
