"""The noise levels of the toy plane: the image model's own schedule, and flow matching. Torch-free.

`share` is how far into the noise one is: 0 = the data, 1 = noise.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.engine.errors import StudioError
from studio.engine.levels import (
    FLOW_TRAIN_STEPS,
    Level,
    flow_level,
    flow_levels,
    scaled_linear_alphas,
    vp_level,
    vp_levels,
)

PROCESSES = ("diffusion", "flow")
_ALPHAS = scaled_linear_alphas()
_LAST = len(_ALPHAS) - 1


@dataclass(frozen=True, slots=True)
class Process:
    """How data turn into noise. name: one of PROCESSES."""

    name: str = "diffusion"

    def __post_init__(self) -> None:
        if self.name not in PROCESSES:
            raise StudioError(f"There is no process named {self.name!r}.",
                              f"Choose one of {', '.join(PROCESSES)}.")  # fmt: skip

    @property
    def is_flow(self) -> bool:
        """Straight lines between data and noise, instead of a walk."""
        return self.name == "flow"

    def at(self, share: float) -> Level:
        """The level at a share of 0 .. 1; at 0 a trace of noise is left."""
        share = min(max(share, 0.0), 1.0)
        return flow_level(max(share, 1e-3)) if self.is_flow else vp_level(_ALPHAS, share * _LAST)

    def told(self, t: float) -> Level:
        """The level whose timestep is t: what a model that is told t can know."""
        return flow_level(t / FLOW_TRAIN_STEPS) if self.is_flow else vp_level(_ALPHAS, t)

    def share(self, level: Level) -> float:
        """The share of a level."""
        return level.t / (FLOW_TRAIN_STEPS if self.is_flow else _LAST)

    def levels(self, steps: int, schedule: str = "karras") -> list[Level]:
        """The levels of a sampling run, noisy to clean. Raises InvalidRequest."""
        if self.is_flow:
            return flow_levels(steps)
        return vp_levels(_ALPHAS, steps, schedule)

    def chain(self, steps: int) -> list[Level]:
        """Even levels of the forward walk, from the first small noise to (nearly) all noise."""
        top = 0.995 if self.is_flow else 1.0  # the walk needs a > 0
        return [self.at(top * (i + 1) / steps) for i in range(steps)]
