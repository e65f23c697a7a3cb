"""The laboratory's door: its experiments as tasks for a job queue. Torch-free until one runs.

A task is called with the queue's stop event on the worker and returns a generator; the import of
torch happens there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any

from studio.lab.data import PointSet
from studio.lab.process import Process
from studio.lab.settings import Field, Floats, Paths, SampleSettings, TrainProgress, TrainSettings

Task = Callable[[threading.Event], Generator[Any, None, Any]]

# What a network is here: opaque to callers, made by `train_task`, handed back to other tasks.
Network = Any


def _denoiser(data: PointSet, network: Network | None) -> Any:
    from studio.lab.exact import ExactDenoiser  # torch: on the worker only

    return ExactDenoiser(data) if network is None else network


def train_task(data: PointSet, settings: TrainSettings, paused: threading.Event) -> Task:
    """Train a network; yields and returns TrainProgress. `paused` lets it rest."""

    def task(stop: threading.Event) -> Generator[TrainProgress, None, TrainProgress]:
        from studio.lab.training import train

        return (yield from train(data, settings, paused=paused, stop=stop))

    return task


def sample_task(data: PointSet, settings: SampleSettings, network: Network | None = None) -> Task:
    """Bring points from noise; yields the share done, returns Paths. Without a network: exact."""

    def task(stop: threading.Event) -> Generator[float, None, Paths]:
        from studio.lab.sampling import sample

        return (yield from sample(_denoiser(data, network), settings))

    return task


def fields_task(
    data: PointSet, process: Process, shares: Sequence[float], *,
    label: int | None = None, network: Network | None = None,
) -> Task:  # fmt: skip
    """The field at each share of noise; yields Field, one by one."""

    def task(stop: threading.Event) -> Generator[Field, None, None]:
        from studio.lab.fields import field_at

        denoiser = _denoiser(data, network)
        for share in shares:
            yield field_at(denoiser, process, share, label=label)

    return task


def guidance_task(
    data: PointSet, process: Process, shares: Sequence[float], *, label: int,
    negative: int | None, scale: float, network: Network | None = None,
) -> Task:  # fmt: skip
    """The four fields of guidance at each share; yields dict[str, Field], one by one."""

    def task(stop: threading.Event) -> Generator[dict[str, Field], None, None]:
        from studio.lab.fields import guidance_fields

        denoiser = _denoiser(data, network)
        for share in shares:
            yield guidance_fields(denoiser, process, share, label=label, negative=negative,
                                  scale=scale)  # fmt: skip

    return task


def walk_task(data: PointSet, process: Process, steps: int, seed: int = 0) -> Task:
    """The forward walk; returns [steps + 1, N, 2], the data first."""

    def task(stop: threading.Event) -> Generator[float, None, Floats]:
        import numpy as np
        import torch

        from studio.engine.noise import brownian_walk, seeded

        yield 0.0
        levels = [(level.a, level.s) for level in process.chain(steps)]
        walk = brownian_walk(torch.from_numpy(data.points), levels, seeded(seed))
        return np.stack([data.points, *(x.numpy() for x in walk)])

    return task


def turn_task(data: PointSet, process: Process, network: Network | None = None) -> Task:
    """Where the arrows point at 40 shares; returns (list of Turn, the share where they turn)."""

    def task(stop: threading.Event) -> Generator[float, None, tuple[list[Any], float]]:
        from studio.lab.fields import turn, turning_share

        denoiser, turns = _denoiser(data, network), []
        for i in range(40):
            turns += turn(denoiser, data, process, [(i + 1) / 40])
            yield i / 40
        return turns, turning_share(turns)

    return task


def run(task: Task) -> Any:
    """Run a task to its end here and now (commands and tests); return its result."""
    work = task(threading.Event())
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


def items(task: Task) -> list[Any]:
    """Run a task to its end here and now; return all that it yields."""
    return list(task(threading.Event()))


def reports(task: Task) -> list[Any]:
    """Run a task to its end here and now; return all that it yields, and its result as the last."""
    work, found = task(threading.Event()), []
    while True:
        try:
            found.append(next(work))
        except StopIteration as done:
            return [*found, done.value]
