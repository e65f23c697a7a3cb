"""Last work on a thread of its own: waited for a moment, never for long."""

from __future__ import annotations

import gc
import threading

import pytest

from studio.state import closing
from studio.state.closing import Closing


@pytest.fixture
def last(qapp):
    return Closing()


def test_work_that_ends_soon_has_ended(last, qtbot):
    done, told = [], []
    last.caught_up.connect(lambda: told.append(True))
    assert last.do(lambda: done.append(threading.current_thread()))
    assert done != [threading.main_thread()]
    assert not last.is_late
    qtbot.wait(3 * closing.LOOK_MS)
    assert told == []


def test_work_that_takes_long_is_told_of_when_it_has_ended(last, qtbot, monkeypatch):
    monkeypatch.setattr(closing, "PATIENCE", 0.05)
    gate, was_enabled = threading.Event(), gc.isenabled()
    assert not last.do(lambda: gate.wait(20))
    assert last.is_late
    assert not gc.isenabled(), "its thread could collect the window's objects"
    assert last.do(lambda: None)  # other work need not wait for it
    assert last.is_late
    with qtbot.waitSignal(last.caught_up):
        gate.set()
    assert not last.is_late
    assert gc.isenabled() == was_enabled


def test_nobody_is_told_when_the_window_is_gone(last, qtbot, monkeypatch):
    import shiboken6

    monkeypatch.setattr(closing, "PATIENCE", 0.05)
    gate, ended = threading.Event(), threading.Event()

    def work():
        gate.wait(20)
        ended.set()

    assert not last.do(work)
    late = last._late
    shiboken6.delete(last)
    gate.set()
    assert ended.wait(20)
    closing.collector.release(late)
