"""The Milvus adapter against Milvus Lite; without pymilvus only its words."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from studio.concepts import milvus_store, search
from studio.concepts.algebra import unit
from studio.concepts.milvus_store import MilvusStore
from studio.concepts.store import Entry, Source, StoreError

HAS_MILVUS = all(importlib.util.find_spec(name) for name in ("pymilvus", "milvus_lite"))
needs_milvus = pytest.mark.skipif(
    not HAS_MILVUS, reason="pymilvus and milvus-lite are not installed"
)
D = 16


def rows_of(count):
    return unit(np.random.default_rng(0).standard_normal((count, D)).astype(np.float32))


def entries(count):
    return [Entry(source=Source(file=f"/p/{i}.png", size=i, mtime_ns=i, digest=bytes([i])))
            for i in range(count)]  # fmt: skip


@pytest.mark.skipif(HAS_MILVUS, reason="pymilvus is installed")
def test_a_missing_client_is_one_sentence():
    with pytest.raises(StoreError, match="not installed") as caught:
        MilvusStore("http://localhost:1", D, "m")
    assert "extra" in caught.value.hint


@needs_milvus
def test_pictures_are_stored_found_copied_and_removed(tmp_path):
    store = MilvusStore(str(tmp_path / "index.db"), D, "m")
    rows = rows_of(30)
    store.add(entries(30), rows)
    assert len(store) == 30
    found = search.search(store, rows[7], count=5)
    assert found.hits[0].item.file == "/p/7.png"
    assert found.histogram is None
    copy = Source(file="/q/7.png", size=7, mtime_ns=1, digest=bytes([7]))
    store.copy(store.alike(copy), copy)
    assert len(store.find("/q/7.png")) == 1
    store.remove([store.find("/p/7.png")[0].id])
    assert store.find("/p/7.png") == []
    store.fail(Source(file="/p/9.png", size=1, mtime_ns=1), "It is cut off.")
    assert [item.reason for item in store.failures()] == ["It is cut off."]
    assert set(store.files("/q/")) == {"/q/7.png"}
    store.close()


@needs_milvus
def test_file_names_of_all_kinds_are_found_again(tmp_path):
    store = MilvusStore(str(tmp_path / "index.db"), D, "m")
    names = ['/p/"quoted".png', "/p/it's.png", "/p/back\\slash.png", "/p/ünï 帽.png",
             "/p/line\nbreak.png", "/p/{file}.png", "/p/%_.png"]  # fmt: skip
    store.add([Entry(source=Source(file=name, size=1, mtime_ns=1)) for name in names],
              rows_of(len(names)))  # fmt: skip
    for name in names:
        assert [item.file for item in store.find(name)] == [name]
    store.close()


@needs_milvus
def test_more_files_than_one_page_are_all_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(milvus_store, "_PAGE", 10)
    store = MilvusStore(str(tmp_path / "index.db"), D, "m")
    store.add(entries(35), rows_of(35))
    assert len(store.files("/p/")) == 35
    store.close()


@needs_milvus
def test_indexing_again_replaces_and_an_opened_index_is_as_it_was(tmp_path):
    store = MilvusStore(str(tmp_path / "index.db"), D, "m")
    store.add(entries(5), rows_of(5))
    store.fail(Source(file="/p/2.png", size=2, mtime_ns=9), "It is cut off.")
    store.add(entries(5)[1:3], rows_of(5)[3:])
    store.close()
    again = MilvusStore(str(tmp_path / "index.db"), D, "m")
    assert len(again) == 5
    assert again.failures() == []
    best = search.search(again, rows_of(5)[3], count=2).hits
    assert {hit.item.file for hit in best} == {"/p/1.png", "/p/3.png"}
    again.close()
