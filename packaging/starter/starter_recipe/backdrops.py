"""Draw the backdrops: flat colours and scenes of few, large shapes that a small model can learn.

Scenes are drawn four times larger and reduced, so edges are smooth. Coordinates are in units of
a 128-pixel picture whatever the real size is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from starter_recipe.catalogue import COLOURS

UNIT = 128  # All coordinates are in this unit square.
OVERSAMPLING = 4
Colour = tuple[int, int, int]


class Canvas:
    """A picture drawn in units of 1/128, with the few shapes the scenes need."""

    def __init__(self, size: int, top: Colour, bottom: Colour) -> None:
        """Start with a vertical gradient. size: pixels of the finished picture."""
        self.size = size
        self.pixels = size * OVERSAMPLING
        self.scale = self.pixels / UNIT
        t = np.linspace(0, 1, self.pixels)[:, None, None]
        rows = np.asarray(top) * (1 - t) + np.asarray(bottom) * t
        full = np.broadcast_to(rows, (self.pixels, self.pixels, 3)).astype(np.uint8)
        self.picture = Image.fromarray(full.copy())
        self.draw = ImageDraw.Draw(self.picture)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        """Fill an ellipse around (x, y)."""
        s = self.scale
        self.draw.ellipse(((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s), fill=fill)

    def polygon(self, points: list[tuple[float, float]], fill: Colour) -> None:
        """Fill a polygon."""
        self.draw.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        """Fill a rectangle."""
        s = self.scale
        self.draw.rectangle((x0 * s, y0 * s, x1 * s, y1 * s), fill=fill)

    def finish(self) -> Image.Image:
        """Reduce to the finished size."""
        return self.picture.resize((self.size, self.size), Image.Resampling.BOX)


def _desert(size: int, v: int) -> Canvas:
    c = Canvas(size, (112, 190, 238), (252, 226, 180))
    c.ellipse((100, 26)[v], 24, 12, 12, (255, 226, 104))
    c.polygon([(-4, 84), (36, 66), (76, 82), (132, 70), (132, 132), (-4, 132)], (236, 186, 112))
    c.polygon([(-4, 106), (60, 92), (132, 108), (132, 132), (-4, 132)], (222, 162, 86))
    return c


def _meadow(size: int, v: int) -> Canvas:
    c = Canvas(size, (104, 182, 246), (208, 236, 255))
    x = (26, 98)[v]
    for dx, r in ((-10, 7), (0, 10), (11, 7)):
        c.ellipse(x + dx, 22, r, r * 0.8, (255, 255, 255))
    c.ellipse(24, 132, 100, 56, (124, 194, 84))
    c.ellipse(110, 140, 90, 48, (98, 172, 68))
    return c


def _sea(size: int, v: int) -> Canvas:
    c = Canvas(size, (136, 204, 246), (228, 244, 253))
    c.ellipse((26, 100)[v], 24, 11, 11, (255, 232, 130))
    c.box(-2, 74, 130, 130, (46, 132, 200))
    c.box(-2, 98, 130, 130, (34, 108, 178))
    for x, y in ((22, 86), (84, 84), (112, 108), (34, 114)):
        c.box(x - 12, y, x + 12, y + 2.4, (132, 196, 236))
    return c


def _night(size: int, v: int) -> Canvas:
    c = Canvas(size, (12, 16, 56), (54, 50, 116))
    x = (104, 24)[v]
    c.ellipse(x, 24, 13, 13, (250, 244, 208))
    c.ellipse(x + (7, -7)[v], 20, 11, 11, (16, 20, 62))
    for sx, sy in ((14, 14), (112, 60), (18, 92), (108, 106), (64, 10), (10, 52), (84, 36)):
        c.ellipse(sx if v == 0 else 128 - sx, sy, 1.8, 1.8, (255, 250, 220))
    return c


def _snow(size: int, v: int) -> Canvas:
    c = Canvas(size, (158, 192, 222), (226, 236, 246))
    c.ellipse((20, 108)[v], 128, 96, 46, (246, 250, 255))
    c.ellipse((116, 12)[v], 136, 80, 42, (232, 240, 250))
    for sx, sy in ((16, 16), (44, 40), (108, 22), (112, 64), (12, 66), (78, 12)):
        c.ellipse(sx, sy, 2.6, 2.6, (255, 255, 255))
    return c


def _sunset(size: int, v: int) -> Canvas:
    c = Canvas(size, (94, 54, 136), (255, 158, 76))
    c.ellipse((36, 92)[v], 78, 22, 22, (255, 226, 124))
    c.box(-2, 86, 130, 130, (70, 46, 92))
    return c


def _forest(size: int, v: int) -> Canvas:
    c = Canvas(size, (150, 206, 190), (206, 232, 200))
    for i, x in enumerate((8, 38, 92, 120)):
        h = 20 if (i + v) % 2 else 34
        c.box(x - 4, 60, x + 4, 104, (104, 76, 52))
        c.polygon([(x - 20, 82), (x, h), (x + 20, 82)], (38, 112, 70))
    c.box(-2, 98, 130, 130, (76, 134, 70))
    return c


def _city(size: int, v: int) -> Canvas:
    c = Canvas(size, (170, 200, 232), (236, 226, 224))
    heights = (44, 22, 56, 34) if v == 0 else (26, 52, 20, 46)
    shades = ((122, 132, 152), (148, 138, 158), (108, 122, 146), (134, 142, 166))
    for i, (h, shade) in enumerate(zip(heights, shades, strict=True)):
        x = 2 + i * 32
        c.box(x, h, x + 28, 112, shade)
        for row in range(2):
            c.box(x + 6, h + 8 + row * 14, x + 22, h + 14 + row * 14, (250, 226, 148))
    c.box(-2, 106, 130, 130, (92, 96, 104))
    return c


def _mountains(size: int, v: int) -> Canvas:
    c = Canvas(size, (126, 182, 232), (224, 238, 248))
    for x, h in ((30, 30), (96, 44)) if v == 0 else ((98, 30), (32, 44)):
        c.polygon([(x - 60, 112), (x, h), (x + 60, 112)], (122, 132, 152))
        c.polygon([(x - 15, h + 20), (x, h), (x + 15, h + 20)], (250, 252, 255))
    c.box(-2, 104, 130, 130, (112, 164, 92))
    return c


def _underwater(size: int, v: int) -> Canvas:
    c = Canvas(size, (84, 190, 220), (18, 76, 140))
    c.ellipse(64, 140, 110, 30, (214, 190, 134))
    for x, y in ((18, 24), (24, 44), (110, 30), (106, 60)):
        c.ellipse(x if v == 0 else 128 - x, y, 4, 4, (178, 228, 240))
    return c


def _volcano(size: int, v: int) -> Canvas:
    c = Canvas(size, (86, 40, 52), (236, 120, 70))
    x = (88, 40)[v]
    c.polygon([(x - 60, 112), (x - 12, 34), (x + 12, 34), (x + 60, 112)], (72, 50, 54))
    c.polygon([(x - 12, 34), (x + 12, 34), (x + 5, 70), (x - 5, 70)], (255, 130, 40))
    c.box(-2, 104, 130, 130, (52, 38, 44))
    return c


def _room(size: int, v: int) -> Canvas:
    c = Canvas(size, (242, 222, 190), (238, 210, 172))
    c.box(-2, 96, 130, 130, (168, 118, 78))
    x = (22, 84)[v]
    c.box(x - 2, 16, x + 26, 50, (250, 250, 250))
    c.box(x + 1, 19, x + 23, 47, (150, 206, 244))
    return c


def _space(size: int, v: int) -> Canvas:
    c = Canvas(size, (10, 8, 26), (24, 20, 52))
    c.ellipse((102, 26)[v], 26, 15, 15, (92, 150, 226))
    c.ellipse(64, 152, 120, 46, (170, 170, 178))
    for sx, sy in ((16, 20), (44, 12), (16, 70), (112, 76), (70, 30)):
        c.ellipse(sx if v == 0 else 128 - sx, sy, 1.8, 1.8, (255, 255, 240))
    return c


def _beach(size: int, v: int) -> Canvas:
    c = Canvas(size, (126, 206, 246), (232, 246, 252))
    c.box(-2, 62, 130, 130, (66, 178, 206))
    c.polygon([(-4, (94, 82)[v]), (132, (82, 94)[v]), (132, 132), (-4, 132)], (244, 218, 158))
    return c


SCENE_PAINTERS: dict[str, Callable[[int, int], Canvas]] = {
    "desert": _desert, "meadow": _meadow, "sea": _sea, "night sky": _night, "snow": _snow,
    "sunset": _sunset, "forest": _forest, "city": _city, "mountains": _mountains,
    "underwater": _underwater, "volcano land": _volcano, "room": _room, "space": _space,
    "beach": _beach,
}
VARIANTS = 2


def paint_backdrop(name: str, variant: int, size: int) -> Image.Image:
    """Paint one backdrop as an RGB picture of size × size pixels. variant: 0 or 1."""
    if name in COLOURS:
        lighter = 1.0 if variant == 0 else 0.97
        r, g, b = (round(v * lighter) for v in COLOURS[name])
        return Image.new("RGB", (size, size), (r, g, b))
    return SCENE_PAINTERS[name](size, variant).finish()
