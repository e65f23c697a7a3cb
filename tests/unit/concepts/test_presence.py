"""Presence: what is in a picture, apart from how it has changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.concepts import presence, words
from studio.concepts.algebra import unit
from studio.concepts.vocabulary import Vocabulary, Word
from studio.concepts.words import Levels

D, COUNT = 64, 400
CONE = 3 * np.eye(D, dtype=np.float32)[-1]


def noise(rng, count):
    return rng.standard_normal((count, D)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(0)
    return unit(noise(rng, COUNT)), unit(CONE + noise(rng, 400) / 4)


@pytest.fixture(scope="module")
def space(vectors):
    vocabulary = Vocabulary("some", tuple(Word(f"w{i}") for i in range(COUNT)))
    return words.build_space(vocabulary, *vectors)


def test_what_a_picture_shows_stands_out_however_the_words_lie(space, vectors):
    pictures = unit(CONE + 2 * vectors[0][[5, 70]])
    found = presence.there(space, pictures)
    assert found.argmax(1).tolist() == [5, 70]
    assert found.max() > space.shown.clear
    assert np.median(np.abs(found)) < space.shown.guess


def test_without_usual_pictures_a_picture_is_its_own_measure(vectors):
    vocabulary = Vocabulary("some", tuple(Word(f"w{i}") for i in range(COUNT)))
    bare = words.build_space(vocabulary, vectors[0], vectors[1][:5])
    found = presence.there(bare, unit(CONE + 2 * vectors[0][[5]]))[0]
    assert found.argmax() == 5
    assert float(found.std()) == pytest.approx(1, abs=0.01)
    assert bare.shown.guess < bare.shown.likely < bare.shown.clear


def test_what_is_not_there_or_there_on_both_sides_is_not_claimed(space):
    space = replace(space, levels=Levels(1, 2, 3), shown=Levels(1, 1.5, 2))
    signs = np.array([1, 1, 1, -1, -1], np.float32)
    after = np.array([2, 1, 2, 0, 0], np.float32)
    before = np.array([0, 0, 1.5, 1.5, -1], np.float32)
    limit = presence.limits(space, signs, after, before)
    np.testing.assert_allclose(limit[:4], [3, 1, 1, 2])
    assert limit[4] < 0


def test_levels_come_from_lightly_changed_pictures(space, vectors):
    rng = np.random.default_rng(1)
    shown = unit(CONE + 2 * vectors[0][:100])
    changed = unit(shown + 0.02 * noise(rng, 100))
    found = presence.calibrated(space, shown, changed)
    assert 0 < found.levels.guess < found.levels.likely < found.levels.clear
    assert 0 < found.quiet_length < 1
    wilder = presence.calibrated(space, shown, unit(shown + 0.08 * noise(rng, 100)))
    assert wilder.levels.clear > 2 * found.levels.clear
    assert presence.calibrated(space, shown[:5], changed[:5]) is space
