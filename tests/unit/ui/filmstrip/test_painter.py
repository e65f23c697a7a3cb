"""What the strip looks like: kept as golden pictures, and facts about pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage, QPainter

from studio.ui.filmstrip.geometry import AXIS_HEIGHT, Geometry
from studio.ui.filmstrip.painter import INHERITED, Scene, paint_strip
from studio.ui.filmstrip.thumbnails import Thumbnails
from studio.ui.qimage import from_qimage
from studio.ui.theme import color
from tests.unit.state.filmstrip.frames import make_frames

LANES = ("noisy", "x0", "delta")


def paint(*, ratio=1, **changes):
    g = Geometry(width=640, height=240, lanes=3, columns=9)
    settings = {"frames": make_frames(8, count=6), "lanes": LANES, "geometry": g,
                "scroll": (0, 0), "current": 3}  # fmt: skip
    scene = Scene(**settings | changes)
    image = QImage(640 * ratio, 240 * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(color("panel"))
    painter = QPainter(image)
    paint_strip(painter, scene, Thumbnails(), float(ratio))
    painter.end()
    return from_qimage(image), scene.geometry


def cell(pixels, g, column, lane):
    x, y = g.x_of(column), g.y_of(lane)
    return pixels[y + 4 : y + g.thumb_height - 4, x + 4 : x + g.thumb_width - 4].astype(int)


def test_each_lane_of_each_step_lies_in_its_own_cell(qapp):
    pixels, g = paint(current=-1)
    frames = make_frames(8, count=6)
    for column in (0, 5):
        for row, lane in enumerate(("noisy", "x0")):
            shown = cell(pixels, g, column, row).mean(axis=(0, 1))
            wanted = frames[column].lanes[lane].mean(axis=(0, 1))
            assert np.abs(shown - wanted).max() < 18, (column, lane)


def test_steps_to_come_are_empty_places(qapp):
    pixels, g = paint()
    ground = np.array(color("panel").getRgb()[:3])
    assert np.abs(cell(pixels, g, 7, 1) - ground).max() < 12


def test_the_guidance_lane_is_a_heat_map(qapp):
    pixels, g = paint(current=-1)
    shown = cell(pixels, g, 1, 2)
    hot, cold = shown.reshape(-1, 3).max(axis=0), shown.reshape(-1, 3).min(axis=0)
    assert hot[0] > 200  # bright where guidance pushes
    assert cold.sum() < 420


def test_hovering_changes_no_thumbnail(qapp):
    still, g = paint()
    hovered, _ = paint(hovered=1, hovered_lane=1)
    for lane in range(3):
        assert (cell(still, g, 1, lane) == cell(hovered, g, 1, lane)).all()


def test_marks_forks_and_the_line_of_a_fork_are_drawn(qapp):
    plain, g = paint()
    marked, _ = paint(marks={1: "A"}, forks=frozenset({4}), fork_row=2)
    x = g.x_of(2) - 4
    assert (plain[:, x - 1 : x + 2] != marked[:, x - 1 : x + 2]).any()
    assert (cell(plain, g, 1, 0) != cell(marked, g, 1, 0)).any()
    assert (plain[: g.y_of(1), g.x_of(4) :] != marked[: g.y_of(1), g.x_of(4) :]).any()


def test_what_a_fork_has_inherited_is_paler(qapp):
    whole, g = paint(current=-1)
    forked, _ = paint(current=-1, fork_row=2)
    ground = np.array(color("panel").getRgb()[:3])
    expected = INHERITED * cell(whole, g, 0, 1) + (1 - INHERITED) * ground
    assert np.abs(cell(forked, g, 0, 1) - expected).max() < 4
    assert (cell(whole, g, 4, 1) == cell(forked, g, 4, 1)).all()


GOLDEN = Path(__file__).parents[3] / "golden" / "filmstrip"


@pytest.mark.golden
@pytest.mark.parametrize("ratio", [1, 2])
def test_the_strip_looks_as_it_did(qapp, ratio):
    """Everything but the words, whose font is the machine's: thumbnails, scrub frame, graph."""
    seen, g = paint(ratio=ratio, current=3, fork_row=2, forks=frozenset({4}))
    foot = g.graph_top() + g.graph_height - AXIS_HEIGHT - 3  # the numbers below are words too
    seen = seen[: foot * ratio, (g.x_of(0) - 4) * ratio :]
    path = GOLDEN / f"strip-{ratio}.png"
    with Image.open(path) as image:
        kept = np.asarray(image.convert("RGB")).astype(int)
    assert kept.shape == seen.shape
    away = np.abs(kept - seen)
    assert away.mean() < 0.8, f"{away.mean():.2f} of 255 on average"
    assert (away.max(axis=2) > 48).mean() < 0.01
