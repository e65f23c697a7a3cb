"""The table of an index: pictures, copies, failures, and the slots they own."""

import threading

import numpy as np
import pytest

from studio.concepts.rows import Rows
from studio.concepts.store import Entry, Source, StoreError


def source(name, *, size=9, digest=b"d"):
    return Source(file=name, size=size, mtime_ns=5, digest=digest)


@pytest.fixture
def table(tmp_path):
    table = Rows(tmp_path / "rows.db")
    yield table
    table.close()


@pytest.fixture
def filled(table):
    with table.writing():
        table.put([Entry(source=source(f"/p/{n}.png"), width=64) for n in "abc"], [0, 1, 2])
    return table


def test_what_is_put_is_found(filled):
    (item,) = filled.find("/p/b.png")
    assert (item.state, item.width, item.part) == ("ready", 64, -1)
    assert filled.ready_count() == 3
    ids, slots = filled.slots()
    assert slots.tolist() == [0, 1, 2]
    assert [i.file for i in filled.items(ids[::-1].tolist())] == [
        "/p/c.png",
        "/p/b.png",
        "/p/a.png",
    ]


def test_a_picture_is_replaced_not_doubled(filled):
    (before,) = filled.find("/p/a.png")
    with filled.writing():
        filled.put([Entry(source=source("/p/a.png", size=10))], [7])
    (after,) = filled.find("/p/a.png")
    assert (after.id, after.size) == (before.id, 10)
    assert filled.slots_of([after.id]) == {after.id: 7}


def test_a_transaction_that_fails_changes_nothing(filled):
    def fail():
        with filled.writing():
            filled.delete([1, 2, 3])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert filled.ready_count() == 3


def test_copies_share_their_slot(filled):
    (item,) = filled.find("/p/a.png")
    with filled.writing():
        filled.share([item.id], source("/q/copy.png"))
    (copy,) = filled.find("/q/copy.png")
    assert filled.slots_of([copy.id, item.id]) == {copy.id: 0, item.id: 0}
    assert {i.file for i in filled.alike(source("/q/new.png"))} == {"/p/a.png"}
    assert filled.alike(source("/q/new.png", digest=b"")) == []


def test_failures_are_remembered_and_not_found(filled):
    with filled.writing():
        filled.put_failed(source("/p/a.png"), "damaged")
    (failed,) = filled.failures()
    assert (failed.file, failed.reason) == ("/p/a.png", "damaged")
    assert filled.ready_count() == 2


def test_stale_rows_lose_their_slot(filled):
    with filled.writing():
        assert filled.mark_stale(1, 2) == 2
    assert filled.slots()[1].tolist() == [0]


def test_moving_and_deleting(filled):
    ids, _ = filled.slots()
    with filled.writing():
        filled.delete([ids[0]])
        filled.move_slots(ids[1:], np.array([0, 1]))
    assert filled.slots()[1].tolist() == [0, 1]
    assert set(filled.files("/p/")) == {"/p/b.png", "/p/c.png"}
    assert filled.files("/other/") == {}


def test_texts_and_checksums(table):
    with table.writing():
        table.set_meta("model", "x")
        table.set_block_crcs({0: 5, 1: 6})
        table.set_block_crcs({1: 7})
    assert table.meta("model") == "x"
    assert table.meta("none", "fallback") == "fallback"
    assert table.block_crcs() == {0: 5, 1: 7}
    with table.writing():
        table.set_block_crcs({0: 1}, replace_all=True)
    assert table.block_crcs() == {0: 1}


def test_another_connection_is_noticed(filled, tmp_path):
    before = filled.version()
    other = Rows(tmp_path / "rows.db")
    with other.writing():
        other.delete([1])
    other.close()
    assert filled.version() != before


def test_it_is_used_from_several_threads(filled):
    failed = []

    def work():
        try:
            for _ in range(10):
                with filled.writing():
                    filled.set_meta("k", "v")
                filled.slots()
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "rows.db").write_bytes(b"nonsense" * 500)
    with pytest.raises(StoreError, match="is damaged"):
        Rows(tmp_path / "rows.db")


def test_a_size_is_known_while_a_ready_row_has_it(filled):
    assert filled.has_size(9)
    assert not filled.has_size(10)
    with filled.writing():
        filled.put_failed(source("/p/d.png", size=10), "broken")
    assert not filled.has_size(10)  # what could not be read is like nothing
