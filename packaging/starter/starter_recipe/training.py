"""What every training stage shares: a course with a plan, a rate schedule, safe checkpoints."""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import torch
from torch import nn

WARMUP_STEPS = 150
DECAY_FROM = 0.6  # The rate falls from this part of the plan on.


@dataclass(frozen=True)
class Length:
    """How long a stage trains: in minutes of the clock, or in steps, which repeat exactly."""

    plan_minutes: float  # the whole stage, all its runs together
    run_minutes: float = math.inf  # this run
    plan_steps: int | None = None  # instead of plan_minutes
    save_minutes: float = 2.0  # between checkpoints
    deadline: float = math.inf  # on time.monotonic(); this run ends there at the latest

    def fraction(self, step: int, seconds: float) -> float:
        """Return the part of the plan that is done, 0 to 1."""
        done = step / self.plan_steps if self.plan_steps else seconds / (self.plan_minutes * 60)
        return min(1.0, done)


class Course:
    """A stage's way from its last checkpoint to the end of its plan. Iterate to train.

    Every step is seeded by the stage's seed and its own number: a run that was stopped and goes
    on draws what an unstopped one would have drawn.
    """

    def __init__(self, length: Length, seed: int, state: dict[str, Any] | None,
                 save: Callable[[dict[str, Any]], None]) -> None:
        """state: the last checkpoint. save: gets "step" and "seconds", adds the models, writes."""
        self.length, self.seed, self.save = length, seed, save
        self.step: int = state["step"] if state else 0
        self.seconds_before: float = state["seconds"] if state else 0.0
        self.start: float | None = None  # Set when training begins: loading does not count.

    @property
    def seconds(self) -> float:
        """Seconds trained so far, all runs together."""
        if self.start is None:
            return self.seconds_before
        return self.seconds_before + time.monotonic() - self.start

    @property
    def fraction(self) -> float:
        """Part of the plan that is done, 0 to 1."""
        return self.length.fraction(self.step, self.seconds)

    @property
    def rate_factor(self) -> float:
        """What to multiply the stage's learning rate with in this step."""
        return rate_factor(self.step, self.fraction)

    @property
    def is_over(self) -> bool:
        """Whether this run or the plan has ended."""
        ran = self.seconds - self.seconds_before
        return (self.fraction >= 1 or ran >= self.length.run_minutes * 60
                or time.monotonic() >= self.length.deadline)

    def __iter__(self) -> Iterator[int]:
        """Yield the number of each step, 0, 1, ...; save now and then, and at the end."""
        self.start = saved = time.monotonic()
        first = self.step
        while not self.is_over:
            torch.manual_seed(self.seed * 1_000_003 + self.step)
            yield self.step
            self.step += 1
            if time.monotonic() - saved > self.length.save_minutes * 60:
                self._save()
                saved = time.monotonic()
        if self.step > first:
            self._save()

    def _save(self) -> None:
        self.save({"step": self.step, "seconds": self.seconds})


def is_finished(path: Path, length: Length) -> bool:
    """Tell whether the checkpoint at `path` has reached the end of the plan."""
    state = load_state(path)
    return state is not None and length.fraction(state["step"], state["seconds"]) >= 1


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


def restore_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any] | None) -> None:
    """Take the optimizer's memory from a checkpoint; one that travelled has none."""
    if state and state.get("optimizer"):
        optimizer.load_state_dict(state["optimizer"])


def save_atomically(state: dict[str, Any] | torch.Tensor, path: Path) -> None:
    """Write a checkpoint so that a stopped run never leaves a broken one."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        torch.save(state, file)
        _to_disk(file)
    os.replace(part, path)


def save_text(text: str, path: Path) -> None:
    """Write a small text file so that a stopped run never leaves a broken one."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        _to_disk(file)
    os.replace(part, path)


def _to_disk(file: IO[Any]) -> None:
    """Wait until it is written: else a power cut may leave the new name with nothing in it."""
    file.flush()
    os.fsync(file.fileno())


def replace_path(source: Path, target: Path) -> None:
    """Move a file or folder over another; readers see the old one or the new one."""
    if target.is_dir():
        old = target.with_suffix(".old.part")
        shutil.rmtree(old, ignore_errors=True)  # Of a run that was stopped right here.
        os.replace(target, old)
        os.replace(source, target)
        shutil.rmtree(old)
    else:
        os.replace(source, target)


def fingerprint(model: nn.Module, *also: object) -> str:
    """Return a short hash of a model's weights, and of other values, to tell stale caches."""
    digest = hashlib.sha256(repr(also).encode())
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def load_state(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint (tensors and plain values only), or None when there is none."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def load_decoder(decoder: Path, vae: Path) -> dict[str, Any] | None:
    """Read a sharpened decoder's checkpoint; None once the autoencoder it began from has changed.

    It holds a copy of that autoencoder's encoder, which would hide any further training.
    """
    state, whole = load_state(decoder), load_state(vae)
    is_stale = state and whole and state.get("vae_step", whole["step"]) != whole["step"]
    return None if is_stale else state


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
