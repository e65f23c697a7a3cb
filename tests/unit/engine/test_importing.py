from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from studio.engine.engine import Engine
from studio.engine.errors import Cancelled
from studio.engine.importing import HEAVY_IMPORTS
from tests.unit.engine.harness import ask, run


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
