"""The brush: its settings, the pen's pressure curve, and the shape of one dab. numpy only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIZE_MIN, SIZE_MAX = 1.0, 1000.0  # px, diameter
_SUBPIXEL_BELOW = 24.0  # px radius; larger dabs are placed on whole pixels
_HARDNESS_STEP = 0.1


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
    """One stamp. left, top: its place in picture pixels; cover: [h, w] uint8."""

    left: int
    top: int
    cover: NDArray[np.uint8]


def make_dab(x: float, y: float, radius: float, hardness: float, opacity: float) -> Dab:
    """The dab of a round brush. x, y: picture coordinates, where 0.5 is a pixel's middle."""
    if radius >= _SUBPIXEL_BELOW:
        reach = int(radius) + 2
        left, top = int(np.floor(x)) - reach, int(np.floor(y)) - reach
        cover = _whole_dab(round(radius * 2) / 2, round(hardness, 2), reach)
        return Dab(left, top, _fade(cover, opacity))
    reach = int(np.ceil(radius)) + 1
    left, top = int(np.floor(x)) - reach, int(np.floor(y)) - reach
    size = 2 * reach + 1
    return Dab(left, top, _fade(_disc(x - left, y - top, size, radius, hardness), opacity))


@lru_cache(maxsize=8)
def _whole_dab(radius: float, hardness: float, reach: int) -> NDArray[np.uint8]:
    return _disc(reach + 0.5, reach + 0.5, 2 * reach + 1, radius, hardness)


def _disc(x: float, y: float, size: int, radius: float, hardness: float) -> NDArray[np.uint8]:
    """A disc around (x, y) in a square of `size` pixels: solid core, smooth fall, soft edge."""
    steps = np.arange(size, dtype=np.float32) + 0.5
    distance = np.hypot(steps[:, None] - np.float32(y), steps[None, :] - np.float32(x))
    edge = np.clip(radius + 0.5 - distance, 0.0, 1.0)  # one pixel of antialiasing
    if hardness < 1.0:
        core = radius * hardness
        fall = np.clip((distance - core) / max(radius - core, 1e-3), 0.0, 1.0)
        edge *= 1.0 - fall * fall * (3.0 - 2.0 * fall)
    return np.asarray(np.rint(edge * 255.0), dtype=np.uint8)


def _fade(cover: NDArray[np.uint8], opacity: float) -> NDArray[np.uint8]:
    if opacity >= 1.0:
        return cover
    return np.asarray(np.rint(cover * np.float32(max(opacity, 0.0))), dtype=np.uint8)
