"""The replay check, with an engine that repeats itself, or not."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from studio.engine.errors import StudioError
from studio.engine.record import Result, Stage, Status
from studio.library.replay import changed_conditions, replay
from tests.fakes import make_take, picture


class Repeater:
    """Gives back a take as the outcome of every run."""

    def __init__(self, take, pixels=None):
        self.take, self.pixels, self.asked = take, pixels, []

    def generate(self, request, *, stop, fork=None, arrays=None):
        self.asked.append((request, fork, arrays))
        yield Status(stage=Stage.DENOISING)
        pixels = picture() if self.pixels is None else self.pixels
        return Result(picture=pixels, take=self.take, seconds={})


def check(engine, take, **kw):
    work = replay(engine, take, threading.Event(), **kw)
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


def changed(take, index):
    step = take.steps[index]
    steps = [*take.steps[:index], replace(step, x0=step.x0 + 1e-3), *take.steps[index + 1 :]]
    return replace(take, steps=steps, conditions={"torch": "9.9", "device": "cpu"})


def test_the_same_bits_are_identical():
    take = make_take()
    outcome = check(Repeater(take), take, picture=picture())
    assert outcome.is_identical
    assert outcome.words == "Identical to the last bit: 5 steps compared."


def test_names_the_step_how_far_and_the_likely_reason():
    take = make_take()
    outcome = check(Repeater(changed(take, 2)), take)
    assert not outcome.is_identical
    assert outcome.parting.index == 2
    assert "Different from step 3 on, first in the guided prediction" in outcome.words
    assert "by up to 0.001" in outcome.words
    assert "another version of PyTorch" in outcome.words
    assert "(2.15.0 then, 9.9 now)" in outcome.words


def test_a_difference_without_a_recorded_reason_says_so():
    take = make_take()
    other = replace(changed(take, 1), conditions=take.conditions)
    assert "own file may have been altered" in check(Repeater(other), take).words


def test_the_picture_alone_may_differ():
    take = make_take()
    outcome = check(Repeater(take, picture(seed=9)), take, picture=picture())
    assert outcome.picture_differs
    assert "only the developed picture differs" in outcome.words


def test_a_fork_is_replayed_from_its_own_first_step_and_a_root_from_noise():
    take = make_take(parent=("p", 2))
    take = replace(take, steps=take.steps[2:])
    engine = Repeater(take)
    assert check(engine, take).compared == 3
    assert engine.asked[0][1] is take.steps[0]
    root = make_take()
    engine = Repeater(root)
    check(engine, root)
    assert engine.asked[0][1] is None


def test_a_cancelled_take_is_compared_as_far_as_it_goes():
    whole = make_take()
    cut = replace(whole, steps=whole.steps[:3], state="cancelled")
    outcome = check(Repeater(whole), cut, picture=picture(seed=4))
    assert (outcome.is_identical, outcome.compared) == (True, 3)


def test_previews_only_cannot_be_replayed():
    with pytest.raises(StudioError, match="Only the previews"):
        check(Repeater(make_take()), replace(make_take(), steps=()))


def test_conditions_in_words_the_likeliest_first():
    then = {"threads": "1", "model_hash": "a", "x": "1", "same": "s"}
    now = {"threads": "2", "model_hash": "b", "x": "2", "same": "s"}
    words = changed_conditions(then, now)
    assert [w.split(" (")[0] for w in words] == [
        "the model's file is another one", "another number of threads adds up in another order", "x"
    ]  # fmt: skip
