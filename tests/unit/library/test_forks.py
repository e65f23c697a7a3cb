"""From a take and a step to the request that continues it."""

from __future__ import annotations

import pytest

from studio.engine.errors import InvalidRequest
from studio.engine.guidance import interval
from studio.engine.record import Take
from studio.engine.request import GenerationRequest
from studio.library.forks import (
    CannotFork,
    fork_request,
    guided_steps,
    in_words,
    last_step,
    more_steps,
    step_at,
)
from tests.unit.library.test_compare import make_steps


@pytest.fixture
def take():
    request = GenerationRequest(prompt="a hat", steps=4, seed=7)
    return Take(id="t1", request=request, steps=make_steps(4), frames=(), state="finished")


def test_unchanged_fork_asks_for_the_same_and_names_its_parent(take):
    request = fork_request(take, 2, {})
    assert request.parent == ("t1", 2)
    assert request.edit(parent=None) == take.request


def test_changes_and_remaining_steps(take):
    request = fork_request(take, 1, {"prompt": "a crown", "remaining": 10, "guidance_end": 0.5})
    assert (request.prompt, request.steps, request.guidance_end) == ("a crown", 11, 0.5)
    assert more_steps(take, 1) == {"remaining": 6}
    assert fork_request(take, 1, more_steps(take, 1)).steps == 7


@pytest.mark.parametrize(
    ("index", "changes", "words"),
    [
        (9, {}, "no step 10"),
        (2, {"steps": 2}, "over before step 3"),
        (2, {"seed": 4}, "seed cannot change"),
        (2, {"sampler": "magic"}, "no sampler"),
    ],
)
def test_the_impossible_is_refused_in_words(take, index, changes, words):
    with pytest.raises(CannotFork, match=words):
        fork_request(take, index, changes)


def test_settings_are_checked(take):
    with pytest.raises(InvalidRequest):
        fork_request(take, 1, {"guidance_scale": -1.0})


def test_nothing_to_continue_in_a_finished_picture_or_a_strip_of_previews(take):
    from dataclasses import replace

    done = replace(take.steps[-1], level=take.steps[-1].level._replace(s=0.0))
    ended = replace(take, steps=[*take.steps[:-1], done])
    with pytest.raises(CannotFork, match="finished here"):
        fork_request(ended, 3, {})
    with pytest.raises(CannotFork, match="Only the preview"):
        step_at(replace(take, steps=()), 0)
    assert last_step(take).index == 3


def test_in_words_names_what_changed(take):
    child = take.request.edit(prompt="x", guidance_scale=3.0, noise_seed=None, eta=0.5)
    assert in_words(child, take.request) == ["a hat → x", "CFG 3.0", "eta 0.5"]
    assert in_words(take.request, take.request) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a woman wearing a crown", "a woman wearing a top hat", "crown → top hat"),
        ("a woman", "a woman at night", "+ at night"),
        ("a big red dog", "a red dog", "− big"),
        ("", "one two three four five six", "prompt"),
        ("a  b", "a b", "prompt"),
    ],
)
def test_a_changed_prompt_is_named_by_the_words_that_changed(old, new, said):
    one = GenerationRequest(prompt=old)
    assert in_words(one.edit(prompt=new), one) == [said]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "hat", "negative + hat"),
        ("hat, dog", "dog", "negative − hat,"),
        ("", "one two three four five six", "negative"),
    ],
)
def test_a_changed_negative_prompt_is_never_taken_for_the_prompt(old, new, said):
    one = GenerationRequest(prompt="a cat", negative_prompt=old)
    assert in_words(one.edit(negative_prompt=new), one) == [said]


def test_the_interval_of_guidance_is_told_in_steps():
    before = GenerationRequest(steps=20)
    spans = {(0.5, 0.8): "CFG on steps 11 to 16", (0.0, 0.5): "CFG on steps 1 to 10",
             (0.95, 1.0): "CFG on step 20"}  # fmt: skip
    for (start, end), words in spans.items():
        now = before.edit(guidance_start=start, guidance_end=end)
        assert in_words(now, before) == [words]
        assert in_words(before, now) == ["CFG on all steps"]


@pytest.mark.parametrize("steps", [1, 3, 10, 25])
@pytest.mark.parametrize(("start", "end"), [
    (0.25, 0.75), (0.25, 1.0), (0.0, 0.05), (1 / 3, 2 / 3), (0.1, 0.3), (0.5, 0.5), (0.51, 0.52),
])  # fmt: skip
def test_the_steps_that_are_told_are_those_that_the_engine_guides(steps, start, end):
    scale = interval(5.0, steps=steps, start=start, end=end)
    guided = [step + 1 for step in range(steps) if scale(step) != 1]
    first, last = guided_steps(start, end, steps)
    assert list(range(first, last + 1)) == guided
    words = in_words(GenerationRequest(steps=steps, guidance_start=start, guidance_end=end),
                     GenerationRequest(steps=steps))  # fmt: skip
    assert words == ["CFG on no step"] or str(guided[0]) in words[0]
