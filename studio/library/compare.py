"""Two takes side by side: where they part, which steps belong together, how pictures differ.

Pure numpy; tensors are read through their array interface, so torch is not imported here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.engine.record import Frame, Step
from studio.engine.request import Pixels

LockBy = Literal["step", "sigma"]

# Anchors of matplotlib's "inferno" (CC0): dark = nothing, bright = much; even steps look even.
_INFERNO = ((0, 0, 4), (40, 11, 84), (101, 21, 110), (159, 42, 99), (212, 72, 66), (245, 125, 21),
            (250, 193, 39), (252, 255, 164))  # fmt: skip
_POINTS = np.linspace(0, 1, len(_INFERNO))
_RAMP = np.linspace(0, 1, 256)
HEAT: Pixels = np.stack(
    [np.interp(_RAMP, _POINTS, channel) for channel in zip(*_INFERNO, strict=True)], axis=-1
).astype(np.uint8)  # [256, 3]

# What of a step is compared, in the order in which a difference shows first.
_PARTS = (
    ("x", "the noisy latents"),
    ("cond", "the prediction with the prompt"),
    ("uncond", "the prediction without the prompt"),
    ("x0", "the guided prediction"),
)


FULL_HEAT = 32.0  # of 255; smaller differences do not reach the bright end


@dataclass(frozen=True, slots=True)
class Parting:
    """The first difference between two takes. index: of the step, from 0. what: in words."""

    index: int
    what: str
    largest: float  # the largest difference there, in latent units; inf for unlike shapes


def parting(first: Iterable[Step], second: Iterable[Step]) -> Parting | None:
    """The first step at which two takes differ in any bit; None if all common steps are equal."""
    for step, other in _common(first, second):
        for name, what in _PARTS:
            largest = _difference(_array(step, name), _array(other, name))
            if largest != 0:
                return Parting(step.index, what, largest)
    return None


def _common(first: Iterable[Step], second: Iterable[Step]) -> Iterator[tuple[Step, Step]]:
    """Pairs of one index. Both run in step order, so that only one pair is in memory."""
    ours, theirs = iter(first), iter(second)
    step, other = next(ours, None), next(theirs, None)
    while step is not None and other is not None:
        if step.index == other.index:
            yield step, other
        is_behind = step.index <= other.index
        is_ahead = other.index <= step.index
        step = next(ours, None) if is_behind else step
        other = next(theirs, None) if is_ahead else other


def _array(step: Step, name: str) -> NDArray[np.float32] | None:
    tensors = {"x": step.x, "cond": step.cond, "uncond": step.uncond, "x0": step.x0}
    tensor = tensors[name]
    return None if tensor is None else np.asarray(tensor.numpy(), dtype=np.float32)


def _difference(a: NDArray[np.float32] | None, b: NDArray[np.float32] | None) -> float:
    """0 for bit-equal arrays (also NaN by NaN), else the largest difference, inf if unlike."""
    if a is None or b is None:
        return 0.0 if a is b else math.inf
    if a.shape != b.shape:
        return math.inf
    if a.tobytes() == b.tobytes():
        return 0.0
    largest = float(np.max(np.abs(a.astype(np.float64) - b)))
    return largest if largest > 0 else math.inf if math.isnan(largest) else 5e-324


def partners(first: Sequence[Frame], second: Sequence[Frame], by: LockBy) -> list[int]:
    """For each row of `first` the row of `second` that belongs to it.

    by: "step" = the same step index, or the last one before it; "sigma" = the nearest noise level
    on a logarithmic scale. Empty if either take is.
    """
    if not first or not second:
        return []
    if by == "step":
        indices = np.array([frame.index for frame in second])
        return [max(0, int(np.searchsorted(indices, f.index, side="right")) - 1) for f in first]
    levels = np.array([_log_sigma(frame) for frame in second])
    return [int(np.argmin(np.abs(levels - _log_sigma(frame)))) for frame in first]


def _log_sigma(frame: Frame) -> float:
    # The finished picture has sigma 0 and pure noise infinity: far out, but comparable.
    return math.log(min(max(frame.sigma, 1e-6), 1e6))


def same_size(pixels: Pixels, like: Pixels) -> Pixels:
    """`pixels` scaled to the size of `like`; unchanged if it has that size. [H, W, 3]."""
    if pixels.shape == like.shape:
        return pixels
    height, width = like.shape[:2]
    scaled = Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(scaled)


def difference(first: Pixels, second: Pixels) -> NDArray[np.float32]:
    """The mean absolute difference of the channels, [H, W], 0 .. 255; sizes may differ."""
    second = same_size(second, first)
    return np.abs(first.astype(np.float32) - second.astype(np.float32)).mean(axis=2)


def heat(amount: NDArray[np.float32], top: float | None = None) -> Pixels:
    """Paint amounts [H, W] >= 0 as a heat map [H, W, 3]. top: full heat; None = the 99.5 % point"""
    full = float(np.percentile(amount, 99.5)) if top is None else top
    return HEAT[np.clip(amount * (255 / max(full, 1.0)), 0, 255).astype(np.uint8)]


def difference_map(first: Pixels, second: Pixels) -> Pixels:
    """Where two pictures differ, as a heat map of the first one's size.

    What the previews' JPEG alone may change stays dark.
    """
    amount = difference(first, second)
    return heat(amount, max(FULL_HEAT, float(np.percentile(amount, 99.5))))


def signed_to_heat(pixels: Pixels) -> Pixels:
    """A signed lane (grey = nothing, see engine.preview) as a heat map of its magnitude."""
    away = np.abs(pixels.astype(np.float32) - 128).mean(axis=2)
    return heat(away, max(24.0, float(np.percentile(away, 99.5))))
