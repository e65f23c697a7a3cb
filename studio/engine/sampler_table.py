"""The samplers by name: one rule (see samplers.py), three knobs. Torch-free."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Sampler:
    """The knobs of the update rule.

    eta: 0 = deterministic, 1 = ancestral, inf = all noise drawn anew. noise: weight of the fresh
    noise, 1 = as the maths asks. order: 2 looks back one step. corrects: UniC's corrector.
    is_heun: a second model call at the end of each step.
    """

    eta: float = 0.0
    noise: float = 1.0
    order: int = 1
    corrects: bool = False
    is_heun: bool = False
    summary: str = ""  # for the user, plain words

    def override(self, eta: float | None, noise: float | None) -> Sampler:
        """This sampler with the user's own eta and noise, where they are given."""
        return replace(
            self,
            eta=self.eta if eta is None else eta,
            noise=self.noise if noise is None else noise,
        )


SAMPLERS: dict[str, Sampler] = {
    "DPM++ 2M": Sampler(order=2, summary="Sharp in 15 to 25 steps; same seed, same picture."),
    "DPM++ 2M SDE": Sampler(1.0, order=2, summary="Like DPM++ 2M with fresh noise: more texture."),
    "UniPC": Sampler(order=2, corrects=True, summary="Good in very few steps, 8 to 15."),
    "Euler": Sampler(summary="The plain one: follow the arrow, step by step."),
    "Euler a": Sampler(1.0, summary="Adds fresh noise each step; never settles, lively detail."),
    "DDIM": Sampler(summary="The deterministic classic; the same rule as Euler."),
    "DDPM": Sampler(1.0, summary="The original: fresh noise each step; wants many steps."),
    "DDPM, noise removed": Sampler(
        1.0, 0.0, summary="DDPM without its fresh noise: shows why noise is needed. Blurs."
    ),
    "Heun": Sampler(is_heun=True, summary="Looks ahead once per step: exact, twice the time."),
    "LCM": Sampler(math.inf, summary="For LCM and turbo models, 2 to 8 steps, CFG 1 to 2."),
}
