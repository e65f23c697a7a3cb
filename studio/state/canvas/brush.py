"""The brush: its settings, the pen's pressure curve, and the shape of one dab. numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE_MIN, SIZE_MAX = 1.0, 1000.0  # px, diameter
_STAMPED_FROM = 24.0  # px radius; these dabs are placed on whole pixels, and remembered
_PER_PIXEL = 64  # steps in which a stamp's distances are measured; the largest fits 16 bits
_HARDNESS_STEP = 0.1
End = tuple[float, float, float, float]  # x, y, radius, opacity


@dataclass(frozen=True, slots=True)
class PressureCurve:
    """How a pen's pressure is felt: from `low` at no pressure to 1, bent by `gamma`.

    gamma > 1: a firm hand is needed; gamma < 1: a light touch is enough.
    """

    gamma: float = 1.0  # 0.2 .. 5
    low: float = 0.0  # 0 .. 1

    def __call__(self, pressure: float) -> float:
        """0 .. 1 for a pressure of 0 .. 1."""
        bent = float(min(max(pressure, 0.0), 1.0)) ** self.gamma
        return self.low + (1.0 - self.low) * bent


@dataclass(frozen=True, slots=True, kw_only=True)
class Brush:
    """Settings of a brush. A mouse always presses with 1."""

    size: float = 40.0  # px, diameter
    hardness: float = 0.7  # share of the radius that is solid; 1 = a sharp edge
    opacity: float = 1.0  # 0 .. 1, of the whole stroke, however often it crosses itself
    spacing: float = 0.08  # distance of dabs as a share of the diameter
    pressure_size: bool = True
    pressure_opacity: bool = False
    curve: PressureCurve = PressureCurve()

    def resized(self, direction: int) -> Brush:
        """One step larger (+1) or smaller (-1): about a tenth, at least one pixel."""
        step = max(1.0, round(self.size * 0.1))
        return replace(self, size=min(max(self.size + direction * step, SIZE_MIN), SIZE_MAX))

    def hardened(self, direction: int) -> Brush:
        """One step harder or softer."""
        hardness = round(self.hardness + direction * _HARDNESS_STEP, 2)
        return replace(self, hardness=min(max(hardness, 0.0), 1.0))

    def radius_at(self, pressure: float) -> float:
        """Radius in px for a pressure of 0 .. 1."""
        felt = self.curve(pressure) if self.pressure_size else 1.0
        return max(self.size * felt, SIZE_MIN) / 2

    def opacity_at(self, pressure: float) -> float:
        """Opacity 0 .. 1 for a pressure of 0 .. 1."""
        return self.opacity * (self.curve(pressure) if self.pressure_opacity else 1.0)


@dataclass(frozen=True, slots=True)
class Dab:
    """One stamp, or a piece of a line. left, top: its place in picture pixels; cover: [h, w]."""

    left: int
    top: int
    cover: NDArray[np.uint8]


def is_stamped(radius: float) -> bool:
    """Whether a brush of this radius (px) leaves stamps; a smaller one draws exact lines."""
    return radius >= _STAMPED_FROM


def make_dab(x: float, y: float, radius: float, hardness: float, opacity: float) -> Dab:
    """The dab of a round brush. x, y: picture coordinates, where 0.5 is a pixel's middle."""
    if not is_stamped(radius):
        end = (x, y, radius, opacity)
        return make_line(end, end, hardness)
    reach = int(radius) + 2
    left, top = int(np.floor(x)) - reach, int(np.floor(y)) - reach
    cover = _stamp(round(radius * 2) / 2, round(hardness, 2), round(opacity, 3), reach)
    return Dab(left, top, cover)


def make_line(start: End, end: End, hardness: float) -> Dab:
    """What a round brush covers on its way: as if its dabs lay infinitely close.

    start, end: x, y, radius in px and opacity 0 .. 1. For small brushes: every pixel of the
    rectangle around the line is computed.
    """
    (x0, y0, r0, o0), (x1, y1, r1, o1) = start, end
    reach = math.ceil(max(r0, r1)) + 1
    left, top = math.floor(min(x0, x1)) - reach, math.floor(min(y0, y1)) - reach
    width = math.floor(max(x0, x1)) + reach + 1 - left
    height = math.floor(max(y0, y1)) + reach + 1 - top
    across = np.arange(width, dtype=np.float32)[None, :] + np.float32(left + 0.5 - x0)
    down = np.arange(height, dtype=np.float32)[:, None] + np.float32(top + 0.5 - y0)
    dx, dy = x1 - x0, y1 - y0
    if (length := dx * dx + dy * dy) > 0:
        along = np.clip((across * dx + down * dy) / length, 0.0, 1.0)
        distance = np.hypot(across - along * dx, down - along * dy)
    else:
        along, distance = np.zeros((1, 1), np.float32), np.hypot(across, down)
    cover = _profile(distance, r0 + (r1 - r0) * along, hardness) * (o0 + (o1 - o0) * along)
    return Dab(left, top, np.rint(cover * 255.0).astype(np.uint8))


@lru_cache(maxsize=24)
def _stamp(radius: float, hardness: float, opacity: float, reach: int) -> NDArray[np.uint8]:
    """A whole dab around the middle of its pixels, [2·reach + 1] squared."""
    steps = np.arange(math.ceil((radius + 1.5) * _PER_PIXEL), dtype=np.float32) / _PER_PIXEL
    by_distance = np.zeros(int(_distances()[reach, reach]) + 1, np.uint8)
    edge = _profile(steps, np.float32(radius), hardness)[: by_distance.size]
    by_distance[: edge.size] = np.rint(edge * np.float32(min(max(opacity, 0.0), 1.0) * 255))
    quarter = np.take(by_distance, _distances()[: reach + 1, : reach + 1])
    right = np.concatenate((quarter[:0:-1], quarter))
    return np.concatenate((right[:, :0:-1], right), axis=1)


@lru_cache(maxsize=1)
def _distances() -> NDArray[np.uint16]:
    """How far each pixel of a quarter of the largest dab is from its middle, in parts of a px."""
    steps = np.arange(int(SIZE_MAX / 2) + 3, dtype=np.float32)
    far = np.hypot(steps[:, None], steps[None, :])
    return np.rint(far * _PER_PIXEL).astype(np.uint16)


def _profile(distance: NDArray[Any], radius: Any, hardness: float) -> NDArray[np.float32]:
    """Cover 0 .. 1 at a distance from the middle: solid core, smooth fall, antialiased edge."""
    edge = np.clip(radius + np.float32(0.5) - distance, 0.0, 1.0)
    if hardness < 1.0:
        core = radius * np.float32(hardness)
        fall = np.clip((distance - core) / np.maximum(radius - core, np.float32(1e-3)), 0.0, 1.0)
        edge *= 1.0 - fall * fall * (3.0 - 2.0 * fall)
    return np.asarray(edge, dtype=np.float32)
