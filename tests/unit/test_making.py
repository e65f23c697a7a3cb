"""The window's maker: plain pictures without the concepts room, concepts through it."""

import threading

import pytest

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


class Room:
    """Stands for the concepts room."""

    def __init__(self, home, device, engine):
        self.home, self.device, self.engine = home, device, engine


@pytest.fixture
def opened(monkeypatch):
    import studio.drawing

    rooms = []

    def open_room(*found):
        rooms.append(Room(*found))
        return rooms[-1]

    class Guided:
        def __init__(self, engine, concepts):
            self.engine, self.concepts = engine, concepts

        def generate(self, request, **options):
            self.concepts.asked = request.concept.expression
            return self.engine.generate(request.edit(concept=None), **options)

    monkeypatch.setattr(studio.drawing, "open_concepts", open_room)
    monkeypatch.setattr(studio.drawing, "Guided", Guided)
    return rooms


def test_a_concept_goes_through_the_room_which_is_opened_once(maker, opened):
    for _ in range(2):
        saved = finish(maker(REQUEST.edit(concept=Concept(expression="hat")), threading.Event()))
        assert saved.path.exists()
    (room,) = opened
    assert (room.asked, room.device) == ("hat", "auto")


def test_without_a_library_pictures_are_made_but_not_kept(home, opened):
    maker = Maker(FakeEngine(), None, home, "cpu")
    result = finish(maker.generate(REQUEST, stop=threading.Event()))
    assert result.picture.shape == (64, 64, 3)
    finish(maker.generate(REQUEST.edit(concept=Concept(expression="cap")), stop=threading.Event()))
    assert (opened[0].asked, opened[0].device) == ("cap", "cpu")
    assert not list(home.root.rglob("*.png"))
