"""The sheet of a grid: cells in their places, labels, clicks."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.errors import StudioError
from studio.lab.figure import Ink
from studio.lab.grid import parse_axis
from studio.lab.grid_picture import compose, counts_of, lay_out

AXES = [parse_axis("cfg=1,2,4"), parse_axis("seed=1..2")]


def flat(red, size=(64, 48)):
    return np.full((size[1], size[0], 3), (red, 0, 0), np.uint8)


def test_each_picture_is_in_its_place():
    pictures = {(c, r, 0): flat(60 * c + 100 * r + 20) for c in range(3) for r in range(2)}
    sheet = compose(pictures, AXES, title="a red fox")
    layout = lay_out(AXES, (64, 48), has_title=True)
    assert sheet.shape == (layout.size[1], layout.size[0], 3)
    for (column, row, _), picture in pictures.items():
        left, top, right, bottom = layout.box(column, row, 0)
        assert (sheet[top:bottom, left:right] == picture).all()


def test_labels_and_title_leave_marks_outside_the_cells():
    sheet = compose({(0, 0, 0): flat(99)}, AXES, title="a red fox" * 50)
    layout = lay_out(AXES, (64, 48), has_title=True)
    ground = np.array([int(Ink().ground[i : i + 2], 16) for i in (1, 3, 5)])
    is_marked = (sheet != ground).any(axis=2)
    assert is_marked[: layout.top].any()
    assert is_marked[layout.top :, : layout.left - 8].any()
    assert not is_marked[:, -4:].any()


def test_missing_pictures_are_empty_frames_and_none_is_an_error():
    sheet = compose({(2, 1, 0): flat(200)}, AXES)
    assert (sheet == 200).any()
    with pytest.raises(StudioError):
        compose({}, AXES)


def test_smaller_pictures_are_centred_and_never_enlarged():
    sheet = compose({(0, 0, 0): flat(200, (32, 48)), (1, 0, 0): flat(100)}, AXES)
    layout = lay_out(AXES, (64, 48), has_title=False)
    left, top, _, _ = layout.box(0, 0, 0)
    assert (sheet[top, left + 16 : left + 48, 0] == 200).all()
    assert (sheet[top, left : left + 16, 0] != 200).all()


def test_three_axes_make_sheets_and_clicks_find_their_cell():
    axes = [*AXES, parse_axis("steps=4,8")]
    counts = counts_of(axes)
    assert counts == (3, 2, 2)
    layout = lay_out(axes, (64, 48), has_title=True)
    for place in np.ndindex(*counts):
        left, top, right, bottom = layout.box(*place)
        assert layout.cell_at(left, top, counts) == place
        assert layout.cell_at((left + right) / 2, bottom - 1, counts) == place
    assert layout.cell_at(2, 2, counts) is None
    assert layout.cell_at(layout.left + 66, layout.top + 5, counts) is None


def test_huge_grids_are_reduced():
    axes = [parse_axis("seed=1..200")]
    sheet = compose({(0, 0, 0): np.zeros((256, 256, 3), np.uint8)}, axes)
    assert sheet.shape[1] < 14_500
