from __future__ import annotations

import gc
import sys
import threading
import time

import pytest
from PySide6.QtCore import QThread

from studio.ui.guards import ErrorHooks, GuiThreadGc, Watchdog


def test_garbage_is_collected_on_the_gui_thread_only(qtbot):
    where = []
    guard = GuiThreadGc()
    try:
        assert not gc.isenabled()
        gc.callbacks.append(lambda phase, info: where.append(QThread.currentThread()))
        guard._timer.setInterval(20)
        worker = threading.Thread(target=lambda: [[] for _ in range(100_000)])
        worker.start()
        worker.join()
        keep = [[] for _ in range(20_000)]
        qtbot.waitUntil(lambda: len(where) > 0)
        assert keep
    finally:
        gc.callbacks.pop()
        guard.stop()
    assert gc.isenabled()
    assert all(thread.isMainThread() for thread in where)


def test_a_stall_is_seen(qtbot, caplog):
    caplog.set_level("INFO")
    dog = Watchdog()
    qtbot.wait(100)
    dog.reset()
    qtbot.wait(30)
    time.sleep(0.2)
    qtbot.wait(50)
    _p99, worst = dog.lateness()
    assert worst > 150
    assert "stood still" in caplog.text


def test_lateness_of_nothing_is_nothing(qapp):
    dog = Watchdog()
    dog.reset()
    assert dog.lateness() == (0.0, 0.0)


@pytest.mark.parametrize("is_thread", [False, True])
def test_uncaught_errors_are_heard(qtbot, is_thread, caplog):
    hooks = ErrorHooks()
    before = (sys.excepthook, threading.excepthook)
    hooks.install()
    try:
        with qtbot.waitSignal(hooks.failed) as heard:
            error = RuntimeError("boom")
            if is_thread:
                args = threading.ExceptHookArgs((RuntimeError, error, None, None))
                threading.excepthook(args)
            else:
                sys.excepthook(RuntimeError, error, None)
    finally:
        hooks.remove()
        sys.excepthook, threading.excepthook = before
    assert str(heard.args[0]) == "boom"
    assert "uncaught" in caplog.text
