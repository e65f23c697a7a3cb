"""Pictures of concept expressions: completed first, steered only when asked."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from studio import drawing
from studio.engine.errors import BrokenFile, Cancelled, ModelNotFound
from studio.engine.record import Stage, Status
from studio.engine.request import Concept, GenerationRequest
from studio.library.database import Library
from studio.library.takes import save_take
from tests.fakes import FakeEngine, make_take

REQUEST = GenerationRequest(prompt="a fox", steps=2, width=64, height=64)
VECTOR = np.ones(4, np.float32)


class Concepts:
    opening = 0  # how often it says that it is being opened

    def is_opening(self, patience):
        self.opening -= 1
        return self.opening >= 0

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


def test_while_clip_is_being_opened_that_is_said_and_stop_is_heard(library):
    """It said "Reading the prompt" all the while, and could not be stopped."""
    request = REQUEST.edit(concept=Concept(expression="hat"))
    concepts, engine, stop = Concepts(), Engine(), threading.Event()
    concepts.opening = 2
    items = list(drawing.produce(engine, library, concepts, request, stop))
    waits = Status(stage=Stage.LOADING, detail="CLIP and its index of pictures")
    assert items[:3] == [waits, waits, Status(stage=Stage.ENCODING, detail="concept")]
    concepts.opening = 10**9
    run = drawing.produce(engine, library, concepts, request, stop)
    assert next(run) == waits
    stop.set()
    with pytest.raises(Cancelled):
        next(run)
    assert len(engine.requests) == 1


def test_without_a_concept_it_is_an_ordinary_picture(library):
    engine, items = draw(library, REQUEST)
    assert engine.requests == [REQUEST]
    assert Status(stage=Stage.ENCODING, detail="concept") not in items


def test_the_predicted_pictures_of_a_strip(tmp_path):
    save_take(tmp_path / "a.take", make_take(steps=3))
    pictures = drawing.predicted_pictures(tmp_path / "a.take")
    assert list(pictures) == [0, 1, 2, 3]
    assert pictures[0].shape == (32, 32, 3)
    assert 4 not in pictures


class Decoder:
    """An engine that can decode single steps; which ones it was asked for."""

    def __init__(self, error=None):
        self.asked, self.error = [], error

    def sharp(self, step, lane, request):
        self.asked.append(step.index)
        if self.error:
            raise self.error
        return np.full((64, 64, 3), step.index, np.uint8)


def test_only_the_step_that_is_looked_at_is_decoded(tmp_path):
    """A model's decoder takes seconds for each: one step must not cost as much as the strip."""
    save_take(tmp_path / "a.take", make_take(steps=3))
    engine = Decoder()
    pictures = drawing.predicted_pictures(tmp_path / "a.take", engine=engine)
    assert pictures[2][0, 0, 0] == 2
    assert engine.asked == [2]


@pytest.mark.parametrize("error", [ModelNotFound("gone", "get it"), RuntimeError("shape")])
def test_previews_stand_in_where_the_model_cannot_decode(tmp_path, error):
    save_take(tmp_path / "a.take", make_take(steps=3))
    engine = Decoder(error)
    pictures = drawing.predicted_pictures(tmp_path / "a.take", engine=engine)
    assert [pictures[step].shape for step in (0, 1)] == [(32, 32, 3)] * 2
    assert engine.asked == [0]  # it is not asked again


def test_steps_that_no_run_has_are_left_out(tmp_path):
    take = make_take(steps=3)
    strange = replace(take.frames[0], index=1001, total=2000)
    save_take(tmp_path / "a.take", replace(take, frames=[*take.frames, strange]))
    assert list(drawing.predicted_pictures(tmp_path / "a.take")) == [0, 1, 2, 3]


@pytest.mark.parametrize("number", [-1, 2**70])
def test_steps_that_cannot_be_are_told(tmp_path, number):
    take = make_take(steps=3)
    save_take(tmp_path / "a.take", replace(take, frames=[replace(take.frames[0], index=number)]))
    with pytest.raises(BrokenFile, match=r"a\.take"):
        drawing.predicted_pictures(tmp_path / "a.take")


def test_opening_the_room_reads_no_model(home):
    concepts = drawing.open_concepts(home)
    assert concepts is not None
    assert not home.root.exists() or not list(home.root.rglob("*.safetensors"))
