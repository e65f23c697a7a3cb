"""Figures as pixels with Pillow, and runs of figures as WebP or GIF. Torch-free."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import assert_never

import numpy as np
from PIL import Image, ImageDraw

from studio.engine.errors import StudioError
from studio.engine.request import Pixels
from studio.lab.around import Label, Spot, around, font
from studio.lab.draw_svg import draw_svg, sheet_svg
from studio.lab.figure import (
    Arrows,
    Dots,
    Figure,
    Floats,
    Heat,
    Layer,
    Line,
    Segments,
    Stamps,
    Viewport,
    Words,
    arrow_heads,
    heat_pixels,
    viewport_of,
)

OVERSAMPLING = 2  # drawn larger, then reduced: Pillow's shapes have hard edges
STILL, MOVING = (".png", ".svg"), (".webp", ".gif")


class _Pen:
    """An ImageDraw with a scale and mixed colours."""

    def __init__(self, picture: Image.Image, scale: float) -> None:
        self.picture, self.scale = picture, scale
        self.draw = ImageDraw.Draw(picture, "RGBA")

    def color(self, color: str, opacity: float = 1.0) -> tuple[int, int, int, int]:
        red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
        return red, green, blue, round(255 * opacity)

    def text(self, x: float, y: float, words: str, color: str, size: float,
             anchor: str = "start") -> None:  # fmt: skip
        place = {"start": "ls", "middle": "ms", "end": "rs"}[anchor]
        letters = font(round(size * self.scale))
        at = (x * self.scale, y * self.scale)
        self.draw.text(at, words, fill=self.color(color), font=letters, anchor=place)


def draw_picture(figure: Figure, scale: float = 1.0) -> Image.Image:
    """The figure as an RGB picture, `scale` px per px of the figure."""
    factor = scale * OVERSAMPLING
    size = round(figure.width * factor), round(figure.height * factor)
    picture = Image.new("RGB", size, figure.ink.ground)
    frame = viewport_of(figure, figure.width, figure.height)
    plane = Image.new("RGB", size, figure.ink.plane)
    pen = _Pen(plane, factor)
    for layer in figure.layers:
        _layer(layer, frame, pen)
    left, top = round(frame.left * factor), round(frame.top * factor)
    right = round((frame.left + frame.width) * factor)
    bottom = round((frame.top + frame.height) * factor)
    picture.paste(plane.crop((left, top, right, bottom)), (left, top))
    outside = _Pen(picture, factor)
    for piece in around(figure, frame):
        _piece(piece, outside)
    reduced = round(figure.width * scale), round(figure.height * scale)
    return picture.resize(reduced, Image.Resampling.BOX)


def _piece(piece: Label | Spot, pen: _Pen) -> None:
    """A word or a dot outside the plane."""
    if isinstance(piece, Spot):
        dot = Dots(xy=np.zeros((1, 2)), color=piece.color, radius=piece.radius)
        _dots(dot, np.array([[piece.x, piece.y]]) * pen.scale, pen)
    elif piece.is_upright:
        _upright(piece, pen)
    else:
        pen.text(piece.x, piece.y, piece.words, piece.color, piece.size, piece.anchor)


def _upright(label: Label, pen: _Pen) -> None:
    """Words that read upwards, their middle at the label's place."""
    letters = font(round(label.size * pen.scale))
    width, height = (round(v) for v in letters.getbbox(label.words)[2:])
    patch = Image.new("RGBA", (width, height + 4))
    ImageDraw.Draw(patch).text((0, 0), label.words, fill=pen.color(label.color), font=letters)
    turned = patch.rotate(90, expand=True)
    left = round((label.x - 0.8 * label.size) * pen.scale)
    pen.picture.paste(turned, (left, round(label.y * pen.scale - width / 2)), turned)


def _layer(layer: Layer, frame: Viewport, pen: _Pen) -> None:
    match layer:
        case Dots():
            _dots(layer, frame.px(layer.xy) * pen.scale, pen)
        case Line():
            _line(layer, frame.px(layer.xy) * pen.scale, pen)
        case Segments():
            color = pen.color(layer.color, layer.opacity)
            for pair in layer.xy:
                ends = [(x, y) for x, y in frame.px(pair) * pen.scale]
                pen.draw.line(ends, fill=color, width=max(1, round(layer.width * pen.scale)))
        case Arrows():
            _arrows(layer, frame, pen)
        case Heat():
            _heat(layer, frame, pen)
        case Words():
            x, y = frame.px(np.array([[layer.x, layer.y]]))[0]
            pen.text(x, y, layer.text, layer.color, layer.size, layer.anchor)
        case Stamps():
            for place, pixels in zip(frame.px(layer.xy), layer.pictures, strict=True):
                _stamp(place * pen.scale, pixels, layer.opacity, pen)
        case _:
            assert_never(layer)


