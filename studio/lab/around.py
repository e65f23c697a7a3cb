"""What stands around a figure's plane: title, note, legend, axes. For all three renderers.

Torch-free.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import ImageFont

from studio.lab.figure import Figure, Viewport, tick_values

TITLE_Y, LEGEND_Y = 24.0, 42.0  # px, base lines
PARTS = "   "  # between the parts of a note; the first ones go where there is no room


class Label(NamedTuple):
    """One line of words, px. anchor: "start" | "middle" | "end"; is_upright: reads upwards."""

    x: float
    y: float
    words: str
    color: str
    size: float
    anchor: str = "start"
    is_upright: bool = False


class Spot(NamedTuple):
    """A dot of the legend, px."""

    x: float
    y: float
    color: str
    radius: float = 4.0


Measure = Callable[[str, float], float]  # words, size in px -> width in px


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font of figures without a screen; size in px."""
    return ImageFont.load_default(size)


def measured(words: str, size: float) -> float:
    """The width of words in that font."""
    return float(font(round(size)).getlength(words))


def around(figure: Figure, frame: Viewport, measure: Measure = measured) -> list[Label | Spot]:
    """All that is to be written and drawn outside the plane."""
    return [*_head(figure, frame, measure), *_legend(figure, frame, measure),
            *_x_axis(figure, frame), *_y_axis(figure, frame)]  # fmt: skip


def _head(figure: Figure, frame: Viewport, measure: Measure) -> list[Label | Spot]:
    if not figure.title:
        return []
    right, parts = frame.left + frame.width, figure.note.split(PARTS)
    room = frame.width - measure(figure.title, 14) - 16
    while parts and measure(PARTS.join(parts), 12) > room:
        parts = parts[1:]
    note = Label(right, TITLE_Y, PARTS.join(parts), figure.ink.muted, 12, "end")
    title = Label(frame.left, TITLE_Y, figure.title, figure.ink.text, 14)
    return [title, note] if note.words else [title]


def _legend(figure: Figure, frame: Viewport, measure: Measure) -> list[Label | Spot]:
    found: list[Label | Spot] = []
    x, y = frame.left, LEGEND_Y if figure.title else 18.0
    for color, words in figure.legend:
        found += [Spot(x + 5, y - 4, color), Label(x + 14, y, words, figure.ink.muted, 12)]
        x += 30 + measure(words, 12)
    return found


def _x_axis(figure: Figure, frame: Viewport) -> list[Label | Spot]:
    if not figure.x_title:
        return []
    x0, x1, y0, _ = frame.extent
    bottom, ink = frame.top + frame.height, figure.ink
    places = [(float(frame.px(np.array([[value, y0]]))[0, 0]), value)
              for value in tick_values(x0, x1, figure.ticks[0])]  # fmt: skip
    ticks = [Label(x, bottom + 15, f"{value:g}", ink.muted, 11, "middle") for x, value in places]
    middle = frame.left + frame.width / 2
    return [*ticks, Label(middle, bottom + 32, figure.x_title, ink.muted, 12, "middle")]


def _y_axis(figure: Figure, frame: Viewport) -> list[Label | Spot]:
    if not figure.y_title:
        return []
    x0, _, y0, y1 = frame.extent
    places = [(float(frame.px(np.array([[x0, value]]))[0, 1]), value)
              for value in tick_values(y0, y1, figure.ticks[1])]  # fmt: skip
    ticks = [Label(frame.left - 6, y + 4, f"{value:g}", figure.ink.muted, 11, "end")
             for y, value in places]  # fmt: skip
    middle = frame.top + frame.height / 2
    return [*ticks, Label(frame.left - 32, middle, figure.y_title, figure.ink.muted, 12, "middle",
                          is_upright=True)]  # fmt: skip
