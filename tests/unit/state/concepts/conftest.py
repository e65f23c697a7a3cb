"""A studio with fakes, and a concepts door that answers from a table."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.concepts.checking import Check
from studio.concepts.decode import Thumbnails
from studio.concepts.encoders import EncoderInfo
from studio.concepts.expression import parse
from studio.concepts.index import IndexProgress, IndexReport
from studio.concepts.readings import Curve
from studio.concepts.search import Found, Histogram, Hit
from studio.concepts.store import Item
from studio.concepts.words import Label, Naming, RankedWord, Verdict
from studio.engine.errors import BrokenFile, Cancelled
from studio.engine.request import Concept
from studio.state.concepts.room import ConceptRoom
from studio.state.furnishing import furnish
from studio.state.studio import Studio
from tests.fakes import FakeEngine


def hit(number, z=5.0, name=None, part=-1):
    item = Item(id=number, file=name or f"/p/{number}.png", part=part, size=1,
                mtime_ns=number, state="ready")  # fmt: skip
    return Hit(item, z / 10, z)


class FakeConcepts:
    """Answers at once; remembers what it was asked."""

    def __init__(self, folder: Path):
        self.thumbnails = Thumbnails(folder)
        self.model, self.notes, self.asked, self.count = "starter", [], [], 3
        self.gate = threading.Event()
        self.gate.set()
        self.words_gate = threading.Event()
        self.words_gate.set()

    def space(self):
        return self

    def word_space(self, stop=None, advance=None):
        self.asked.append("vocabulary")
        advance(0.5)
        while not self.words_gate.wait(0.01):
            if stop.is_set():
                raise Cancelled
        if self.model == "wordless":
            raise BrokenFile("The words are damaged.", "Install the program again.")

    def choose(self, model):
        self.model = model

    def models(self):
        path = Path("/models")
        good = EncoderInfo(id="starter", name="Starter", path=path, kind="open_clip", weights=path)
        return [good, replace(good, id="other", name="Other"),
                replace(good, id="broken", name="Broken", problem="It is a pickle.")]  # fmt: skip

    def collected(self, name, names):
        self.asked.append(("collected", name, names))
        return Found((hit(1),), 1, 0, 0, 0, None, 0.0, f"Collection “{name}”: 1 pictures")

    def add_user_list(self, path, folder):
        if not path.exists():
            raise BrokenFile("The word list is missing.", "Choose it again.")
        return len(path.read_text().split())

    def close(self):
        self.asked.append("close")

    def indexed_count(self):
        if self.model == "broken":
            raise BrokenFile("broken is a pickle.", "Choose another.")
        return 0 if self.model == "other" else self.count

    def forget(self, folder, kept):
        self.asked.append(("forget", folder, kept))
        self.count -= 1
        return self.count

    def failures(self):
        return []

    def words(self, text, *, count=12, stop=None, advance=None):
        self.asked.append(("words", text))
        if "gone" in text:
            raise BrokenFile("gone.png is not there any more.", "Choose it again.")
        word = RankedWord(parse(text).terms[0].value, 4.2, 0.31, Verdict.CLEAR, ("cap",))
        return Naming((word,), (RankedWord("beard", 2.0, 0.1, Verdict.GUESS),), Verdict.CLEAR, 0.5)

    def search(self, text, *, minus="exclude", count=200):
        self.asked.append(("search", text, minus))
        self.wanted = count
        edges = np.linspace(0, 1, 49).astype(np.float32)
        hits = tuple(hit(n, 9 - n) for n in range(1, 4))
        return Found(hits, 3, 1, 2, 0, Histogram(np.ones(48, np.int64), edges), 0.5)

    def index(self, folders, stop, *, is_busy=None):
        for done in range(1, 4):
            yield IndexProgress(done=done, total=3, rate=2.0, seconds_left=3.0 - done)
            while not self.gate.wait(0.01):
                if stop.is_set():
                    raise Cancelled
        self.count = 7
        return IndexReport(embedded=3, copied=0, removed=0, failed=0, unchanged=0,
                           unread_folders=(), seconds=1.0)  # fmt: skip

    def meter(self, text, steps, pictures):
        return Curve(text, tuple(steps), tuple(range(len(steps))), (0.0,) * len(steps), steps[-1])

    def map(self, across, up):
        return []

    def classify(self, picture, labels):
        return [Label(label, 1 / len(labels), 0.1) for label in labels]

    def concept(self, text, way, amount=1.0):
        return Concept(expression=text, way=way, amount=amount)

    def check(self, word, after, before):
        return Check(4.1)

    def picture(self, name):
        if "gone" in name:
            raise BrokenFile("gone.png is not there any more.", "Choose it again.")
        return Image.new("RGB", (32, 24), (200, 30, 30))


@pytest.fixture
def door(tmp_path):
    return FakeConcepts(tmp_path / "thumbs")


@pytest.fixture
def studio(qtbot, home):
    from functools import partial

    from studio.library.database import Library
    from studio.production import produce

    engine, library = FakeEngine(), Library(home)
    studio = furnish(Studio(home, engine), library, partial(produce, engine, library))
    yield studio
    studio.close()
    library.close()


@pytest.fixture
def room(studio, door):
    room = ConceptRoom(studio, door)
    studio.concepts = room
    return room


@pytest.fixture
def reading(room, door, qtbot):
    """The room while its CLIP reads the words, half of them done."""
    door.words_gate.clear()
    room.open()
    qtbot.waitUntil(lambda: room.preparing.share == 0.5, timeout=5000)
    yield room
    door.words_gate.set()
