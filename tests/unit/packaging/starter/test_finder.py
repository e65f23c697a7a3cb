"""The finder: its lessons are true, and it learns to count, measure and locate real renders."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from starter_recipe.finder import (
    CELL,
    CELLS,
    Finder,
    aspects_of,
    finder_loss,
    forgive,
    lesson,
    load_finder,
    middle,
    targets,
    train_finder,
    untrained,
)
from starter_recipe.judge import Judge
from starter_recipe.pictures import make_renderer
from starter_recipe.scenes import Placement, Scene, world
from starter_recipe.settings import SETTINGS, Places
from starter_recipe.training import Length


@pytest.fixture(scope="module")
def places(tiny_run: Path) -> Places:
    return Places(tiny_run / "finder", SETTINGS["tiny"])


@pytest.fixture(scope="module", autouse=True)
def sprites(tiny_run: Path, places: Places) -> None:
    places.out.mkdir()
    places.sprites.symlink_to(tiny_run / "sprites.zip")


def scene(*placements: Placement) -> Scene:
    return Scene("layout", "desert", 0, placements, tuple(p.glyph for p in placements), "", "", "",
                 "")


def test_lessons_repeat_vary_and_hardly_overlap() -> None:
    w = world("small")
    assert lesson(w, 7, 20) == lesson(w, 7, 20)
    scenes = [s for s in lesson(w, 1, 300) if s.kind == "layout"]
    assert {len(s.placements) for s in scenes} == {0, 1, 2, 3, 4, 5}
    alike = [len(set(s.objects)) == 1 for s in scenes if len(s.objects) > 1]
    assert 0.3 < sum(alike) / len(alike) < 0.7
    for s in scenes:
        spots = [(p.x, p.bottom - p.size / 2, p.size) for p in s.placements]
        for i, (x, y, size) in enumerate(spots):
            for x2, y2, size2 in spots[:i]:
                assert max(abs(x - x2), abs(y - y2)) > 0.4 * (size + size2)


def test_targets_mark_the_middles_and_sizes(places: Places) -> None:
    w = world("tiny")
    aspects = aspects_of(make_renderer(places))
    first = Placement(w.objects[0], 64, 36, 70)
    second = Placement(w.objects[1], 32, 100, 120)
    marks, sizes = targets(Finder(w), [scene(first, second), scene()], aspects)
    assert marks.shape == (2, len(w.subjects), CELLS, CELLS)
    assert int((marks == 1).sum()) == int((~sizes.isnan()).sum()) == 2
    for p, power in ((first, 0.0), (second, -1.0)):
        x, y = middle(p, aspects[p.glyph])
        row, column = int(y // CELL), int(x // CELL)
        assert float(marks[0, w.subjects.index(p.glyph), row, column]) == 1
        assert float(sizes[0, row, column]) == power
    assert float(marks[1].sum()) == 0


def test_the_loss_falls_towards_the_right_answer() -> None:
    marks = torch.zeros(1, 2, CELLS, CELLS)
    marks[0, 0, 3, 4] = 1
    sizes = torch.full((1, CELLS, CELLS), torch.nan)
    sizes[0, 3, 4] = 0.5
    right, wrong = torch.full((2, 1, 2, CELLS, CELLS), -8.0)
    right[0, 0, 3, 4] = wrong[0, 1, 3, 4] = 8.0
    said = torch.full((1, CELLS, CELLS), 0.5)
    assert float(finder_loss(right, said, marks, sizes)) < 0.01
    assert float(finder_loss(wrong, said, marks, sizes)) > 1
    assert float(finder_loss(right, said + 1, marks, sizes)) == pytest.approx(1, abs=0.01)


def test_forgiven_pictures_keep_their_shape_and_differ() -> None:
    torch.manual_seed(0)
    x = torch.rand(3, 3, 128, 128)
    out = forgive(x)
    assert out.shape == x.shape
    assert float((out - x).abs().mean()) > 0.005


@pytest.mark.slow
def test_it_learns_to_find_what_is_there(places: Places) -> None:
    train_finder(places, Length(10.0, plan_steps=500))  # steps end it, on a busy machine too
    finder, w = load_finder(places), world("tiny")
    a, b = w.objects[:2]
    asked = [scene(Placement(a, 56, 34, 100), Placement(b, 56, 94, 100)),
             scene(Placement(b, 92, 64, 114)), scene(),
             scene(*(Placement(a, 52, x, y) for x, y in ((64, 60), (34, 120), (94, 120))))]
    found = finder.find(make_renderer(places).draw(asked))
    assert [Counter(f.glyph for f in one) for one in found] == [
        Counter(s.objects) for s in asked]
    left, right = sorted(found[0], key=lambda f: f.x)
    assert (left.glyph, right.glyph) == (a, b)
    assert left.x == pytest.approx(34, abs=8)
    assert found[1][0].size > 1.3 * left.size


def test_it_goes_on_from_the_judge_and_answers_for_every_cell(places: Places) -> None:
    judge = Judge(world("tiny"))
    torch.save({"model": judge.state_dict(), "step": 1, "seconds": 1.0},
               places.checkpoint("judge"))
    try:
        fresh = untrained(places)
        assert torch.equal(fresh.features[0].weight, judge.features[0].weight)
        logits, sizes = fresh(torch.zeros(2, 3, 128, 128))
        assert logits.shape == (2, len(fresh.subjects), CELLS, CELLS)
        assert sizes.shape == (2, CELLS, CELLS)
    finally:
        places.checkpoint("judge").unlink()
