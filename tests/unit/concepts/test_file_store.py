"""The store: exact answers, and nothing lost when the power goes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.concepts import algebra, file_store
from studio.concepts.file_store import FileStore
from studio.concepts.matrix import BLOCK, Matrix
from studio.concepts.store import Entry, Source, StoreError

D = 16


def entries(first, count, *, folder="/p", digest=b""):
    return [Entry(source=Source(file=f"{folder}/{i}.png", size=10, mtime_ns=i, digest=digest))
            for i in range(first, first + count)]  # fmt: skip


def vectors(count, seed=0, dimensions=D):
    draw = np.random.default_rng(seed).standard_normal((count, dimensions))
    return algebra.unit(draw.astype(np.float32))


@pytest.fixture
def store(tmp_path):
    with_files = FileStore(tmp_path / "index", D, "model-a")
    yield with_files
    with_files.close()


def reopen(store, model="model-a"):
    store.close()
    return FileStore(store._folder, D, model)


def best(store, query, k=5):
    scores = store.score(query[None], k)
    order = np.argsort(-scores.values[0])[:k]
    return [item.file for item in store.items(scores.ids[order])]


def test_scores_equal_the_dot_products(store):
    rows = vectors(200)
    store.add(entries(0, 100), rows[:100])
    store.add(entries(100, 100), rows[100:])
    scores = store.score(np.stack([rows[3], rows[3] - rows[4]]), 5)
    assert scores.is_complete
    assert len(store) == 200
    np.testing.assert_allclose(scores.values[0], rows @ rows[3], atol=4e-3)
    np.testing.assert_allclose(scores.values[1], rows @ (rows[3] - rows[4]), atol=6e-3)
    assert best(store, rows[7])[0] == "/p/7.png"
    np.testing.assert_allclose(store.vectors([8, 999]), [rows[7], np.zeros(D)], atol=1e-3)


def test_a_replaced_picture_is_found_under_its_new_vector_only(store):
    rows = vectors(20)
    store.add(entries(0, 10), rows[:10])
    store.add(entries(3, 1), rows[15:16])
    assert len(store) == 10
    assert best(store, rows[15])[0] == "/p/3.png"
    assert store.waste() == pytest.approx(1 / 11)
    again = reopen(store)
    assert best(again, rows[15])[0] == "/p/3.png"
    again.close()


def test_removed_pictures_are_gone(store):
    rows = vectors(10)
    store.add(entries(0, 10), rows)
    [item] = store.find("/p/4.png")
    store.remove([item.id])
    assert "/p/4.png" not in best(store, rows[4], 10)
    assert store.files("/p/").keys() == {f"/p/{i}.png" for i in range(10) if i != 4}
    assert store.files("/other/") == {}


def test_copies_share_a_vector(store):
    store.add(entries(0, 1, digest=b"same"), vectors(1))
    copy = Source(file="/q/copy.png", size=10, mtime_ns=5, digest=b"same")
    store.copy(store.alike(copy), copy)
    assert sorted(best(store, vectors(1)[0])) == ["/p/0.png", "/q/copy.png"]
    assert store.waste() == 0
    assert store.alike(Source(file="/q/other.png", size=11, mtime_ns=5, digest=b"same")) == []
    assert store.alike(Source(file="/q/other.png", size=10, mtime_ns=5)) == []


def test_failures_are_remembered_until_the_picture_is_whole(store):
    source = Source(file="/p/0.png", size=1, mtime_ns=2)
    store.fail(source, "It is cut off.")
    [failure] = store.failures()
    assert (failure.file, failure.reason) == ("/p/0.png", "It is cut off.")
    assert len(store) == 0
    store.add([Entry(source=source)], vectors(1))
    assert store.failures() == []
    assert len(store) == 1


def test_steps_of_a_strip_are_pictures(store):
    source = Source(file="/p/a.take", size=1, mtime_ns=2)
    store.add([Entry(source=source, part=i) for i in range(3)], vectors(3))
    names = [item.reference for item in store.find("/p/a.take")]
    assert names == [f"/p/a.take#{i}" for i in range(3)]


def test_a_torn_tail_is_cut_when_opened(store):
    rows = vectors(30)
    store.add(entries(0, 20), rows[:20])
    path = store._matrix.path
    with open(path, "ab") as file:
        file.write(b"torn" * 9)
    again = reopen(store)
    assert path.stat().st_size == 20 * D * 2
    again.add(entries(20, 10), rows[20:])
    assert best(again, rows[25])[0] == "/p/25.png"
    assert list(again.verify())[-1] == 30
    assert len(again) == 30
    again.close()


def test_a_lost_matrix_asks_for_indexing_again_and_never_crashes(store):
    store.add(entries(0, 20), vectors(20))
    store.close()
    os.truncate(store._matrix.path, 5 * D * 2 + 3)
    again = FileStore(store._folder, D, "model-a")
    assert len(again) == 5
    assert [item.state for item in again.find("/p/7.png")] == ["stale"]
    again.add(entries(5, 15), vectors(15))
    list(again.verify())
    assert len(again) == 20
    again.close()


def test_a_flipped_bit_is_noticed(store, monkeypatch):
    store.add(entries(0, 50), vectors(50))
    store.close()
    data = bytearray(store._matrix.path.read_bytes())
    data[33] ^= 64
    store._matrix.path.write_bytes(data)
    again = FileStore(store._folder, D, "model-a")
    list(again.verify())
    assert len(again) == 0
    assert again.find("/p/3.png")[0].state == "stale"
    again.close()


def test_checksums_follow_appends_across_blocks(tmp_path):
    store = FileStore(tmp_path, 2, "m")
    for at in range(0, 2 * BLOCK + 5000, 7000):
        store.add(entries(at, 7000), vectors(7000, at, 2))
    count = len(store)
    assert count > 2 * BLOCK
    assert list(store.verify())[-1] == count
    assert len(store) == count
    store.close()


def test_compaction_keeps_every_answer(store):
    rows = vectors(60)
    store.add(entries(0, 50), rows[:50])
    store.remove(range(1, 31))
    store.add(entries(45, 10), rows[50:])
    before = best(store, rows[52], 30)
    assert store.waste() > 0.4
    store.compact()
    assert store.waste() == 0
    assert best(store, rows[52], 30) == before
    assert [path.name for path in store._folder.glob("*.f16")] == ["vectors-1.f16"]
    again = reopen(store)
    list(again.verify())
    assert best(again, rows[52], 30) == before
    again.close()


def test_a_disk_without_room_for_both_keeps_the_old_matrix(store, monkeypatch):
    rows = vectors(20)
    store.add(entries(0, 20), rows)
    store.remove(range(1, 11))
    write = Matrix.write

    def half(self, at, data):
        write(self, at, data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Matrix, "write", half)
    with pytest.raises(StoreError, match="No space left"):
        store.compact()
    monkeypatch.undo()
    assert best(store, rows[15])[0] == "/p/15.png"
    assert [path.name for path in store._folder.glob("*.f16")] == ["vectors-0.f16"]
    store.compact()
    assert best(store, rows[15])[0] == "/p/15.png"


def test_a_half_done_compaction_is_thrown_away(store):
    store.add(entries(0, 5), vectors(5))
    (store._folder / "vectors-1.f16").write_bytes(b"half")
    again = reopen(store)
    assert len(again) == 5
    assert not (again._folder / "vectors-1.f16").exists()
    again.close()


def test_another_model_is_refused(store):
    store.close()
    with pytest.raises(StoreError, match="another model"):
        FileStore(store._folder, D, "model-b")


def test_a_broken_table_is_one_sentence(tmp_path):
    (tmp_path / "index.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="is damaged"):
        FileStore(tmp_path, D, "m")


def test_a_full_disk_leaves_the_index_as_it_was(store, monkeypatch):
    store.add(entries(0, 5), vectors(5))

    def no_space(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Matrix, "write", no_space)
        with pytest.raises(StoreError, match="No space left"):
            store.add(entries(5, 5), vectors(5))
    assert len(store) == 5
    store.add(entries(5, 5), vectors(5, 1))
    list(store.verify())
    assert len(store) == 10


def test_vectors_that_are_not_finite_or_of_another_width_are_refused(store):
    with pytest.raises(StoreError, match="not finite"):
        store.add(entries(0, 1), np.full((1, D), np.nan, np.float32))
    with pytest.raises(StoreError, match="fit"):
        store.add(entries(0, 1), vectors(1, 0, D + 1))
    assert len(store) == 0


def test_two_programs_may_write_in_turns(store):
    other = FileStore(store._folder, D, "model-a")
    rows = vectors(30)
    store.add(entries(0, 10), rows[:10])
    other.add(entries(10, 10), rows[10:20])
    store.add(entries(20, 10), rows[20:])
    assert best(store, rows[15])[0] == best(other, rows[15])[0] == "/p/15.png"
    other.compact()
    other.remove([1])
    assert best(store, rows[25])[0] == "/p/25.png"
    assert len(store) == 29
    other.close()


def meanwhile(monkeypatch, owner, name, action):
    """Do something just before the next call of owner.name, once."""
    real = getattr(owner, name)

    def called(*given):
        monkeypatch.setattr(owner, name, real)
        action()
        return real(*given)

    monkeypatch.setattr(owner, name, called)


@pytest.mark.parametrize("ask", ["score", "vectors", "sample"])
def test_another_program_may_add_between_two_readings(store, monkeypatch, ask):
    rows = vectors(20)
    store.add(entries(0, 10), rows[:10])
    other = FileStore(store._folder, D, "model-a")
    meanwhile(monkeypatch, other._rows, "slots",
              lambda: store.add(entries(10, 10), rows[10:]))  # fmt: skip
    given = {"score": (rows[:1], 5), "vectors": ([1, 20],), "sample": (50,)}[ask]
    assert getattr(other, ask)(*given) is not None
    assert best(other, rows[15])[0] == "/p/15.png"
    other.close()


def test_another_program_may_tidy_up_between_two_readings(store, monkeypatch):
    rows = vectors(20)
    store.add(entries(0, 20), rows)
    other = FileStore(store._folder, D, "model-a")

    def tidy():
        store.remove(range(1, 16))
        store.compact()

    meanwhile(monkeypatch, other, "_use_current_matrix", tidy)
    other._version = -1
    assert other.score(rows[:1], 5).values.shape[1] in (5, 20)  # before it or after it
    assert best(other, rows[17])[0] == "/p/17.png"
    assert len(other.score(rows[:1], 5).ids) == 5
    other.close()


def test_a_matrix_that_is_gone_is_one_sentence(store):
    store.add(entries(0, 5), vectors(5))
    other = FileStore(store._folder, D, "model-a")
    other._matrix.path.unlink()
    with pytest.raises(StoreError, match="another program"):
        other.score(vectors(1), 5)
    other.close()


def test_an_empty_store_answers(store):
    assert store.score(vectors(1), 5).values.shape == (1, 0)
    assert store.sample(10).shape == (0, D)
    assert store.items([1, 2]) == []
    store.compact()
    assert len(store) == 0


WRITER = """
import sys, numpy as np
from pathlib import Path
from studio.concepts.file_store import FileStore
from studio.concepts.store import Entry, Source
store = FileStore(Path(sys.argv[1]), 16, "m")
first = len(store)
while True:
    rows = np.repeat((np.arange(first, first + 50) % 1000)[:, None], 16, 1).astype(np.float32)
    store.add([Entry(source=Source(file=f"p{i}", size=1, mtime_ns=1))
               for i in range(first, first + 50)], rows)
    first += 50
    print(first, flush=True)
