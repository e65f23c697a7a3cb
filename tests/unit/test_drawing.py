"""Pictures of concept expressions: completed first, steered only when asked."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from studio import drawing
from studio.engine.record import Stage, Status
from studio.engine.request import Concept, GenerationRequest
from studio.library.database import Library
from studio.library.takes import save_take
from tests.fakes import FakeEngine, make_take

REQUEST = GenerationRequest(prompt="a fox", steps=2, width=64, height=64)
VECTOR = np.ones(4, np.float32)


class Concepts:
    def completed(self, concept):
        return Concept(expression=concept.expression, way=concept.way, embedding=VECTOR)

    def steer(self, concept, decoder):
        return SimpleNamespace(concept=concept, decoder=decoder, model="clip@1")


class Engine(FakeEngine):
    steer = conditions_asked = None

    def decoder(self, request):
        return "decoder"

    def generate(self, request, *, steer=None, conditions=None, **more):
        self.steer, self.conditions_asked = steer, conditions
        return super().generate(request, **more)


@pytest.fixture
def library(home):
    library = Library(home)
    yield library
    library.close()


def draw(library, request):
    engine = Engine()
    items = list(drawing.produce(engine, library, Concepts(), request, threading.Event()))
    return engine, items


def test_a_concept_is_completed_before_the_engine_sees_it(library):
    engine, items = draw(library, REQUEST.edit(concept=Concept(expression="hat")))
    assert items[0] == Status(stage=Stage.ENCODING, detail="concept")
    assert engine.requests[0].concept.embedding is VECTOR
    assert engine.steer is None


def test_guidance_steers(library):
    concept = Concept(expression="hat", way="guidance")
    engine, _ = draw(library, REQUEST.edit(concept=concept))
    assert engine.steer.decoder == "decoder"
    assert engine.steer.concept.expression == "hat"
    assert engine.conditions_asked == {"clip": "clip@1"}


def test_without_a_concept_it_is_an_ordinary_picture(library):
    engine, items = draw(library, REQUEST)
    assert engine.requests == [REQUEST]
    assert Status(stage=Stage.ENCODING, detail="concept") not in items


def test_the_predicted_pictures_of_a_strip(tmp_path):
    save_take(tmp_path / "a.take", make_take(steps=3))
    pictures = drawing.predicted_pictures(tmp_path / "a.take")
    assert [index for index, _ in pictures] == [0, 1, 2, 3]
    assert pictures[0][1].shape == (32, 32, 3)


def test_opening_the_room_reads_no_model(home):
    concepts = drawing.open_concepts(home)
    assert concepts is not None
    assert not home.root.exists() or not list(home.root.rglob("*.safetensors"))
