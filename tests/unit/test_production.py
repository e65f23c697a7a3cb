"""Generate and save as one: nothing that was made is lost, however the run ends."""

import threading

import numpy as np
import pytest

from studio.engine.errors import Cancelled, OutOfMemory, SaveFailed
from studio.engine.record import Frame, Stage, Status
from studio.engine.request import GenerationRequest
from studio.library.database import Library
from studio.library.images import read_picture
from studio.library.metadata import read_settings
from studio.library.saving import NotSaved
from studio.library.takes import load_take
from studio.production import produce
from tests.fakes import FakeEngine, make_steps, make_take

REQUEST = GenerationRequest(prompt="a fox", steps=3, width=64, height=64, seed=5)


def run(generator):
    """All that was yielded, and what was returned."""
    items = []
    while True:
        try:
            items.append(next(generator))
        except StopIteration as done:
            return items, done.value


@pytest.fixture
def library(home):
    library = Library(home)
    yield library
    library.close()


def test_a_finished_picture_is_saved_with_its_settings_and_take(library):
    items, saved = run(produce(FakeEngine(), library, REQUEST, threading.Event()))
    assert [type(item) for item in items].count(Frame) == 4
    assert items[-1] == Status(stage=Stage.SAVING)
    assert np.array_equal(read_picture(saved.path), saved.picture)
    assert read_settings(saved.path).request == REQUEST
    assert load_take(saved.take_path).state == "finished"
    assert "Saving" in saved.seconds
    assert library.at(saved.path).id == saved.id


def test_a_stopped_run_is_kept_with_its_steps(library):
    stop = threading.Event()
    generator = produce(FakeEngine(has_tensors=True), library, REQUEST, stop)
    next(generator), next(generator)
    stop.set()
    with pytest.raises(Cancelled) as stopped:
        run(generator)
    (picture,) = library.page()
    assert picture.state == "cancelled"
    assert picture.label == "stopped at step 0 of 3"
    take = load_take(picture.take_path)
    assert take.id == stopped.value.take.id
    assert len(take.steps) == 1


def test_a_run_that_was_stopped_before_its_first_step_leaves_nothing(library):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        run(produce(FakeEngine(), library, REQUEST, stop))
    assert library.count() == 0


def test_a_failed_run_keeps_what_it_had(library):
    failure = OutOfMemory("Not enough memory.", "Choose a smaller size.")
    failure.take = make_take(REQUEST, state="cancelled")
    with pytest.raises(OutOfMemory):
        run(produce(FakeEngine(fail=failure), library, REQUEST, threading.Event()))
    assert library.count() == 1


def test_a_failed_run_that_cannot_be_kept_says_so(library, monkeypatch):
    full = SaveFailed("The take could not be saved: the disk is full.", "Free some space.")

    def save_unfinished(*_args):
        raise full

    monkeypatch.setattr(Library, "save_unfinished", save_unfinished)
    failure = OutOfMemory("Not enough memory.", "Choose a smaller size.")
    failure.take = make_take(REQUEST, state="cancelled")
    with pytest.raises(OutOfMemory) as failed:
        run(produce(FakeEngine(fail=failure), library, REQUEST, threading.Event()))
    assert failed.value.unkept is full


def test_a_full_disk_leaves_the_picture_in_the_error(library, monkeypatch):
    def full(*_args, **_more):
        raise SaveFailed("0001.png could not be saved: the disk is full.", "Free some space.")

    monkeypatch.setattr(Library, "save", full)
    with pytest.raises(NotSaved, match="disk is full") as failed:
        run(produce(FakeEngine(), library, REQUEST, threading.Event()))
    assert failed.value.result.picture.shape == (64, 64, 3)


def test_lack_of_memory_while_saving_leaves_the_picture_in_the_error(library, monkeypatch):
    def short(*_args, **_more):
        raise MemoryError

    monkeypatch.setattr("studio.library.saving.write_png", short)
    with pytest.raises(NotSaved, match="not enough memory") as failed:
        run(produce(FakeEngine(), library, REQUEST, threading.Event()))
    assert failed.value.result.picture.shape == (64, 64, 3)
    monkeypatch.undo()
    assert library.save(failed.value.result).path.exists()
    names = sorted(p.name for p in library.home.pictures.rglob("*.*"))
    assert names == ["0001.png", "0001.take"]


def test_a_fork_and_its_arrays_reach_the_engine(library):
    engine = FakeEngine()
    fork = make_steps(3)[2]
    items, _ = run(produce(engine, library, REQUEST, threading.Event(), fork=fork, arrays={}))
    assert [item.index for item in items if isinstance(item, Frame)] == [2, 3]
