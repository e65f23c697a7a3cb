"""Tiles side by side: as large as may be, beside each other in the right order."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF

from studio.ui.canvas.wall_layout import GAP, Seen, around, neighbour, tile_rects


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 33])
@pytest.mark.parametrize("room", [QSize(900, 600), QSize(400, 1000), QSize(160, 120)])
@pytest.mark.parametrize("shape", [QSizeF(100, 100), QSizeF(300, 100), QSizeF(64, 256)])
def test_tiles_fill_the_room_without_touching(count, room, shape) -> None:
    tiles = tile_rects(count, room, shape)
    assert len(tiles) == count
    for i, tile in enumerate(tiles):
        assert tile.size() == tiles[0].size()
        for other in tiles[:i]:
            assert not tile.adjusted(-GAP // 2, -GAP // 2, GAP // 2, GAP // 2).intersects(other)
    if room.width() > 300:
        assert QRect(0, 0, room.width(), room.height()).contains(tiles[0])
        ratio = tiles[0].width() / tiles[0].height()
        assert ratio == pytest.approx(shape.width() / shape.height(), rel=0.1)


def test_two_wide_pictures_lie_below_each_other_and_two_tall_ones_beside() -> None:
    wide = tile_rects(2, QSize(800, 800), QSizeF(400, 100))
    tall = tile_rects(2, QSize(800, 800), QSizeF(100, 400))
    assert wide[0].x() == wide[1].x()
    assert tall[0].y() == tall[1].y()


def test_arrows_go_to_the_nearest_and_stop_at_the_ends() -> None:
    tiles = tile_rects(5, QSize(900, 600), QSizeF(100, 100))  # three and two
    assert neighbour(tiles, 0, 1, 0) == 1
    assert neighbour(tiles, 0, -1, 0) == 0
    assert neighbour(tiles, 4, 1, 0) == 4
    assert neighbour(tiles, 0, 0, 1) == 3
    assert neighbour(tiles, 2, 0, 1) == 4
    assert neighbour(tiles, 4, 0, -1) in (1, 2)
    assert neighbour(tiles, 1, 0, -1) == 1


def test_zoom_keeps_the_point_under_the_cursor_and_has_ends() -> None:
    whole, tile = QRectF(0, 0, 200, 100), QRect(10, 10, 400, 200)
    seen = Seen(whole, QRectF(whole))
    at = QPointF(110, 60)
    before = seen.to_picture(at, tile)
    seen.zoom(2.0, at, tile)
    assert seen.part.width() == pytest.approx(100)
    assert (seen.to_picture(at, tile) - before).manhattanLength() < 1e-6
    seen.pan(QPointF(1e6, 1e6), tile)
    assert seen.part.topLeft() == QPointF(0, 0)
    for _ in range(60):
        seen.zoom(1.5, at, tile)
    assert seen.part.width() >= 400 / 16 - 1e-6
    for _ in range(60):
        seen.zoom(0.5, at, tile)
    assert seen.part == whole


def test_around_stays_inside() -> None:
    whole = QRectF(0, 0, 100, 100)
    part = around(QRectF(0, 40, 50, 20), whole)
    assert whole.contains(part)
    assert part.contains(QRectF(0, 40, 50, 20))
    assert part.width() > 50
