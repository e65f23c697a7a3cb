"""Drawn data sets are kept by name, over restarts, and a broken file harms nothing."""

from __future__ import annotations

import json

import pytest

from studio.library.store import write_atomic
from studio.state.lab.drawings import NAME_MOST, SETS_MOST, Drawings

POINTS = [(0.5, -0.25, 0), (0.123456, 1.0, 2)]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "data" / "drawings.json"


def test_kept_over_a_restart(file):
    file.parent.mkdir()
    drawings = Drawings(file, write_atomic)
    assert drawings.names == ()
    assert drawings.free_name() == "Drawing 1"
    assert drawings.keep("", POINTS) == "Drawing 1"
    assert drawings.keep("  my\n star ", POINTS) == "my star"
    again = Drawings(file, write_atomic)
    assert again.names == ("Drawing 1", "my star")
    assert again.get("my star") == [(0.5, -0.25, 0), (0.1235, 1.0, 2)]
    assert again.free_name() == "Drawing 2"


def test_rename_and_delete(file):
    file.parent.mkdir()
    drawings = Drawings(file, write_atomic)
    for name in ("a", "b"):
        drawings.keep(name, POINTS)
    assert drawings.rename("a", "b") == "a"  # taken
    assert drawings.rename("a", "  ") == "a"
    assert drawings.rename("a", "x" * 500) == "x" * NAME_MOST
    assert drawings.names == ("x" * NAME_MOST, "b")
    drawings.delete("b")
    drawings.delete("never there")
    assert Drawings(file).names == ("x" * NAME_MOST,)


def test_no_more_than_so_many(file):
    drawings = Drawings()
    for n in range(SETS_MOST + 5):
        drawings.keep(f"set {n}", POINTS)
    assert len(drawings.names) == SETS_MOST
    assert drawings.get("set 0") == []
    assert drawings.get(f"set {SETS_MOST + 4}")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"drawings": 7}', "null", '{"other": []}',
                                  "[" * 50_000])  # fmt: skip
def test_a_broken_file_is_set_aside_or_empty(file, text):
    file.parent.mkdir()
    file.write_text(text)
    drawings = Drawings(file, write_atomic)
    assert drawings.names == ()
    drawings.keep("new", POINTS)
    assert Drawings(file).names == ("new",)


def test_nonsense_inside_a_file_is_left_out(file):
    file.parent.mkdir()
    points = [[0, 0, 0], [1, 2], ["a", 0, 0], [1e9, -1e9, 99], [float("nan"), 0, 0], 5]
    story = {"drawings": [{"name": "good", "points": points}, {"name": ""}, "no", {"points": []}]}
    file.write_text(json.dumps(story))
    drawings = Drawings(file)
    assert drawings.names == ("good",)
    assert drawings.get("good") == [(0.0, 0.0, 0), (2.0, -2.0, 2)]
