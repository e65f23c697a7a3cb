"""Figures as SVG text. Torch-free."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from html import escape
from typing import assert_never

import numpy as np
from PIL import Image

from studio.engine.request import Pixels
from studio.lab.around import Label, Spot, around
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

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def sheet_svg(figures: Sequence[Figure], columns: int) -> str:
    """Figures of one size side by side, in reading order, as one SVG document."""
    width, height = figures[0].width, figures[0].height
    rows = -(-len(figures) // columns)
    places = [(at % columns * width, at // columns * height) for at in range(len(figures))]
    parts = [draw_svg(figure, place=place) for figure, place in zip(figures, places, strict=True)]
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{columns * width}" '
            f'height="{rows * height}">')  # fmt: skip
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def draw_svg(figure: Figure, *, place: tuple[int, int] = (0, 0)) -> str:
    """The figure as one self-contained SVG document. place: px, where it stands in another one."""
    clip = f"plane-{place[0]}-{place[1]}"
    frame, ink = viewport_of(figure, figure.width, figure.height), figure.ink
    box = (f'x="{frame.left:.1f}" y="{frame.top:.1f}" width="{frame.width:.1f}" '
           f'height="{frame.height:.1f}"')  # fmt: skip
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" x="{place[0]}" y="{place[1]}" '
        f'width="{figure.width}" '
        f'height="{figure.height}" viewBox="0 0 {figure.width} {figure.height}" '
        f'font-family="sans-serif">',
        f'<rect width="100%" height="100%" fill="{ink.ground}"/>',
        f'<rect {box} fill="{ink.plane}"/>',
        f'<clipPath id="{clip}"><rect {box}/></clipPath><g clip-path="url(#{clip})">',
        *(_layer(layer, frame) for layer in figure.layers),
        "</g>",
        *(_piece(piece) for piece in around(figure, frame)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, words: str, color: str, size: float, anchor: str = "start") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" fill="{escape(color)}" font-size="{size:.1f}" '
            f'text-anchor="{anchor}">{_as_content(words)}</text>')  # fmt: skip


def _as_content(words: str) -> str:
    """Words as XML takes them: a folder's name may hold signs that it forbids."""
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", words), quote=False)


def _piece(piece: Label | Spot) -> str:
    """A word or a dot outside the plane."""
    if isinstance(piece, Spot):
        return (f'<circle cx="{piece.x:.1f}" cy="{piece.y:.1f}" r="{piece.radius:g}" '
                f'fill="{piece.color}"/>')  # fmt: skip
    words = _text(piece.x, piece.y, piece.words, piece.color, piece.size, piece.anchor)
    if not piece.is_upright:
        return words
    return f'<g transform="rotate(-90 {piece.x:.1f} {piece.y:.1f})">{words}</g>'


def _path(points: Floats) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _layer(layer: Layer, frame: Viewport) -> str:
    match layer:
        case Dots():
            dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{layer.radius:g}"/>'
                           for x, y in frame.px(layer.xy))  # fmt: skip
            return f'<g fill="{layer.color}" opacity="{layer.opacity:g}">{dots}</g>'
        case Line():
            dashes = ' stroke-dasharray="5 4"' if layer.is_dashed else ""
            return (f'<path d="{_path(frame.px(layer.xy))}" fill="none" stroke="{layer.color}" '
                    f'stroke-width="{layer.width:g}" opacity="{layer.opacity:g}" '
                    f'stroke-linejoin="round"{dashes}/>')  # fmt: skip
        case Segments():
            paths = "".join(_path(frame.px(pair)) for pair in layer.xy)
            return (f'<path d="{paths}" stroke="{layer.color}" stroke-width="{layer.width:g}" '
                    f'opacity="{layer.opacity:g}"/>')  # fmt: skip
        case Arrows():
            return _arrows(layer, frame)
        case Heat():
            return _heat(layer, frame)
        case Words():
            x, y = frame.px(np.array([[layer.x, layer.y]]))[0]
            return _text(x, y, layer.text, layer.color, layer.size, layer.anchor)
        case Stamps():
            places = frame.px(layer.xy)
            return "".join(
                _stamp(float(place[0]), float(place[1]), picture, layer.opacity)
                for place, picture in zip(places, layer.pictures, strict=True)
            )
        case _:
            assert_never(layer)


def _stamp(x: float, y: float, picture: Pixels, opacity: float) -> str:
    height, width = picture.shape[:2]
    return (
        f'<image x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width}" '
        f'height="{height}" opacity="{opacity:g}" href="{_as_address(picture)}"/>'
    )


def _as_address(picture: Pixels) -> str:
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def _arrows(layer: Arrows, frame: Viewport) -> str:
    start, end = frame.px(layer.xy), frame.px(np.asarray(layer.xy) + layer.delta)
    shafts = "".join(_path(np.stack(pair)) for pair in zip(start, end, strict=True))
    heads = "".join(_path(head) + "Z" for head in arrow_heads(start, end, layer.head))
    stroke = f'stroke="{layer.color}" stroke-width="{layer.width:g}"'
    return (f'<g opacity="{layer.opacity:g}"><path d="{shafts}" {stroke}/>'
            f'<path d="{heads}" fill="{layer.color}"/></g>')  # fmt: skip


def _heat(layer: Heat, frame: Viewport) -> str:
    x0, x1, y0, y1 = layer.extent
    (left, top), (right, bottom) = frame.px(np.array([[x0, y1], [x1, y0]]))
    return (f'<image x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{bottom - top:.1f}" preserveAspectRatio="none" '
            f'href="{_as_address(heat_pixels(layer))}"/>')  # fmt: skip
