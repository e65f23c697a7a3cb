"""Found pictures: order and cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.concepts.decode import Thumbnails
from studio.concepts.search import Found, Histogram
from studio.state.concepts.hits import HIT_ROLE, HitsModel
from tests.unit.state.concepts.conftest import hit


@pytest.fixture
def hits(qtbot, tmp_path):
    model = HitsModel(Thumbnails(tmp_path))
    found = (hit(3, 9, "/b.png"), hit(1, 5, "/a.png"), hit(2, 2, "/c.take", 4))
    bars = Histogram(np.ones(2, np.int64), np.array([0, 0.5, 1], np.float32))
    model.show_found(Found(found, 3, 1, 2, 0, bars, 0.3))
    return model


def names(model):
    return [model.index(row).data() for row in range(model.rowCount())]


def test_sorting(hits):
    assert names(hits) == ["b.png", "a.png", "c.take, step 5"]
    hits.set_sort("name")
    assert names(hits) == ["a.png", "b.png", "c.take, step 5"]
    hits.set_sort("date")
    assert [hits.hit(row).item.id for row in range(3)] == [3, 2, 1]
    hits.set_sort("nonsense")
    assert hits.sort_by == "date"


def test_the_cut_hides_weak_matches_and_can_be_undone(hits, qtbot):
    with qtbot.waitSignal(hits.found_changed):
        hits.set_cut(0.4)
    assert hits.rowCount() == 2
    hits.show_found(replace(hits.found, histogram=None))  # nobody could see why some are missing
    assert hits.rowCount() == 3
    hits.set_cut(None)
    assert hits.rowCount() == 3


def test_pictures_can_be_dragged_out(hits):
    data = hits.mimeData([hits.index(0), hits.index(2)])
    assert [url.toLocalFile() for url in data.urls()] == ["/b.png"]
    assert data.text() == "/b.png\n/c.take#4"
    assert hits.index(0).data(HIT_ROLE).z == 9


def test_of_each_strip_the_best_step_alone(hits):
    steps = [hit(n, z, "/run.take", part) for n, z, part in ((1, 9, 7), (2, 8, 6), (4, 3, 1))]
    picture, other = hit(3, 7, "/run.png"), hit(5, 5, "/other.png")
    found = (*steps[:2], picture, other, steps[2])  # best first, as a search tells them
    hits.show_found(Found(found, 5, 1, 2, 0, None, 0.3))
    hits.set_sort("strip")
    assert names(hits) == ["run.take, step 8", "other.png"]
    hits.set_sort("match")
    assert hits.rowCount() == 5
