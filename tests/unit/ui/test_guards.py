from __future__ import annotations

import sys
import threading
import time

import pytest

from studio.ui.guards import ErrorHooks, Watchdog


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


def test_a_stall_names_what_else_ran(qtbot, caplog):
    caplog.set_level("INFO")
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    dog = Watchdog()
    qtbot.wait(30)
    time.sleep(0.2)
    qtbot.wait(50)
    over.set()
    thread.join()
    assert dog.lateness()[1] > 100
    assert "threading.py:" in caplog.text


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
