"""Small pictures: read once, read again when the file is another, and never stuck."""

from __future__ import annotations

import pytest
from PIL import Image


@pytest.fixture
def door(door):
    door.colour = (200, 30, 30)
    door.picture = lambda name: Image.new("RGB", (32, 24), door.colour)
    return door


def colour_of(picture):
    return picture.toImage().pixelColor(5, 5).getRgb()[:3]


def shown(thumbs, qtbot, name, cached=""):
    thumbs.get(name, cached)
    with qtbot.waitSignal(thumbs.arrived, timeout=5000):
        pass
    return thumbs.get(name, cached)


def test_a_changed_file_is_shown_anew(thumbs, door, qtbot, tmp_path):
    """Index and cached file follow the file's time; the grid kept the old picture."""
    first, second = str(tmp_path / "1.jpg"), str(tmp_path / "2.jpg")
    assert colour_of(shown(thumbs, qtbot, "/p/a.png", first)) == (200, 30, 30)
    door.colour = (30, 200, 30)
    assert colour_of(thumbs.get("/p/a.png", first)) == (200, 30, 30)
    assert colour_of(thumbs.get("/p/a.png", second)) == (200, 30, 30)  # until the new one is there
    qtbot.waitUntil(lambda: colour_of(thumbs.get("/p/a.png", second)) == (30, 200, 30))
    assert colour_of(thumbs.get("/p/a.png")) == (30, 200, 30)  # a chip has no cached file to tell


@pytest.mark.parametrize("error", [RuntimeError("no home"), ValueError("NUL"), OSError("gone"),
                                   MemoryError()])  # fmt: skip
def test_one_that_cannot_be_read_does_not_end_the_reading(thumbs, door, qtbot, error):
    def fail(name):
        raise error

    door.picture, whole = fail, door.picture
    assert shown(thumbs, qtbot, "~bad.png") is None
    assert thumbs.is_broken("~bad.png")
    door.picture = whole
    assert colour_of(shown(thumbs, qtbot, "/p/good.png")) == (200, 30, 30)
