"""A figure as plain values: dots, arrows, lines, heat, words. Torch-free.

The same figure is painted on the screen, written as SVG and drawn as PNG; so what one sees is what
one saves. Coordinates are data units, y upwards; sizes are px of a figure `Figure.width` px wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of a figure, "#rrggbb"."""

    ground: str = "#1b1c1f"
    plane: str = "#232529"
    line: str = "#383c43"
    text: str = "#e8e6e3"
    muted: str = "#979ba3"
    accent: str = "#f0a23c"
    classes: tuple[str, ...] = ("#6ea8d8", "#7fb069", "#e07a9b")
    model: str = "#f0a23c"  # the model's part of a step
    noise: str = "#6ea8d8"  # the noise's part of a step
    plus: str = "#7fb069"
    minus: str = "#e05d5d"
    cold: str = "#232529"  # heat, from
    warm: str = "#8a5a1e"  # heat, to

    def of_class(self, label: int) -> str:
        """The colour of a class; they repeat after the last."""
        return self.classes[label % len(self.classes)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dots:
    """Points. xy: [N, 2]; radius: px; opacity: 0 .. 1."""

    xy: Floats
    color: str
    radius: float = 2.0
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrows:
    """Arrows from xy by delta, both [N, 2]; head: px, shrunk for short ones."""

    xy: Floats
    delta: Floats
    color: str
    width: float = 1.2
    head: float = 4.0
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A polyline. xy: [N, 2]."""

    xy: Floats
    color: str
    width: float = 1.5
    is_dashed: bool = False
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Straight lines. xy: [N, 2, 2], from and to."""

    xy: Floats
    color: str
    width: float = 1.0
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """A map of values [H, W], 0 .. 1, row 0 at the bottom, over extent = (x0, x1, y0, y1)."""

    values: Floats
    extent: tuple[float, float, float, float]
    cold: str
    warm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A short text at a place. anchor: "start" | "middle" | "end"."""

    x: float
    y: float
    text: str
    color: str
    size: float = 12.0
    anchor: str = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """Small pictures centred on places. xy: [N, 2]; pictures: N of [h, w, 3] uint8, drawn 1:1."""

    xy: Floats
    pictures: Sequence[NDArray[np.uint8]]
    opacity: float = 1.0


Layer = Dots | Arrows | Line | Segments | Heat | Words | Stamps


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is to be drawn. extent: (x0, x1, y0, y1) of the data; is_square keeps their ratio.

    legend: (colour, words). x_title, y_title: of the axes; a plane of pixels has both.
    """

    extent: tuple[float, float, float, float]
    layers: Sequence[Layer]
    ink: Ink
    title: str = ""
    note: str = ""
    legend: Sequence[tuple[str, str]] = ()
    x_title: str = ""
    y_title: str = ""
    is_square: bool = True
    width: int = 640
    height: int = 640
    ticks: tuple[int, int] = field(default=(5, 5))


@dataclass(frozen=True, slots=True)
class Viewport:
    """The part of the picture that shows the data, px from the top left, and the map into it."""

    left: float
    top: float
    width: float
    height: float
    extent: tuple[float, float, float, float]

    def px(self, xy: Floats) -> NDArray[np.float64]:
        """Data [N, 2] to px [N, 2]."""
        x0, x1, y0, y1 = self.extent
        points = np.asarray(xy, float).reshape(-1, 2)
        x = self.left + (points[:, 0] - x0) / (x1 - x0) * self.width
        y = self.top + (y1 - points[:, 1]) / (y1 - y0) * self.height
        return np.stack([x, y], axis=1)

    def data(self, x: float, y: float) -> tuple[float, float]:
        """px to data."""
        x0, x1, y0, y1 = self.extent
        return (x0 + (x - self.left) / self.width * (x1 - x0),
                y1 - (y - self.top) / self.height * (y1 - y0))  # fmt: skip


def viewport_of(figure: Figure, width: float, height: float) -> Viewport:
    """Where the data lie in a picture of width x height px; margins for title, axes and legend."""
    left = 46.0 if figure.y_title else 14.0
    bottom = 40.0 if figure.x_title else 14.0
    top = 14.0 + (24.0 if figure.title else 0.0) + (20.0 if figure.legend else 0.0)
    room = max(width - left - 14.0, 16.0), max(height - top - bottom, 16.0)
    if not figure.is_square:
        return Viewport(left, top, room[0], room[1], figure.extent)
    x0, x1, y0, y1 = figure.extent
    scale = min(room[0] / (x1 - x0), room[1] / (y1 - y0))
    size = scale * (x1 - x0), scale * (y1 - y0)
    return Viewport(left + (room[0] - size[0]) / 2, top + (room[1] - size[1]) / 2, *size,
                 figure.extent)  # fmt: skip


def tick_values(low: float, high: float, count: int) -> list[float]:
    """Round numbers within a range, about `count` of them."""
    if count < 2 or not high > low:
        return []
    rough = (high - low) / count
    size = 10.0 ** np.floor(np.log10(rough))
    step = size * min((m for m in (1, 2, 2.5, 5, 10) if m * size >= rough), default=10)
    first = int(np.ceil(low / step - 1e-9))
    values = [round((first + i) * step, 10) for i in range(count + 2)]
    return [float(value) for value in values if value <= high + 1e-9]


def arrow_heads(start: Floats, end: Floats, head: float) -> Floats:
    """The heads of arrows given in px, as triangles [N, 3, 2]."""
    along = end - start
    length = np.linalg.norm(along, axis=1, keepdims=True)
    unit = along / np.maximum(length, 1e-9)
    size = np.minimum(head, 0.6 * length)
    side = np.stack([-unit[:, 1], unit[:, 0]], axis=1) * size * 0.55
    base = end - unit * size
    return np.stack([end, base + side, base - side], axis=1)


def heat_pixels(heat: Heat) -> NDArray[np.uint8]:
    """A heat's colours, [H, W, 3] uint8, row 0 on top."""
    share = np.clip(np.nan_to_num(heat.values[::-1]), 0.0, 1.0)[..., None]
    ends = [np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], float)
            for color in (heat.cold, heat.warm)]  # fmt: skip
    return np.asarray(np.round(ends[0] + share * (ends[1] - ends[0])), dtype=np.uint8)
