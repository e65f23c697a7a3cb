"""A grid's pictures on one labelled sheet. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from studio.engine.errors import StudioError
from studio.engine.request import Pixels
from studio.lab.figure import Ink
from studio.lab.grid import Axis

GAP = 8  # px
TEXT = 16  # px, of labels
SIDE_MAX = 12_000  # px; larger sheets are reduced
LABEL_LINES = 3
LABEL_WISHED, LABEL_MOST = 130, 240  # px, of the labels of rows


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the cells of a sheet lie, px. cell: width, height; left, top: of the first cell."""

    cell: tuple[int, int]
    left: int
    top: int
    sheet_height: int  # of one sheet with its heading and column labels
    size: tuple[int, int]

    def box(self, column: int, row: int, sheet: int) -> tuple[int, int, int, int]:
        """left, top, right, bottom of a cell."""
        x = self.left + column * (self.cell[0] + GAP)
        y = self.top + sheet * self.sheet_height + row * (self.cell[1] + GAP)
        return x, y, x + self.cell[0], y + self.cell[1]

    def cell_at(self, x: float, y: float, counts: tuple[int, int, int],
                ) -> tuple[int, int, int] | None:  # fmt: skip
        """The column, row and sheet under a point; None between cells. For clicks."""
        column, sheet = (
            int((x - self.left) // (self.cell[0] + GAP)),
            int((y - self.top) // self.sheet_height),
        )
        row = int((y - self.top - sheet * self.sheet_height) // (self.cell[1] + GAP))
        place = column, row, sheet
        if not all(0 <= at < count for at, count in zip(place, counts, strict=True)):
            return None
        left, top, right, bottom = self.box(*place)
        return place if left <= x < right and top <= y < bottom else None


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _wrapped(text: str, width: float, size: int = TEXT) -> list[str]:
    """The text in at most LABEL_LINES lines of `width` px; the last ends in … if it is cut."""
    font, lines = _font(size), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < LABEL_LINES:
            lines.append(word)
        else:
            lines[-1] += "…"
            break
    return [_cut(line, width, size) for line in lines]


def _cut(line: str, width: float, size: int) -> str:
    font = _font(size)
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(f"{line}…") > width:
        line = line[:-1]
    return f"{line}…"


def _label_width(axis: Axis) -> int:
    """Room for the labels of rows, px: their longest word, or a line of a sentence."""
    font = _font(TEXT)
    words = max(font.getlength(word) for label in axis.labels for word in label.split() or [""])
    lines = max(font.getlength(label) for label in axis.labels)
    return 2 * GAP + round(min(max(words, min(lines, LABEL_WISHED)), LABEL_MOST))


def counts_of(axes: Sequence[Axis]) -> tuple[int, int, int]:
    """How many columns, rows and sheets."""
    lengths = [len(axis.values) for axis in axes] + [1, 1]
    return lengths[0], lengths[1], lengths[2]


def lay_out(axes: Sequence[Axis], cell: tuple[int, int], *, has_title: bool) -> Layout:
    """The layout of a grid whose cells are all of one size (the largest picture's)."""
    columns, rows, sheets = counts_of(axes)
    left = GAP + (_label_width(axes[1]) if len(axes) > 1 else 0)
    heading = (TEXT + 2 * GAP) if len(axes) > 2 else 0
    lines = max(len(_wrapped(label, cell[0])) for label in axes[0].labels)
    labels = lines * (TEXT + 3) + GAP
    title = 2 * TEXT + GAP if has_title else 0
    sheet_height = heading + labels + rows * (cell[1] + GAP)
    size = left + columns * (cell[0] + GAP), title + sheets * sheet_height + GAP
    return Layout(cell, left, title + heading + labels, sheet_height, size)


def fitting_cell(
    size: tuple[int, int], axes: Sequence[Axis], side_max: int = SIDE_MAX
) -> tuple[int, int]:
    """The size of cells for pictures of this size: smaller where the sheet would be too large."""
    columns, rows, sheets = counts_of(axes)
    wide, high = columns * (size[0] + GAP), sheets * rows * (size[1] + GAP)
    share = min(1.0, side_max / max(wide, high))
    return max(8, int(size[0] * share)), max(8, int(size[1] * share))


def compose(
    pictures: Mapping[tuple[int, int, int], Pixels], axes: Sequence[Axis], *, title: str = "",
    ink: Ink | None = None,
) -> Pixels:  # fmt: skip
    """One sheet from pictures by (column, row, sheet); missing ones stay empty frames.

    Raises StudioError if there is no picture at all.
    """
    if not pictures:
        raise StudioError("No picture of the grid is finished yet.", "Wait for the first.")
    size = (max(p.shape[1] for p in pictures.values()), max(p.shape[0] for p in pictures.values()))
    layout = lay_out(axes, fitting_cell(size, axes), has_title=bool(title))
    sheet = blank_sheet(layout, axes, title=title, ink=ink)
    for place, pixels in pictures.items():
        put(sheet, layout.box(*place), pixels)
    return sheet


def put(sheet: Pixels, box: tuple[int, int, int, int], pixels: Pixels) -> None:
    """Write a picture into the middle of a cell of a sheet, reduced to fit."""
    left, top, right, bottom = box
    picture = Image.fromarray(pixels)
    picture.thumbnail((right - left, bottom - top), Image.Resampling.LANCZOS)
    x, y = left + (right - left - picture.width) // 2, top + (bottom - top - picture.height) // 2
    sheet[y : y + picture.height, x : x + picture.width] = np.asarray(picture)


def blank_sheet(
    layout: Layout, axes: Sequence[Axis], *, title: str = "", ink: Ink | None = None
) -> Pixels:  # fmt: skip
    """A sheet with its labels, and an empty frame for each picture."""
    ink, (columns, rows, sheets) = ink or Ink(), counts_of(axes)
    paper = Image.new("RGB", layout.size, ink.ground)
    pen = ImageDraw.Draw(paper)
    if title:
        pen.text((GAP, TEXT + GAP), _cut(title, layout.size[0] - 2 * GAP, TEXT), fill=ink.text,
                 font=_font(TEXT), anchor="ls")  # fmt: skip
    _write_labels(pen, layout, axes, ink)
    for sheet, row, column in np.ndindex(sheets, rows, columns):
        left, top, right, bottom = layout.box(column, row, sheet)
        pen.rectangle((left, top, right - 1, bottom - 1), fill=ink.plane)
    return np.array(paper)


def _write_labels(pen: ImageDraw.ImageDraw, layout: Layout, axes: Sequence[Axis], ink: Ink) -> None:
    _, rows, sheets = counts_of(axes)
    for sheet in range(sheets):
        top = layout.box(0, 0, sheet)[1]
        if len(axes) > 2:
            depth = max(len(_wrapped(label, layout.cell[0])) for label in axes[0].labels)
            place = (layout.left, top - depth * (TEXT + 3) - 2 * GAP)
            pen.text(place, axes[2].labels[sheet], fill=ink.accent, font=_font(TEXT), anchor="ls")
        for column, label in enumerate(axes[0].labels):
            left, _, right, _ = layout.box(column, 0, sheet)
            lines = _wrapped(label, layout.cell[0])
            for i, line in enumerate(reversed(lines)):
                pen.text(((left + right) / 2, top - GAP - i * (TEXT + 3)), line, fill=ink.text,
                         font=_font(TEXT), anchor="ms")  # fmt: skip
        for row in range(rows if len(axes) > 1 else 0):
            _, box_top, left, bottom = layout.box(0, row, sheet)
            lines = _wrapped(axes[1].labels[row], layout.left - 2 * GAP)
            first = (box_top + bottom) / 2 - (len(lines) - 1) * (TEXT + 3) / 2
            for i, line in enumerate(lines):
                pen.text((layout.left - GAP, first + i * (TEXT + 3)), line, fill=ink.text,
                         font=_font(TEXT), anchor="rm")  # fmt: skip
