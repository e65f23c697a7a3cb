"""Searching: the right pictures first, what is excluded, and how sure."""

from __future__ import annotations

import numpy as np
import pytest

from studio.concepts import search
from studio.concepts.algebra import unit
from studio.concepts.file_store import FileStore
from studio.concepts.store import Entry, Source

D = 32


def axis(number):
    return np.eye(D, dtype=np.float32)[number]


@pytest.fixture
def store(tmp_path):
    """500 pictures of noise; every 50th shows a hat (axis 0), every 100th a beard too (axis 1)."""
    rng = np.random.default_rng(0)
    rows = 0.3 * rng.standard_normal((500, D)).astype(np.float32)
    rows[:, 31] += 2  # what all pictures share
    rows[::50] += 3 * axis(0)
    rows[::100] += 3 * axis(1)
    store = FileStore(tmp_path, D, "m")
    entries = [Entry(source=Source(file=f"{i}.png", size=1, mtime_ns=1)) for i in range(500)]
    store.add(entries, unit(rows))
    yield store
    store.close()


def numbers(found):
    return [int(hit.item.file.split(".")[0]) for hit in found.hits]


def test_the_best_come_first_and_stand_out(store):
    found = search.search(store, axis(0), count=20)
    assert set(numbers(found)[:10]) == set(range(0, 500, 50))
    assert found.strong == 10
    assert found.hits[9].z > search.STRONG_Z > found.hits[10].z
    assert [hit.score for hit in found.hits] == sorted((h.score for h in found.hits), reverse=True)
    assert found.note == ""
    assert found.hits[9].score > found.suggested_cut


def test_excluding_takes_out_what_subtracting_only_moves_down(store):
    excluded = search.search(store, axis(0), excludes=[axis(1)], count=20)
    assert set(numbers(excluded)[:5]) == set(range(50, 500, 100))
    assert not set(numbers(excluded)) & set(range(0, 500, 100))
    assert excluded.excluded >= 5
    steered = search.search(store, unit(axis(0) - axis(1)), count=500)
    assert set(range(0, 500, 100)) <= set(numbers(steered))


def test_the_histogram_counts_every_picture(store):
    found = search.search(store, axis(0), count=5)
    assert found.total == 500
    assert found.histogram.counts.sum() == 500
    assert len(found.histogram.edges) == search.BINS + 1


def test_when_nothing_fits_it_says_so(store):
    found = search.search(store, axis(31), count=5)
    assert found.strong == 0
    assert "nearest" in found.note


def test_nothing_of_a_kind_and_everything_of_it_are_told_apart(store):
    """All pictures are alike along axis 31: much more so than others are, or no more than those."""
    noise = 0.3 * np.random.default_rng(1).standard_normal((200, D)).astype(np.float32)
    unlike, alike = unit(noise + 2 * axis(30)), unit(noise + 2 * axis(31))
    everything = search.search(store, axis(31), count=5, usual=unlike)
    assert everything.possible == 0
    assert everything.note.startswith("Many pictures are like this")
    nothing = search.search(store, axis(31), count=5, usual=alike)
    assert nothing.note.startswith("Nothing stands out")
    too_few = search.search(store, axis(31), count=5, usual=unlike[:10])
    assert too_few.note.startswith("Nothing stands out")


def test_the_note_and_the_count_of_possible_ones_do_not_contradict(tmp_path):
    """In a library of any size: what is called possible is not called nothing."""
    for count in (60, 800):
        store = FileStore(tmp_path / str(count), D, "m")
        rng = np.random.default_rng(count)
        rows = unit(rng.standard_normal((count, D)).astype(np.float32))
        store.add([Entry(source=Source(file=f"{i}.png", size=1, mtime_ns=1))
                   for i in range(count)], rows)  # fmt: skip
        founds = [search.search(store, axis(place)) for place in range(D)]
        assert all(bool(found.note) <= (found.possible == 0) for found in founds)
        store.close()


def test_an_empty_library_and_a_library_of_one(tmp_path):
    store = FileStore(tmp_path, D, "m")
    assert "indexed" in search.search(store, axis(0)).note
    store.add([Entry(source=Source(file="a.png", size=1, mtime_ns=1))], axis(0)[None])
    found = search.search(store, axis(0))
    assert [hit.item.file for hit in found.hits] == ["a.png"]
    assert found.hits[0].score == pytest.approx(1, abs=1e-3)
    store.close()
