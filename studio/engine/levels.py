"""Noise levels and schedules: how noisy the latents are at each step. Torch-free.

Notation:
    x_t = a * x0 + s * eps      variance preserving (VP): a^2 + s^2 = 1     flow: a = 1 - s
    sigma = s / a               the same level in variance-exploding (VE) units
    lambda = log(a / s)         half the logarithm of the signal-to-noise ratio
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.engine.errors import InvalidRequest
from studio.engine.schedule_names import SCHEDULES as SCHEDULES

FLOW_TRAIN_STEPS = 1000  # flow models are told 1000 * s
KARRAS_RHO = 7.0  # Karras et al. 2022, eq. 5

Floats = NDArray[np.float64]


class Level(NamedTuple):
    """One noise level. a, s: 0 .. 1; t: what the model is told, 0 .. 1000, may be fractional."""

    a: float
    s: float
    t: float

    @property
    def log_snr(self) -> float:
        """log(a / s): -inf for pure noise, +inf for clean latents."""
        if self.a <= 0:
            return -math.inf
        return math.log(self.a / self.s) if self.s > 0 else math.inf

    @property
    def sigma(self) -> float:
        """s / a, the noise level in VE units; inf for pure noise."""
        return self.s / self.a if self.a > 0 else math.inf


CLEAN = Level(1.0, 0.0, 0.0)


def scaled_linear_alphas(beta_start: float = 0.00085, beta_end: float = 0.012) -> Floats:
    """alphas_cumprod [1000] of Stable Diffusion: betas linear in their square root."""
    betas = np.linspace(beta_start**0.5, beta_end**0.5, 1000) ** 2
    return np.asarray(np.cumprod(1.0 - betas))


def _check_steps(steps: int, most: int) -> None:
    if not 1 <= steps <= most:
        raise InvalidRequest(
            "steps", f"{steps:,} steps cannot be run.", f"Choose from 1 to {most:,}."
        )


def _spaced_timesteps(schedule: str, steps: int, train_steps: int) -> Floats:
    """Whole timesteps, falling. Same roundings as diffusers' `timestep_spacing`."""
    if schedule == "trailing":
        return np.asarray(np.round(train_steps - np.arange(steps) * train_steps / steps) - 1.0)
    if schedule == "linspace":
        return np.asarray(np.round(np.linspace(0, train_steps - 1, steps))[::-1])
    if schedule != "leading":
        raise InvalidRequest(
            "schedule", f"There is no schedule named {schedule!r} for this model.",
            f"Choose one of {', '.join(name for name in SCHEDULES if name != 'flow')}.",
        )  # fmt: skip
    ratio = train_steps // steps
    # Stable Diffusion's offset of one, unless it would leave the table.
    offset = 1 if (steps - 1) * ratio + 1 < train_steps else 0
    return np.asarray((np.arange(steps) * ratio)[::-1] + offset, dtype=np.float64)


def vp_levels(alphas_cumprod: NDArray[np.floating], steps: int, schedule: str) -> list[Level]:
    """The steps + 1 levels of a run of a VP model, from noisy to clean.

    alphas_cumprod: [T], a^2 of each training timestep, falling; its last may be 0 (zero terminal
    SNR). schedule: a name in SCHEDULES; "flow" means "trailing" here. Raises InvalidRequest.
    """
    squares = np.asarray(alphas_cumprod, dtype=np.float64)
    _check_steps(steps, len(squares))
    if schedule in ("karras", "exponential"):
        timesteps = _sigma_spaced_timesteps(squares, steps, schedule)
    else:
        spacing = "trailing" if schedule == "flow" else schedule
        timesteps = _spaced_timesteps(spacing, steps, len(squares))
    return [*(vp_level(squares, t) for t in timesteps), CLEAN]


def _sigma_spaced_timesteps(squares: Floats, steps: int, schedule: str) -> Floats:
    """Fractional timesteps whose sigmas follow Karras' or the exponential law."""
    seen = squares[squares > 0]  # pure noise has no finite sigma
    sigmas = np.sqrt((1 - seen) / seen)
    ramp = np.linspace(0, 1, steps)
    high, low = sigmas[-1], sigmas[0]
    if schedule == "karras":
        first, last = high ** (1 / KARRAS_RHO), low ** (1 / KARRAS_RHO)
        spaced = (first + ramp * (last - first)) ** KARRAS_RHO
    else:
        spaced = high ** (1 - ramp) * low**ramp
    return np.asarray(np.interp(np.log(spaced), np.log(sigmas), np.arange(len(sigmas))))


def vp_level(alphas_cumprod: NDArray[np.floating], t: float) -> Level:
    """The level of a VP model at a timestep; log sigma is interpolated between whole ones."""
    squares = np.asarray(alphas_cumprod, dtype=np.float64)
    below = min(max(math.floor(t), 0), len(squares) - 1)
    above = min(below + 1, len(squares) - 1)
    share = t - below
    if share <= 0 or squares[above] <= 0:
        a_square = float(squares[below if share <= 0 else above])
        return Level(math.sqrt(a_square), math.sqrt(1 - a_square), float(t))
    logs = [0.5 * math.log((1 - squares[i]) / squares[i]) for i in (below, above)]
    sigma = math.exp(logs[0] + share * (logs[1] - logs[0]))
    a = 1 / math.hypot(1.0, sigma)
    return Level(a, sigma * a, float(t))


def flow_level(s: float) -> Level:
    """The level of a flow-matching model at noise share s, 0 .. 1."""
    return Level(1.0 - s, s, FLOW_TRAIN_STEPS * s)


def flow_levels(steps: int, shift: float = 1.0) -> list[Level]:
    """The steps + 1 levels of a flow-matching run: s from 1 to 1/steps, then clean.

    shift > 1 spends more steps at high noise (Esser et al. 2024, eq. 23). Raises InvalidRequest.
    """
    _check_steps(steps, FLOW_TRAIN_STEPS)
    even = np.linspace(1.0, 1.0 / steps, steps)
    return [*(flow_level(float(s)) for s in shift * even / (1 + (shift - 1) * even)), CLEAN]


def respace(
    levels: Sequence[Level], index: int, level: Level, level_at: Callable[[float], Level]
) -> list[Level]:
    """Make `levels[index]` equal `level`, so that a run may be forked there into another schedule.

    The timesteps after `index` shrink or stretch in proportion; the levels before it stay. With
    `levels[index] == level` nothing changes. level_at: timestep -> Level of this model.
    """
    old = levels[index]
    if old == level:
        return list(levels)
    ratio = level.t / old.t if old.t > 0 else 1.0
    rest = [level_at(later.t * ratio) for later in levels[index + 1 : -1]]
    return [*levels[:index], level, *rest, levels[-1]]
