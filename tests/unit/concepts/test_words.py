"""Naming differences: on a synthetic space with a modality gap, hubs and nuisance directions."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from studio.concepts import ranking, words
from studio.concepts.algebra import unit
from studio.concepts.vocabulary import Vocabulary, Word
from studio.concepts.words import Levels, Verdict

D, CONCEPTS, COUNT, NUISANCE = 128, 300, 1500, 24


class World:
    """Pictures and words of one space, as the literature describes CLIP's."""

    def __init__(self, seed=5):
        rng = self.rng = np.random.default_rng(seed)
        draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)  # noqa: E731
        self.picture_cone, self.text_cone = unit(draw(D)), unit(draw(D))
        strength = np.arange(1, NUISANCE + 1)[:, None] ** -0.5
        self.nuisance = np.linalg.qr(draw(D, NUISANCE))[0].T * strength
        self.concepts = unit(draw(CONCEPTS, D))
        self.concept_of = rng.integers(0, CONCEPTS, COUNT)
        hub = rng.gamma(1.2, 0.28, COUNT)[:, None]
        self.words = unit(
            0.8 * self.text_cone + 0.42 * self.concepts[self.concept_of]
            + 0.35 * hub * (draw(COUNT, NUISANCE) @ self.nuisance) + 0.1 * unit(draw(COUNT, D))
        )  # fmt: skip
        names = tuple(Word(f"w{i}", "", f"s{c}") for i, c in enumerate(self.concept_of))
        self.vocabulary = Vocabulary("synthetic", names)

    def picture(self, concepts, pose):
        noise = 0.1 * unit(self.rng.standard_normal(D))
        return unit(0.7 * self.picture_cone + 0.25 * self.concepts[concepts].sum(0)
                    + 0.3 * pose @ self.nuisance + noise)  # fmt: skip

    def pose(self):
        return self.rng.standard_normal(NUISANCE)

    def pair(self, change, *, added=None):
        concepts, pose = list(self.rng.integers(0, CONCEPTS, 4)), self.pose()
        other = np.sqrt(1 - change**2) * pose + change * self.pose()
        after = [*concepts, added] if added is not None else concepts
        return self.picture(after, pose), self.picture(concepts, other)


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def space(world):
    pictures = np.stack([world.picture(list(world.rng.integers(0, CONCEPTS, 5)), world.pose())
                         for _ in range(600)])  # fmt: skip
    return words.build_space(world.vocabulary, world.words, pictures)


def names_of(world, naming):
    return {world.concept_of[int(w.word[1:])] for w in naming}


def test_what_was_added_is_named_first_and_what_was_removed_too(world, space):
    hits = 0
    for concept in set(map(int, world.concept_of[:40])):
        after, before = world.pair(0.4, added=concept)
        forward = ranking.name(space, unit(after - before))
        backward = ranking.name(space, unit(before - after))
        assert forward.added == backward.removed
        hits += concept in names_of(world, forward.added[:1])
    assert hits >= 0.85 * len(set(map(int, world.concept_of[:40])))


def test_z_beats_raw_cosine_when_pose_and_light_change(world, space):
    by_z = by_cosine = 0
    trials = [int(c) for c in world.concept_of[:60]]
    for concept in trials:
        after, before = world.pair(0.8, added=concept)
        direction = unit(after - before)
        by_z += world.concept_of[np.argmax(words.scores(space, direction))] == concept
        by_cosine += world.concept_of[np.argmax(world.words @ direction)] == concept
    assert by_z > by_cosine


def test_pairs_without_a_change_are_rarely_called_clear(world, space):
    verdicts = []
    for _ in range(100):
        after, before = world.pair(0.3)
        verdicts.append(ranking.name(space, unit(after - before)).verdict)
    assert verdicts.count(Verdict.CLEAR) <= 2


def test_synonyms_are_one_bar(world, space):
    concept = int(np.bincount(world.concept_of).argmax())
    after, before = world.pair(0.1, added=concept)
    naming = ranking.name(space, unit(after - before))
    first = naming.added[0]
    assert concept in names_of(world, [first])
    assert len(first.synonyms) >= 2
    assert all(world.concept_of[int(name[1:])] == concept for name in first.synonyms)
    shown = [w.word for w in naming.added]
    assert not set(first.synonyms) & set(shown)


def test_a_name_that_moves_with_the_light_is_not_called_clear(world, space):
    concept = 7
    after, before = world.pair(0.1, added=concept)
    direction = unit(after - before)
    noise = [unit(world.rng.standard_normal(D).astype(np.float32)) for _ in range(8)]
    still = ranking.name(space, direction, variants=[direction] * 8)
    assert still.added[0].verdict is Verdict.CLEAR
    assert ranking.name(space, direction, variants=noise).added[0].verdict is Verdict.LIKELY


def test_a_small_difference_gives_small_z_and_a_note(world, space):
    quiet = replace(space, quiet_length=0.1)
    after, before = world.pair(0.1, added=3)
    naming = ranking.name(quiet, unit(after - before), length=0.02)
    assert naming.verdict is Verdict.NONE
    assert "same" in naming.note
    full = ranking.name(quiet, unit(after - before), length=float(np.linalg.norm(after - before)))
    assert full.added[0].z > 5 * naming.added[0].z
    assert full.note == ""


def test_without_pictures_to_compare_nothing_is_called_clear(world):
    bare = words.build_space(world.vocabulary, world.words, np.zeros((0, D), np.float32))
    after, before = world.pair(0.1, added=3)
    naming = ranking.name(bare, unit(after - before))
    assert not bare.is_calibrated
    assert naming.verdict in (Verdict.LIKELY, Verdict.GUESS)


def test_an_empty_vocabulary_names_nothing():
    empty = words.build_space(Vocabulary("none", ()), np.zeros((0, 8), np.float32),
                              np.zeros((0, 8), np.float32))  # fmt: skip
    naming = ranking.name(empty, unit(np.ones(8, np.float32)))
    assert (naming.added, naming.removed, naming.verdict) == ((), (), Verdict.NONE)


def test_levels_are_in_order():
    levels = Levels.by_chance(15_000)
    assert [levels.verdict(z) for z in (0, levels.guess, levels.likely, 99)] == [
        Verdict.NONE, Verdict.GUESS, Verdict.LIKELY, Verdict.CLEAR,
    ]  # fmt: skip


def test_classification_shares_add_up_and_follow_the_cosine(world):
    picture = world.picture([1, 2], world.pose())
    labels = ["one", "other"]
    rows = words.classify(picture, labels, np.stack([picture, -picture]))
    assert [row.label for row in rows] == labels
    assert rows[0].share == pytest.approx(1)
    shares = [row.share for row in words.classify(picture, ["a"] * 5, world.words[:5])]
    assert sum(shares) == pytest.approx(1, abs=1e-3)


def test_fifteen_thousand_words_are_ranked_at_once(world):
    rng = np.random.default_rng(0)
    plain = unit(rng.standard_normal((15_000, 512)).astype(np.float32))
    many = Vocabulary("many", tuple(Word(f"w{i}") for i in range(15_000)))
    space = words.build_space(many, plain, plain[:100])
    direction = unit(rng.standard_normal(512).astype(np.float32))
    ranking.name(space, direction)
    start = time.perf_counter()
    ranking.name(space, direction)
    assert time.perf_counter() - start < 0.2  # a generous multiple of the 20 ms of the bench
