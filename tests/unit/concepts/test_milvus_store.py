"""The Milvus adapter against Milvus Lite; without pymilvus only its words."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from studio.concepts import search
from studio.concepts.algebra import unit
from studio.concepts.milvus_store import MilvusStore
from studio.concepts.store import Entry, Source, StoreError

HAS_MILVUS = all(importlib.util.find_spec(name) for name in ("pymilvus", "milvus_lite"))
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


@pytest.mark.skipif(not HAS_MILVUS, reason="pymilvus and milvus-lite are not installed")
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
