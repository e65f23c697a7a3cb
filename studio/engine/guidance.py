"""Guidance: pure functions of what the model says with and without the prompt."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


def cfg(cond: Tensor, uncond: Tensor, scale: float) -> Tensor:
    """Classifier-free guidance: uncond + scale * (cond - uncond); 1 = off, 0 = no prompt at all.

    Linear, so it means the same for every prediction type. Source: Ho & Salimans 2022, eq. 6, in
    the numbering of the field (their w is scale - 1).
    """
    return uncond + scale * (cond - uncond)


def rescaled_cfg(cond: Tensor, uncond: Tensor, scale: float, *, rescale: float) -> Tensor:
    """CFG whose contrast is brought back towards the prompt's own prediction.

    rescale: 0 = plain CFG .. 1 = exactly the standard deviation of `cond`, per picture. Stops the
    burnt look of high scales. Source: Lin et al. 2023, sec. 3.4.
    """
    guided = cfg(cond, uncond, scale)
    axes = tuple(range(1, guided.ndim))
    ratio = cond.std(dim=axes, keepdim=True) / guided.std(dim=axes, keepdim=True).clamp_min(1e-12)
    return guided * (rescale * ratio + (1 - rescale))


def guide_with(rescale: float) -> Callable[[Tensor, Tensor, float], Tensor]:
    """The guide function of a Plan for this rescale; 0 gives plain `cfg`, bit for bit."""
    if rescale == 0:
        return cfg

    def guide(cond: Tensor, uncond: Tensor, scale: float) -> Tensor:
        return rescaled_cfg(cond, uncond, scale, rescale=rescale)

    return guide


def interval(scale: float, *, steps: int, start: float, end: float) -> Callable[[int], float]:
    """The scale as a function of the step: `scale` on [start, end) * steps, else 1 (off).

    start, end: shares of the run, 0 .. 1. Source: Kynkaanniemi et al. 2024.
    """

    # 7 / 25 * 25 is a little more than 7: without rounding, step 8 would be left out.
    first, last = round(start * steps, 6), round(end * steps, 6)

    def scale_at(index: int) -> float:
        return scale if first <= index < last else 1.0

    return scale_at
