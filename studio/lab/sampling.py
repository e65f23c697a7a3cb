"""Sampling on the plane with the engine's own loop, rule and guidance."""

from __future__ import annotations

import time
from collections.abc import Generator

import numpy as np
from torch import Tensor

from studio.engine import samplers as rule
from studio.engine.denoise import Plan, denoise, start
from studio.engine.noise import initial_noise, step_generator
from studio.engine.record import Past, Step
from studio.lab.exact import Denoiser
from studio.lab.settings import Floats, Paths, SampleSettings

NOBODY = -1  # the label of "no class" in a Plan, where None means that there is no second look


def plan_of(denoiser: Denoiser, settings: SampleSettings) -> Plan:
    """The engine's plan for a cloud of points: latents [N, 2], predictions of x0."""
    settings.check()
    process = settings.process

    def predict(x: Tensor, t: float, label: int) -> Tensor:
        return denoiser(x, process.told(t), None if label == NOBODY else label)

    sampler = rule.SAMPLERS[settings.sampler].override(settings.eta, settings.noise)
    return Plan(
        predict=predict,
        prediction_type="sample",
        levels=process.levels(settings.steps, settings.schedule),
        sampler=sampler,
        cond=NOBODY if settings.label is None else settings.label,
        uncond=NOBODY if settings.negative is None else settings.negative,
        guidance_scale=settings.guidance_scale,
    )


def sample(
    denoiser: Denoiser, settings: SampleSettings
) -> Generator[float, None, Paths]:  # fmt: skip
    """Bring points from noise to data; yield the share done (0 .. 1), return their paths.

    Raises InvalidRequest for impossible settings, NotFinite for a field that breaks.
    """
    began = time.perf_counter()
    plan, shape = plan_of(denoiser, settings), (settings.count, 2)
    x = initial_noise(shape, settings.seed) * plan.levels[0].s
    generator = step_generator(shape, settings.seed)
    steps: list[Step] = []
    for step in denoise(start(x, plan, generator), plan):
        steps.append(step)
        yield step.index / step.total
    moved = [_without_noise(step, plan) for step in steps[:-1]]
    return Paths(
        levels=tuple(step.level for step in steps),
        x=np.stack([step.x.numpy() for step in steps]),
        x0=np.stack([step.x0.numpy() for step in steps[:-1] if step.x0 is not None]),
        moved=np.stack([m if m is not None else after.x.numpy()
                        for m, after in zip(moved, steps[1:], strict=True)]),
        seconds=time.perf_counter() - began,
    )  # fmt: skip


def _without_noise(step: Step, plan: Plan) -> Floats | None:
    """Where the step leads before its fresh noise is added; None if none is."""
    target = plan.levels[step.index + 1]
    if step.x0 is None or rule.fresh_noise(step.level, target, plan.sampler.eta) == 0:
        return None
    silent = plan.sampler.override(None, 0.0)
    now = Past(step.x, step.x0, step.level)
    return np.asarray(rule.update(now, step.past[-1:], target, silent, draw=lambda: now.x).numpy())


def finish(work: Generator[float, None, Paths]) -> Paths:
    """Run a sampling to its end."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value
