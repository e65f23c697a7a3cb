from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from studio.engine import importing
from studio.engine.engine import Engine
from studio.engine.errors import Cancelled
from studio.engine.importing import HEAVY_IMPORTS, import_libraries, is_importing
from tests.unit.engine.harness import ask, run


@pytest.fixture
def _nothing_imported(monkeypatch):
    monkeypatch.setattr(importing, "_done", set())


def test_an_engine_waits_while_another_thread_imports():
    run(ask(steps=1))  # everything is imported: only the lock is in the way
    stores = []
    thread = threading.Thread(target=lambda: stores.append(Engine([], "cpu").store()))
    with HEAVY_IMPORTS:
        thread.start()
        thread.join(0.3)
        assert not stores
    thread.join(60)
    assert len(stores) == 1


@pytest.mark.usefixtures("_nothing_imported")
def test_warm_up_holds_nothing_while_it_is_paused():
    """A generator that is paused between its parts must not keep other threads from importing."""
    generator = Engine([], "cpu").warm_up("")
    next(generator)
    free = []

    def take_it():
        free.append(HEAVY_IMPORTS.acquire(timeout=5))
        HEAVY_IMPORTS.release()

    thread = threading.Thread(target=take_it)
    thread.start()
    thread.join(10)
    assert free == [True]


@pytest.mark.usefixtures("_nothing_imported")
def test_a_stop_is_heard_between_the_libraries():
    stop = threading.Event()
    pieces = Engine([], "cpu").warm_up("", stop)
    assert next(pieces).fraction == 0
    assert 0 < next(pieces).fraction < 1
    stop.set()
    with pytest.raises(Cancelled):
        next(pieces)
    assert HEAVY_IMPORTS.acquire(timeout=1)
    HEAVY_IMPORTS.release()


@pytest.mark.usefixtures("_nothing_imported")
def test_whoever_waits_for_the_import_hears_a_stop_in_the_middle_of_it(monkeypatch):
    """An import cannot be stopped; so it has a thread of its own, and pictures only wait."""
    is_inside, may_end, ended = threading.Event(), threading.Event(), []

    def slow_import(name):
        is_inside.set()
        may_end.wait(30)
        importing._done.add(name)

    monkeypatch.setattr(importing, "_import", slow_import)

    def import_all():
        list(import_libraries(threading.Event(), is_for_all=True))

    def wait(stop):
        try:
            list(import_libraries(stop))
            ended.append("imported")
        except Cancelled:
            ended.append("stopped")

    importer = threading.Thread(target=import_all)
    importer.start()
    is_inside.wait(10)
    assert is_importing()
    stop = threading.Event()
    stopped, patient = (threading.Thread(target=wait, args=(s,)) for s in (stop, threading.Event()))
    stopped.start()
    patient.start()
    stop.set()
    stopped.join(5)
    assert ended == ["stopped"]
    may_end.set()
    for thread in (importer, patient):
        thread.join(10)
    assert ended == ["stopped", "imported"]
    assert importing._done == set(importing._PIECES)
    assert not importing._importer
    assert not is_importing()


TOKENIZERS = """
import threading, time, tokenizers
from studio.engine.importing import HEAVY_IMPORTS
from studio.engine.models.vocabulary import clip_vocabulary
from studio.engine.tokens import build
words = clip_vocabulary()
thread = threading.Thread(target=build, args=(words,))
with HEAVY_IMPORTS:
    thread.start()
    time.sleep(0.5)
    assert thread.is_alive()
thread.join(5)
assert not thread.is_alive()
"""


def test_tokenizers_does_not_begin_beside_the_opening_of_torchs_libraries():
    """It would wait in the C library with Python's lock in its hand: 0.14 s for the window."""
    done = subprocess.run([sys.executable, "-c", TOKENIZERS], capture_output=True, text=True,
                          timeout=100, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


PRELOAD = """
import sys
from studio.engine.importing import preload
names = preload()
mapped = open("/proc/self/maps").read()
assert "libtorch_cpu.so" in names and "libtorch_cpu.so" in mapped, names
assert "torch" not in sys.modules
import torch
assert torch.ones(2, 3).matmul(torch.ones(3, 2)).sum() == 12
assert preload() == []
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere it does nothing")
def test_torch_works_on_libraries_that_were_opened_before():
    done = subprocess.run([sys.executable, "-c", PRELOAD], capture_output=True, text=True,
                          timeout=200, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
