"""Grids in the window: cells as jobs, a sheet that fills, clicks, and impossible axes."""

from __future__ import annotations

import pytest

from studio.library.metadata import read_settings
from studio.state.lab.grid_room import GridRoom, presets
from tests.unit.state.conftest import ready, studio  # noqa: F401 - fixtures


@pytest.fixture
def opened():
    return []


@pytest.fixture
def grid(ready, opened):  # noqa: F811
    return GridRoom(ready.session, ready.generation, ready.messages, opened.append,
                    ready.models)  # fmt: skip


def test_every_cell_is_made_and_put_on_the_sheet(grid, ready, opened, qtbot, tmp_path):  # noqa: F811
    assert grid.start(["cfg=1,4", "seed=1..2"])
    assert grid.is_running
    qtbot.waitUntil(lambda: not grid.is_running, timeout=20_000)
    assert grid.progress == (4, 4)
    assert len(grid.paths) == 4
    seeds = sorted((r.guidance_scale, r.seed) for r in ready.engine.requests)
    assert seeds == [(1, 1), (1, 2), (4, 1), (4, 2)]
    left, top, right, bottom = grid._layout.box(1, 1, 0)
    assert grid.sheet[top:bottom, left:right].std() > 5
    assert grid.open_at(left + 3, top + 3)
    assert opened == [grid.paths[1, 1, 0]]
    assert not grid.open_at(1, 1)
    grid.save(tmp_path / "grid.png")
    assert read_settings(tmp_path / "grid.png").request.prompt == "a red fox"


def test_stopping_keeps_what_is_finished(grid, ready, qtbot):  # noqa: F811
    grid.start(["seed=1..30"])
    qtbot.waitUntil(lambda: len(grid.paths) >= 1, timeout=20_000)
    grid.stop()
    assert not grid.is_running
    qtbot.waitUntil(lambda: not ready.generation.waiting and ready.generation.running is None)
    assert 1 <= len(grid.paths) < 30
    assert grid.sheet is not None


@pytest.mark.parametrize(
    "texts",
    [[], ["cfg=x"], ["steps=0"], ["prompt=owl,cat"], ["seed=1..300", "cfg=1,2"],
     ["model=never heard of"]],
)  # fmt: skip
def test_impossible_grids_queue_nothing(grid, ready, texts):  # noqa: F811
    assert not grid.start(texts)
    assert not grid.is_running
    assert ready.messages._waiting


def test_a_grid_is_shown_before_it_is_made(grid, ready, qtbot):  # noqa: F811
    grid.plan(["cfg=1,4", "seed=1..3"])
    assert grid.progress == (0, 6)
    assert grid.sheet is not None
    assert not grid.open_at(100, 100)
    assert not ready.engine.requests
    grid.plan(["cfg=x"])
    assert "no value" in grid.problem
    assert grid.sheet is None
    grid.plan([])
    assert grid.problem == ""
    grid.start(["seed=1..2"])
    qtbot.waitUntil(lambda: not grid.is_running, timeout=20_000)
    grid.plan(["cfg="])
    assert len(grid.paths) == 2  # a finished grid is not lost by typing
    sheet = grid.sheet.copy()
    grid.plan(["cfg=1,4,8", "seed=1..3"])
    assert (len(grid.paths), grid.progress, grid.planned) == (2, (2, 2), 9)
    assert (grid.sheet == sheet).all()
    left, top, *_ = grid._layout.box(1, 0, 0)
    assert grid.place_at(left + 3, top + 3) == (1, 0, 0)  # by its own axes
    grid.plan(["cfg="])
    assert grid.planned == 0
    grid.start(["seed=5..7"])
    assert (grid.planned, grid.progress) == (0, (0, 3))
    grid.stop()


def test_the_negative_preset_has_words_for_every_request(ready):  # noqa: F811
    def row(**changes):
        return presets(ready.form.request.edit(**changes))[1].y

    assert row(prompt="a cat on a blue background") == "negative=,blue background"
    assert row(prompt="a cat", negative_prompt="red, green") == "negative=,red  green"
    assert row(prompt="", negative_prompt="") == "negative=,blurry"


def test_presets_can_be_read(grid, ready, qtbot):  # noqa: F811
    from studio.lab.grid import cells, parse_axis

    for preset in presets(ready.form.request):
        axes = [parse_axis(text) for text in (preset.x, preset.y) if text]
        assert 2 <= len(cells(ready.form.request, axes)) <= 24
        assert preset.words
