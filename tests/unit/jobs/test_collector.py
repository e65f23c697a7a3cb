from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QThread

from studio.jobs import collector
from studio.jobs.collector import GuiThreadGc, freeze_while, hold, release


def test_garbage_is_collected_on_the_gui_thread_only(qtbot):
    where = []

    def note(phase, info):
        where.append(QThread.currentThread().isMainThread())

    guard, holder = GuiThreadGc(), object()
    hold(holder)
    gc.callbacks.append(note)
    try:
        assert not gc.isenabled()
        guard._timer.setInterval(20)
        worker = threading.Thread(target=lambda: [[] for _ in range(100_000)])
        worker.start()
        worker.join()
        keep = [[] for _ in range(20_000)]
        qtbot.waitUntil(lambda: len(where) > 0)
        assert keep
    finally:
        gc.callbacks.remove(note)
        guard.close()
        release(holder)
    assert all(where)


def test_between_tests_nothing_is_collected_on_another_thread():
    assert not gc.isenabled()


def test_the_last_worker_to_end_gives_the_collector_back(monkeypatch):
    monkeypatch.setattr(collector, "_holders", set())  # the tests hold it, too
    gc.enable()
    first, second = object(), object()
    hold(first)
    hold(second)
    release(first)
    release(first)
    assert not gc.isenabled()
    release(second)
    is_back = gc.isenabled()
    gc.disable()
    assert is_back


def test_what_an_import_makes_is_not_looked_through(qtbot, monkeypatch):
    monkeypatch.setattr(collector, "_is_growing", [])
    is_growing, collections = [True], []
    freeze_while(lambda: is_growing[0])

    def note(phase, info):
        collections.append(info["generation"])

    guard, before = GuiThreadGc(), gc.get_freeze_count()
    was_on = gc.isenabled()
    gc.disable()
    gc.callbacks.append(note)
    try:
        keep = [[] for _ in range(20_000)]
        guard.collect()
        assert gc.get_freeze_count() >= before + len(keep)
        assert not collections
        is_growing[0] = False
        more = [[] for _ in range(20_000)]
        guard.collect()
        assert collections
        assert more
    finally:
        gc.callbacks.remove(note)
        gc.unfreeze()
        guard.close()
        if was_on:
            gc.enable()
