"""The cache of pixmaps."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize

from studio.library.lanes import StoredLanes
from studio.ui.filmstrip import thumbnails
from studio.ui.filmstrip.thumbnails import Thumbnails
from studio.ui.qimage import from_qimage
from tests.unit.state.filmstrip.frames import make_frames

SIZE = QSize(24, 24)


def test_made_once_and_sharp_on_every_screen(qapp):
    frame, cache = make_frames(4)[1], Thumbnails()
    pixmap = cache.get(1, "x0", frame, SIZE, 2.0)
    assert pixmap.width() == 48
    assert pixmap.devicePixelRatio() == 2.0
    assert cache.get(1, "x0", frame, SIZE, 2.0).cacheKey() == pixmap.cacheKey()
    assert cache.get(1, "x0", frame, SIZE, 1.0).width() == 24
    assert len(cache) == 1  # another screen: all anew


def test_the_oldest_go_first(qapp):
    frame, cache = make_frames(4)[1], Thumbnails(limit=3)
    for row in range(5):
        cache.get(row, "x0", frame, SIZE, 1.0)
    assert len(cache) == 3
    cache.clear()
    assert len(cache) == 0


def test_absent_and_damaged_lanes_have_no_pixmap(qapp):
    frame, cache = make_frames(4, guided=False)[1], Thumbnails()
    assert cache.get(1, "uncond", frame, SIZE, 1.0) is None

    def broken(begin, end):
        return b"no jpeg"

    bad = replace(frame, lanes=StoredLanes({"x0": (0, 7)}, broken))
    assert cache.get(2, "x0", bad, SIZE, 1.0) is None


def test_wide_pictures_are_covered_not_squeezed(qapp):
    frame = make_frames(4)[1]
    wide = replace(frame, lanes={"x0": frame.lanes["x0"][:8]})
    pixmap = Thumbnails().get(0, "x0", wide, SIZE, 1.0)
    assert (pixmap.height(), pixmap.width()) == (24, 24)
    middle = frame.lanes["x0"][:8, 14:18].astype(int).mean(axis=(0, 1))
    shown = from_qimage(pixmap.toImage())[8:16, 8:16].astype(int).mean(axis=(0, 1))
    assert abs(shown - middle).max() < 30


def test_the_corners_are_soft(qapp):
    image = Thumbnails().get(0, "x0", make_frames(4)[1], SIZE, 1.0).toImage()
    assert image.pixelColor(0, 0).alpha() < 100
    assert image.pixelColor(12, 0).alpha() == 255


def test_old_ones_stand_in_until_all_are_made_again(qapp, monkeypatch):
    """After a long run the strip comes from the disk: the window stood still for 60 ms."""
    frame, cache = make_frames(4)[1], Thumbnails()
    cache.begin()
    old = [cache.get(row, "x0", frame, SIZE, 1.0).cacheKey() for row in range(3)]
    assert cache.end()
    cache.renew()
    monkeypatch.setattr(thumbnails, "PAINT_MS", -1)  # no time at all
    cache.begin()
    assert [cache.get(row, "x0", frame, SIZE, 1.0).cacheKey() for row in range(3)] == old
    assert cache.get(3, "x0", frame, SIZE, 1.0).width() == 24  # nothing could stand in for it
    assert not cache.end()
    monkeypatch.setattr(thumbnails, "PAINT_MS", 10_000)
    cache.begin()
    new = [cache.get(row, "x0", frame, SIZE, 1.0).cacheKey() for row in range(3)]
    assert not set(new) & set(old)
    assert cache.end()
    cache.renew()
    cache.clear()  # another take: nothing of the old one may be seen
    monkeypatch.setattr(thumbnails, "PAINT_MS", -1)
    cache.begin()
    assert cache.get(0, "x0", frame, SIZE, 1.0).cacheKey() not in new
