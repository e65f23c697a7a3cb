"""The values that go into a store and come out of it."""

import dataclasses

import pytest

from studio.concepts.store import Entry, Item, Source, StoreError, reference
from studio.engine.errors import StudioError

SOURCE = Source(file="/p/a.png", size=1, mtime_ns=2)


def test_how_pictures_and_steps_are_named():
    assert reference("/p/a.png", -1) == "/p/a.png"
    assert Entry(source=SOURCE).reference == "/p/a.png"
    assert Entry(source=SOURCE, part=3).reference == "/p/a.png#3"
    item = Item(id=1, file="/p/r.take", part=12, size=1, mtime_ns=2, state="ready")
    assert item.reference == "/p/r.take#12"


def test_they_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SOURCE.size = 5


def test_its_errors_are_in_words():
    assert issubclass(StoreError, StudioError)
