"""The window's maker: plain pictures without the concepts room, concepts through it."""

import threading

import pytest

from studio import making
from studio.engine.request import Concept, GenerationRequest
from studio.library.database import Library
from studio.making import Maker
from tests.fakes import FakeEngine

REQUEST = GenerationRequest(prompt="a fox", steps=2, width=64, height=64)


@pytest.fixture
def maker(home):
    library = Library(home)
    yield Maker(FakeEngine(), library, home)
    library.close()


def finish(work):
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


def test_a_plain_picture_opens_no_other_room(maker):
    saved = finish(maker(REQUEST, threading.Event()))
    assert saved.path.exists()
    assert maker._concepts is None


def test_a_concept_goes_through_the_room_which_is_opened_once(maker, monkeypatch):
    import studio.drawing

    opened, asked = [], []
    monkeypatch.setattr(
        studio.drawing, "open_concepts", lambda home, engine: opened.append(home) or "room"
    )

    def produce(engine, library, concepts, request, stop, **options):
        asked.append((concepts, request.concept.expression))
        return
        yield

    monkeypatch.setattr(studio.drawing, "produce", produce)
    for _ in range(2):
        finish(maker(REQUEST.edit(concept=Concept(expression="hat")), threading.Event()))
    assert asked == [("room", "hat")] * 2
    assert len(opened) == 1
    assert making  # imported without the room
