"""The Milvus adapter against Milvus Lite; without pymilvus only its words."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress

import numpy as np
import psutil
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


class Server:
    """Milvus Lite in a process of its own, reached through the network as any server."""

    def __init__(self, folder):
        self.folder = folder
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "milvus_lite", "server", "--data-dir", self.folder,
             "--host", "127.0.0.1", "--port", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(300):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            time.sleep(0.1)
        raise AssertionError("the server does not start")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "data")
    server.start()
    yield server
    server.kill()


@needs_milvus
def test_a_port_where_nobody_answers_is_one_sentence(monkeypatch, capfd):
    monkeypatch.setattr(milvus_store, "CONNECT_SECONDS", 1.0)
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # takes calls and never says a word
        for port in (1, silent.getsockname()[1]):
            began = time.monotonic()
            with pytest.raises(StoreError, match="does not answer") as caught:
                MilvusStore(f"http://me:secret@127.0.0.1:{port}", D, "m")
            assert time.monotonic() - began < 6
            assert f"127.0.0.1:{port}" in caught.value.message
            assert "secret" not in str(caught.value)
    assert "Traceback" not in capfd.readouterr().err


@needs_milvus
@pytest.mark.parametrize("address", ["hello", "ftp://host:1"])
def test_what_is_no_address_is_said(address):
    with pytest.raises(StoreError, match="is no address") as caught:
        MilvusStore(address, D, "m")
    assert "http://host:19530" in caught.value.hint


@needs_milvus
def test_a_server_that_goes_and_comes_back(server):
    store = MilvusStore(server.address, D, "m")
    store.add(entries(30), rows_of(30))
    server.kill()
    for work in (store.__len__, lambda: store.add(entries(35)[30:], rows_of(5)),
                 lambda: search.search(store, rows_of(1)[0])):  # fmt: skip
        with pytest.raises(StoreError, match="does not answer"):
            work()
    server.start()
    assert eventually(store.__len__) == 30
    store.add(entries(35)[30:], rows_of(5))
    assert len(store) == 35
    assert search.search(store, rows_of(30)[3], count=1).hits[0].item.file == "/p/3.png"
    store.close()


def eventually(work):
    """The client tries again after a second or two."""
    for _ in range(40):
        with suppress(StoreError):
            return work()
        time.sleep(0.25)
    return work()


@needs_milvus
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_server_that_hangs_is_an_error_in_time(server, monkeypatch):
    store = MilvusStore(server.address, D, "m")
    store.add(entries(3), rows_of(3))
    monkeypatch.setattr(milvus_store, "CALL_SECONDS", 1.5)
    server.process.send_signal(signal.SIGSTOP)
    try:
        while psutil.Process(server.process.pid).status() != psutil.STATUS_STOPPED:
            time.sleep(0.01)  # a busy server may answer once more before it stands
        began = time.monotonic()
        with pytest.raises(StoreError, match="does not answer"):
            len(store)
        assert time.monotonic() - began < 10
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert eventually(store.__len__) == 3
    store.close()


@needs_milvus
def test_another_width_or_database_is_said(server):
    MilvusStore(server.address, D, "m").close()
    with pytest.raises(StoreError, match="of another model"):
        MilvusStore(server.address, D // 2, "m")
    with pytest.raises(StoreError, match="no such database"):
        MilvusStore(f"{server.address}/nowhere", D, "m")


@needs_milvus
def test_only_sizes_that_are_there_are_known(server):
    store = MilvusStore(server.address, D, "m")
    store.add(entries(4), rows_of(4))
    assert [store.has_size(size) for size in (3, 99)] == [True, False]
    store.close()
