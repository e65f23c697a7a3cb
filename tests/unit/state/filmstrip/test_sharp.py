"""Decoding what the scrubber rests on."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtTest import QSignalSpy

from studio.engine.errors import StudioError
from studio.jobs.queue import JobQueue
from studio.state.filmstrip.sharp import CACHE_LIMIT, SharpDecoder, SharpKey
from tests.unit.state.filmstrip.rig import flat


@pytest.fixture
def queue(qtbot):
    queue = JobQueue("sharp")
    yield queue
    assert queue.close(5000)


def key(index):
    return SharpKey("take", index, "x0")


def test_only_the_newest_wish_is_decoded(queue, qtbot):
    sharp, made = SharpDecoder(queue), []
    for index in range(5):
        sharp.ask(key(index), lambda i=index: made.append(i) or flat(i))
    with qtbot.waitSignal(sharp.decoded, timeout=5000) as decoded:
        pass
    assert decoded.args == [key(4)]
    assert made == [4]
    assert (sharp.get(key(4)) == flat(4)).all()
    sharp.ask(key(4), lambda: made.append("again"))
    qtbot.wait(250)
    assert made == [4]


def test_decodes_on_the_worker_and_says_when_it_works(queue, qtbot):
    sharp, threads = SharpDecoder(queue), []
    spy = QSignalSpy(sharp.working_changed)
    sharp.ask(key(1), lambda: threads.append(threading.get_ident()) or flat(1))
    with qtbot.waitSignal(sharp.decoded, timeout=5000):
        pass
    assert threads != [threading.get_ident()]
    assert [spy.at(i)[0] for i in range(spy.count())] == [True, False]


def test_a_forgotten_wish_is_not_decoded(queue, qtbot):
    sharp, made = SharpDecoder(queue), []
    sharp.ask(key(1), lambda: made.append(1) or flat(1))
    sharp.forget_wish()
    qtbot.wait(300)
    assert made == []


def test_the_cache_is_bounded(queue):
    sharp = SharpDecoder(queue)
    for index in range(CACHE_LIMIT + 5):
        sharp.put(key(index), flat(1))
    assert sharp.get(key(0)) is None
    assert sharp.get(key(CACHE_LIMIT + 4)) is not None


def test_a_take_that_cannot_be_decoded_is_not_tried_at_each_step(queue, qtbot):
    """Its model is gone: the same error was told at every step that one looked at."""
    sharp, tried = SharpDecoder(queue), []

    def fails(index):
        tried.append(index)
        raise StudioError("There is no such model.", "Put it into the models folder.")

    for index in range(3):
        sharp.ask(key(index), lambda i=index: fails(i))
        qtbot.wait(250)
    assert tried == [0]
    with qtbot.waitSignal(sharp.decoded):  # another take has its turn
        sharp.ask(SharpKey("other", 0, "x0"), lambda: flat(1))
    sharp.try_again()
    with qtbot.waitSignal(sharp.decoded):
        sharp.ask(key(1), lambda: flat(2))
