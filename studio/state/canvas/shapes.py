"""Lay a shape onto the target layer as one step: a rectangle, a lasso, a flood fill."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect

from studio.state.canvas.document import MASK, CanvasDocument
from studio.state.canvas.stroke import divide_255, slices
from studio.state.canvas.tiles import Pixels
from studio.state.canvas.toolbox import ToolBox

TOLERANCE = 48  # summed difference of the three channels that still counts as similar


def fill_shape(
    document: CanvasDocument, tools: ToolBox, text: str, rect: QRect, cover: Pixels,
    *, is_erasing: bool,
) -> bool:  # fmt: skip
    """Add (or take away) a shape on the tools' target layer; False if nothing changed.

    rect: the shape's place in picture pixels; cover: [h, w], 255 = inside.
    """
    if rect.isEmpty():
        return False
    layer = tools.target
    edit = document.edit(layer)
    edit.touch(rect)
    where = slices(rect)
    old, amount = edit.old(where).astype(np.uint16), cover.astype(np.uint16)
    if layer != MASK:
        amount = amount[..., None]
    result = divide_255(old * (255 - amount))
    if not is_erasing:
        full = 255 if layer == MASK else np.array([*tools.colour, 255], np.uint16)
        result = result + divide_255(amount * full)
    edit.layer[where] = np.minimum(result, 255)
    document.notify(layer, rect)
    return document.commit(f"{text}, erased" if is_erasing else text, layer, edit)


def flood(picture: Pixels, at: QPointF, *, tolerance: int = TOLERANCE) -> tuple[QRect, Pixels]:
    """The connected area of similar colour around a place: its rectangle and [h, w] cover.

    picture: [H, W, 3]. Empty outside the picture.
    """
    height, width = picture.shape[:2]
    x, y = int(np.floor(at.x())), int(np.floor(at.y()))
    if not (0 <= x < width and 0 <= y < height):
        return QRect(), np.zeros((0, 0), np.uint8)
    distance = np.zeros((height, width), np.uint16)
    for channel in range(3):
        values, colour = picture[..., channel], picture[y, x, channel]
        distance += np.maximum(values, colour) - np.minimum(values, colour)
    inside = _connected(distance <= tolerance, x, y)
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    left, top = int(columns[0]), int(rows[0])
    rect = QRect(left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1)
    return rect, np.where(inside[slices(rect)], 255, 0).astype(np.uint8)


def _connected(similar: NDArray[np.bool_], x: int, y: int) -> NDArray[np.bool_]:
    """The part of `similar` that hangs together with (x, y), over edges of pixels.

    Unbroken runs in rows are joined with those that they touch in the next row: all at once, so
    that a maze costs as little as a wall.
    """
    names = _runs(similar)
    both = similar[:-1] & similar[1:]
    first = both.copy()
    first[:, 1:] &= ~both[:, :-1]  # one edge for each stretch in which two runs touch
    group = _joined(int(names.max()) + 1, names[:-1][first], names[1:][first])
    wanted = group == group[names[y, x]]
    wanted[0] = False
    return np.asarray(wanted[names], dtype=np.bool_)


def _runs(similar: NDArray[np.bool_]) -> NDArray[np.int32]:
    """A number for each unbroken run of True in a row, counted from 1; 0 where False."""
    begins = similar.copy()
    begins[:, 1:] &= ~similar[:, :-1]
    names = np.cumsum(begins, dtype=np.int32).reshape(similar.shape)
    return np.asarray(np.where(similar, names, 0), dtype=np.int32)


def _joined(count: int, one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.int32]:
    """A number for each of `count` things, the same for those that the pairs join.

    In every round each group is hooked to a neighbour of a lower number, and paths are shortened:
    the number of groups at least halves.
    """
    group = np.arange(count, dtype=np.int32)
    while one.size:
        one, other = group[one], group[other]
        is_open = one != other
        one, other = one[is_open], other[is_open]
        group[np.maximum(one, other)] = np.minimum(one, other)
        while not np.array_equal(shorter := group[group], group):
            group = shorter
    return group
