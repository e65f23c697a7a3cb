"""The one update rule behind all samplers.

    x_t = a x0 + s eps          a, s: the level of x; a', s': the next level; lambda = log(a / s)

    x'  = k x + (a' - k a) y + w n z        k = sqrt(s'^2 - n^2) / s      z ~ N(0, 1)
    n   = eta * sqrt(s'^2 - (a s'^2 / (a' s))^2)
    y   = x0                                        order 1
        = x0 + h / (2 h_prev) (x0 - x0_prev)        order 2, h = change of lambda
        = from the mean of the slopes at both ends  Heun

Sources: DDIM, Song et al. 2021, eq. 12; DPM-Solver++, Lu et al. 2022, alg. 2; SDE-DPM-Solver++,
ibid. eq. 18; UniC, Zhao et al. 2023, eq. 3, B(h) = exp(h) - 1; Heun, Karras et al. 2022, alg. 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from studio.engine.errors import NotFinite, UnsupportedModel
from studio.engine.levels import Level
from studio.engine.record import Past, Step
from studio.engine.sampler_table import SAMPLERS as SAMPLERS
from studio.engine.sampler_table import Sampler as Sampler

FLOW_TYPES = ("flow", "flow_prediction")


def _unknown(prediction_type: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"The model predicts {prediction_type!r}, which this program does not know.",
        "It knows epsilon, v_prediction, sample and flow.",
    )


def to_x0(prediction: Tensor, x: Tensor, level: Level, prediction_type: str) -> Tensor:
    """Turn the model's output at `level` into its guess of the clean latents.

    prediction, x: any equal shape. Raises UnsupportedModel for an unknown type, and for epsilon at
    a == 0, where x carries no trace of x0. Ho et al. 2020, eq. 15; Salimans & Ho 2022, app. D.
    """
    if prediction_type == "epsilon":
        if level.a <= 0:
            raise UnsupportedModel(
                "A model that predicts noise cannot start from pure noise.",
                "Choose v_prediction as its prediction type, or another schedule.",
            )
        return (x - level.s * prediction) / level.a
    if prediction_type == "v_prediction":
        return level.a * x - level.s * prediction
    if prediction_type == "sample":
        return prediction
    if prediction_type in FLOW_TYPES:
        return x - level.s * prediction
    raise _unknown(prediction_type)


def to_eps(x: Tensor, x0: Tensor, level: Level) -> Tensor:
    """The noise that turns x0 into x at `level`; level.s > 0."""
    return (x - level.a * x0) / level.s


def to_prediction(x: Tensor, x0: Tensor, level: Level, prediction_type: str) -> Tensor:
    """The inverse of `to_x0`: what the model would have said; level.s > 0."""
    if prediction_type == "epsilon":
        return to_eps(x, x0, level)
    if prediction_type == "v_prediction":
        return (level.a * x - x0) / level.s
    if prediction_type == "sample":
        return x0
    if prediction_type in FLOW_TYPES:
        return (x - x0) / level.s
    raise _unknown(prediction_type)


def fresh_noise(level: Level, target: Level, eta: float) -> float:
    """n: the standard deviation of the noise drawn anew between two levels, 0 .. target.s."""
    if math.isinf(eta):
        return target.s
    kept = level.a * target.s**2 / (target.a * level.s)
    return min(eta * math.sqrt(max(target.s**2 - kept**2, 0.0)), target.s)


def move(x: Tensor, y: Tensor, level: Level, target: Level, n: float = 0.0) -> Tensor:
    """x' without its fresh noise: part of x is kept, part of y is mixed in."""
    k = math.sqrt(target.s**2 - n**2) / level.s
    return k * x + (target.a - k * level.a) * y


def update(
    now: Past, past: tuple[Past, ...], target: Level, sampler: Sampler, *,
    draw: Callable[[], Tensor], y: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Take one step from `now.level` to `target`.

    past: the steps before `now`, newest last. draw: gives z; called only where noise is due.
    y: replaces the sampler's own target (Heun).
    """
    n = fresh_noise(now.level, target, sampler.eta)
    if y is None:
        y = now.x0
        if sampler.order == 2 and past and target.s > 0 and _is_finite(past[-1].level):
            h = target.log_snr - now.level.log_snr
            h_previous = now.level.log_snr - past[-1].level.log_snr
            y = y + (h / (2 * h_previous)) * (now.x0 - past[-1].x0)
    moved = move(now.x, y, now.level, target, n)
    # The noise is drawn also where its weight is 0, so that runs with and without it compare.
    return moved + sampler.noise * n * draw() if n > 0 else moved


def heun_target(
    now: Past, target: Level, step: Step, look: Callable[[Step], Step], *, is_flow: bool
) -> Tensor:
    """The y whose step has the mean of the slopes at both ends.

    step: the record of `now`; look: asks the model at another one. The slope is eps for VP models
    (that is, in VE coordinates) and the velocity eps - x0 for flow. target.s > 0.
    """
    ahead = move(now.x, now.x0, now.level, target)
    x0 = look(replace(step, index=step.index + 1, level=target, x=ahead)).x0
    assert x0 is not None
    if is_flow:
        slope = (now.x - now.x0) / now.level.s + (ahead - x0) / target.s
        return now.x - now.level.s * slope / 2
    if now.level.a <= 0:  # nothing of x0 is in x: the slope there says nothing
        return now.x0
    slope = to_eps(now.x, now.x0, now.level) + to_eps(ahead, x0, target)
    return (now.x - now.level.s * slope / 2) / now.level.a


def correct(x0_here: Tensor, past: tuple[Past, ...], here: Level) -> Tensor:
    """Redo the step past[-1] -> here now that x0 here is known (UniC, bh2, order 2).

    Call only if past[-1].level is finite; see `can_correct`.
    """
    last = past[-1]
    step = x0_here - last.x0
    if len(past) < 2 or not _is_finite(past[-2].level):
        return move(last.x, last.x0 + step / 2, last.level, here)
    h = here.log_snr - last.level.log_snr
    r = (past[-2].level.log_snr - last.level.log_snr) / h
    e = math.expm1(-h)
    phi_1 = e / -h - 1
    phi_2 = phi_1 / -h - 0.5
    # Two equations for the two weights: rho_0 + rho_1 = phi_1 / e, r rho_0 + rho_1 = 2 phi_2 / e.
    rho_0 = (2 * phi_2 - phi_1) / (e * (r - 1))
    rho_1 = phi_1 / e - rho_0
    y = last.x0 + (rho_0 / r) * (past[-2].x0 - last.x0) + rho_1 * step
    return move(last.x, y, last.level, here)


def can_correct(sampler: Sampler, past: tuple[Past, ...]) -> bool:
    """Whether UniC applies: neither fresh noise nor a step from pure noise can be redone."""
    return sampler.corrects and sampler.eta == 0 and bool(past) and _is_finite(past[-1].level)


def _is_finite(level: Level) -> bool:
    return math.isfinite(level.log_snr)


def draw_noise(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal noise drawn on the CPU, so that every device sees the same."""
    return torch.randn(like.shape, generator=generator, dtype=torch.float32).to(like)


def check_finite(x0: Tensor, index: int, total: int) -> None:
    """Raise NotFinite if a guess holds NaN or infinity: never a silent black picture."""
    if not bool(torch.isfinite(x0).all()):
        raise NotFinite(
            index,
            f"The model produced no valid numbers at step {index + 1} of {total}.",
            "Try another model, a lower CFG scale, or full precision.",
        )