"""


@pytest.mark.parametrize("is_together", [False, True])
@pytest.mark.parametrize("readers", [1, 3])
@pytest.mark.parametrize("count", [1, 3])
def test_a_scan_in_blocks_by_several_readers_gives_every_product(
    monkeypatch, is_together, readers, count
):
    monkeypatch.setattr(file_store, "_SCAN_ROWS", 7)
    monkeypatch.setattr(file_store, "_has_half_products", lambda: is_together)
    monkeypatch.setattr(file_store, "_MOST_READERS", readers)
    monkeypatch.setattr(file_store.os, "cpu_count", lambda: 8 * readers)
    rows, queries = (torch.from_numpy(vectors(n)).half() for n in (60, count))
    found = file_store._scan(rows, queries).float()
    np.testing.assert_allclose(found, queries.float() @ rows.float().T, atol=4e-3)


@pytest.mark.parametrize("acknowledged_batches", [1, 3])
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path, acknowledged_batches):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True,
        cwd=Path(file_store.__file__).parents[2],
    )  # fmt: skip
    told = 0
    for _ in range(acknowledged_batches):
        told = int(process.stdout.readline())
    process.kill()
    process.communicate()
    store = FileStore(tmp_path, 16, "m")
    assert len(store) >= told
    ids = np.arange(1, len(store) + 1)
    np.testing.assert_array_equal(store.vectors(ids)[:, 0], (ids - 1) % 1000)
    list(store.verify())
    assert len(store) == len(ids)
    store.close()