def _stamp(place: Floats, pixels: Pixels, opacity: float, pen: _Pen) -> None:
    size = round(pixels.shape[1] * pen.scale), round(pixels.shape[0] * pen.scale)
    picture = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    mask = Image.new("L", size, round(255 * opacity))
    left, top = round(place[0] - size[0] / 2), round(place[1] - size[1] / 2)
    pen.picture.paste(picture, (left, top), mask)


def _dots(
    layer: Dots, points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], pen: _Pen
) -> None:
    radius, color = layer.radius * pen.scale, pen.color(layer.color, layer.opacity)
    for x, y in points:
        pen.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)


def _line(
    layer: Line, points: np.ndarray[tuple[int, ...], np.dtype[np.float64]], pen: _Pen
) -> None:
    width, color = round(layer.width * pen.scale), pen.color(layer.color, layer.opacity)
    if not layer.is_dashed:
        pen.draw.line([(x, y) for x, y in points], fill=color, width=width, joint="curve")
        return
    for (ax, ay), (bx, by) in pairwise(points):
        length = float(np.hypot(bx - ax, by - ay))
        for at in np.arange(0, length, 9 * pen.scale):
            ends = [min(v / max(length, 1e-9), 1.0) for v in (at, at + 5 * pen.scale)]
            pen.draw.line([(ax + t * (bx - ax), ay + t * (by - ay)) for t in ends], fill=color,
                          width=width)  # fmt: skip


def _arrows(layer: Arrows, frame: Viewport, pen: _Pen) -> None:
    start = frame.px(layer.xy) * pen.scale
    end = frame.px(np.asarray(layer.xy) + layer.delta) * pen.scale
    color, width = pen.color(layer.color, layer.opacity), max(1, round(layer.width * pen.scale))
    heads = arrow_heads(start, end, layer.head * pen.scale)
    for a, b, head in zip(start, end, heads, strict=True):
        pen.draw.line([tuple(a), tuple(b)], fill=color, width=width)
        pen.draw.polygon([(x, y) for x, y in head], fill=color)


def _heat(layer: Heat, frame: Viewport, pen: _Pen) -> None:
    x0, x1, y0, y1 = layer.extent
    corners = frame.px(np.array([[x0, y1], [x1, y0]])) * pen.scale
    (left, top), (right, bottom) = corners.round().astype(int)
    size = max(int(right - left), 1), max(int(bottom - top), 1)
    patch = Image.fromarray(heat_pixels(layer)).resize(size, Image.Resampling.BICUBIC)
    pen.picture.paste(patch, (int(left), int(top)))


def encode_figure(figure: Figure, suffix: str, *, scale: float = 2.0) -> bytes:
    """The bytes of a file of one figure. suffix: one of STILL; raises StudioError for others."""
    if suffix == ".svg":
        return draw_svg(figure).encode()
    if suffix != ".png":
        raise unknown_kind(suffix, STILL)
    data = io.BytesIO()
    draw_picture(figure, scale).save(data, "PNG", optimize=True)
    return data.getvalue()


def encode_sheet(figures: Sequence[Figure], suffix: str, *, columns: int = 3) -> bytes:
    """The bytes of a file of several figures of one size, side by side. suffix: one of STILL."""
    if suffix == ".svg":
        return sheet_svg(figures, columns).encode()
    if suffix != ".png":
        raise unknown_kind(suffix, STILL)
    pictures = [draw_picture(figure) for figure in figures]
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height), figures[0].ink.ground)
    for at, picture in enumerate(pictures):
        sheet.paste(picture, (at % columns * width, at // columns * height))
    data = io.BytesIO()
    sheet.save(data, "PNG", optimize=True)
    return data.getvalue()


def encode_animation(
    figures: Sequence[Figure], suffix: str, *, fps: float = 12.0, hold_ms: int = 1500
) -> bytes:
    """The bytes of a moving file. suffix: one of MOVING; the last figure stays for hold_ms."""
    if suffix not in MOVING:
        raise unknown_kind(suffix, MOVING)
    if not figures:
        raise StudioError("There is nothing to animate yet.", "Run the experiment first.")
    pictures = [draw_picture(figure) for figure in figures]
    times = [round(1000 / fps)] * (len(pictures) - 1) + [hold_ms]
    data = io.BytesIO()
    settings = {"quality": 85, "method": 2} if suffix == ".webp" else {"optimize": False}
    kind = "WEBP" if suffix == ".webp" else "GIF"
    pictures[0].save(data, kind, save_all=True, append_images=pictures[1:], duration=times,
                     loop=0, **settings)  # fmt: skip
    return data.getvalue()


def suffix_of(path: str) -> str:
    """The lower-case suffix of a file name, checked to be one that can be written."""
    suffix = PurePath(path).suffix.lower()
    if suffix not in STILL + MOVING:
        raise unknown_kind(suffix, STILL + MOVING)
    return suffix


def unknown_kind(suffix: str, known: Sequence[str]) -> StudioError:
    """The error for a file name that ends in something else."""
    return StudioError(f"A figure cannot be written as {suffix or 'a file without an ending'!r}.",
                       f"Choose a name that ends in {', '.join(known)}.")  # fmt: skip
