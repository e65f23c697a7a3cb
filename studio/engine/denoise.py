"""The loop: from a Step and a Plan to all further Steps. Nothing is hidden in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from studio.engine import samplers as rule
from studio.engine.guidance import cfg
from studio.engine.levels import Level
from studio.engine.record import Past, Step

Steered = tuple[Tensor, tuple[Tensor, ...]]  # x0, and the steer's memory after this step


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do from a Step on. A fork is another plan for the same Step.

    predict: (x [B, C, h, w], t, conditioning) -> the model's output, same shape. predict_pair: the
    same for (x, t, cond, uncond) in one batch. steer gives another x0 and what it wants to
    remember of it at the next step (Step.steered); it may ask the plan what the model would say
    to other words (guess). blend edits x at a level.
    """

    predict: Callable[[Tensor, float, Any], Tensor]
    prediction_type: str
    levels: Sequence[Level]
    sampler: rule.Sampler
    cond: Any
    uncond: Any = None
    guidance_scale: float | Callable[[int], float] = 1.0  # of a step's index, if a function
    guide: Callable[[Tensor, Tensor, float], Tensor] = cfg  # (cond, uncond, scale)
    predict_pair: Callable[[Tensor, float, Any, Any], tuple[Tensor, Tensor]] | None = None
    steer: Callable[[Step, Plan], Steered] | None = None
    # what words, said too, change in cond: its embeddings, and the pooled one if it has one
    lean: Callable[[str, float], tuple[Tensor, Tensor | None]] | None = None
    blend: Callable[[Tensor, Level], Tensor] | None = None

    def look(self, step: Step) -> Step:
        """Ask the model: fill in cond, uncond and x0."""
        scale = self.guidance_scale
        scale = scale(step.index) if callable(scale) else scale
        uncond = None
        if self.uncond is None or scale == 1:
            guided = cond = self.predict(step.x, step.level.t, self.cond).float()
        else:
            cond, uncond = self._pair(step.x, step.level.t)
            guided = self.guide(cond, uncond, scale)
        x0 = rule.to_x0(guided, step.x, step.level, self.prediction_type)
        rule.check_finite(x0, step.index, step.total)
        return replace(step, cond=cond, uncond=uncond, x0=x0, guidance_scale=scale)

    def guess(self, step: Step, cond: Any) -> Tensor:
        """x0 of a step that has been looked at, had the prompt been `cond`; differentiable."""
        guided = self.predict(step.x, step.level.t, cond).float()
        if step.uncond is not None:
            guided = self.guide(guided, step.uncond, step.guidance_scale)
        return rule.to_x0(guided, step.x, step.level, self.prediction_type)

    def _pair(self, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        if self.predict_pair is not None:
            cond, uncond = self.predict_pair(x, t, self.cond, self.uncond)
            return cond.float(), uncond.float()
        return self.predict(x, t, self.cond).float(), self.predict(x, t, self.uncond).float()


def start(x: Tensor, plan: Plan, generator: torch.Generator, at: int = 0) -> Step:
    """The first Step. x: float32 latents at plan.levels[at]; generator: CPU, for fresh noise."""
    return Step(index=at, total=len(plan.levels) - 1, level=plan.levels[at], x=x, past=(),
                rng=generator.get_state())  # fmt: skip


# no_grad rather than inference_mode: the records outlive the loop, and steering differentiates.
@torch.no_grad()
def denoise(step: Step, plan: Plan) -> Iterator[Step]:
    """Yield one Step per denoising step, then the final one (level.s == 0, x0 == x).

    Resuming from any yielded Step with the same plan gives bit-identical latents, steered or not.
    Raises NotFinite.
    """
    generator = torch.Generator()
    generator.set_state(step.rng)
    x, past, total = step.x, step.past, len(plan.levels) - 1
    steered = step.steered if plan.steer is not None else ()
    blend = plan.blend or (lambda latents, _: latents)
    for index in range(step.index, total):
        began = time.perf_counter()
        level, target = plan.levels[index], plan.levels[index + 1]
        here = plan.look(Step(index=index, total=total, level=level, x=x, past=past,
                              rng=generator.get_state(), steered=steered))  # fmt: skip
        x0 = here.x0
        if plan.steer is not None:
            x0, steered = plan.steer(here, plan)
            rule.check_finite(x0, index, total)
        assert x0 is not None
        yield replace(here, x0=x0, seconds=time.perf_counter() - began)
        if rule.can_correct(plan.sampler, past):
            x = blend(rule.correct(x0, past, level), level)
        now, y = Past(x, x0, level), None
        if plan.sampler.is_heun and target.s > 0:
            is_flow = plan.prediction_type in rule.FLOW_TYPES
            y = rule.heun_target(now, target, here, plan.look, is_flow=is_flow)
        draw = partial(rule.draw_noise, x, generator)
        x = blend(rule.update(now, past, target, plan.sampler, draw=draw, y=y), target)
        past = (*past[-1:], now)
    yield Step(index=total, total=total, level=plan.levels[-1], x=x, past=past,
               rng=generator.get_state(), x0=x, steered=steered)  # fmt: skip
