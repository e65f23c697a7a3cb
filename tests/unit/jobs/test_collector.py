from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QThread

from studio.jobs.collector import GuiThreadGc


def test_garbage_is_collected_on_the_gui_thread_only(qtbot):
    where = []

    def note(phase, info):
        where.append(QThread.currentThread().isMainThread())

    guard = GuiThreadGc()
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
    assert all(where)


def test_the_last_to_close_gives_the_collector_back(qapp):
    before = gc.isenabled()
    first, second = GuiThreadGc(), GuiThreadGc()
    first.close()
    assert not gc.isenabled()
    second.close()
    assert gc.isenabled() is before
    gc.collect()
