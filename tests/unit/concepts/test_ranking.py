"""Ranking: no word twice in another's clothes, and nothing named that is not there."""

from __future__ import annotations

import numpy as np
import pytest

from studio.concepts import ranking, words
from studio.concepts.algebra import unit
from studio.concepts.vocabulary import Vocabulary, Word
from studio.concepts.words import Verdict

D = 64
NAMES = ["crown", "burger", "tiara", "desert", "house", "whale"]


@pytest.fixture(scope="module")
def axes():
    return np.eye(D, dtype=np.float32)


@pytest.fixture(scope="module")
def space(axes):
    """burger is half a crown; house lies against it; tiara is another word for it."""
    rng = np.random.default_rng(0)
    crown, burger, desert, whale = axes[:4]
    rows = np.stack([crown, 0.75 * crown + 0.66 * burger, crown + 0.1 * axes[5], desert,
                     -0.9 * crown + 0.4 * axes[6], whale])  # fmt: skip
    found = [Word(name, "", "s1" if name in ("crown", "tiara") else name) for name in NAMES]
    filler = unit(rng.standard_normal((300, D)).astype(np.float32))
    vocabulary = Vocabulary("few", (*found, *(Word(f"x{i}") for i in range(300))))
    pictures = unit(axes[7] * 3 + rng.standard_normal((400, D)).astype(np.float32))
    plain = np.concatenate([unit(rows), filler])
    return words.build_space(vocabulary, plain, pictures)


def named(space, change, **options):
    length = float(np.linalg.norm(change))
    return ranking.name(space, unit(change), length=length, **options)


def z_of(found, word):
    return next((w.z for w in found if w.word == word), 0.0)


def test_a_rider_is_left_with_what_it_has_beyond_the_first(space, axes):
    apart, alike = (named(space, 2 * axes[0], is_apart=is_apart) for is_apart in (True, False))
    assert apart.added[0].word == alike.added[0].word == "crown"
    assert z_of(alike.added, "burger") > 0.6 * alike.added[0].z
    assert z_of(apart.added, "burger") < 0.15 * apart.added[0].z
    assert apart.added[0].z == alike.added[0].z


def test_two_real_changes_are_both_named(space, axes):
    found = named(space, 2 * axes[0] + 1.6 * axes[2]).added
    assert [word.word for word in found[:2]] == ["crown", "desert"]
    assert z_of(found, "desert") > 0.6 * found[0].z


def test_a_burger_without_a_crown_is_a_burger(space, axes):
    found = named(space, 1.5 * axes[0] + 1.32 * axes[1]).added
    assert found[0].word == "burger"
    assert z_of(found, "crown") < 0.3 * found[0].z


def test_synonyms_stay_one_bar(space, axes):
    first = named(space, 2 * axes[0]).added[0]
    assert "tiara" in first.synonyms


def test_what_lies_opposite_is_not_called_removed(space, axes):
    bare = unit(axes[7] * 3)
    crowned = unit(axes[7] * 3 + 2 * axes[0])
    change = crowned - bare
    alone = named(space, change)
    judged = named(space, change, sides=(crowned, bare))
    assert alone.removed[0].word == "house"
    assert judged.added[0].word == "crown"
    assert z_of(judged.removed, "house") < 0.3 * judged.added[0].z
    back = named(space, -change, sides=(bare, crowned))
    assert [w.word for w in back.removed] == [w.word for w in judged.added]


def test_a_house_that_was_really_there_is_removed(space, axes):
    house = unit(axes[7] * 3 - 2.2 * axes[0] + axes[6])
    bare = unit(axes[7] * 3)
    found = named(space, bare - house, sides=(bare, house))
    assert found.removed[0].word == "house"
    assert found.removed[0].z > 2 * z_of(found.added, "crown")


def test_both_sides_are_best_first_and_hold_no_word_twice(space):
    rng = np.random.default_rng(3)
    found = named(space, 2 * unit(rng.standard_normal(D).astype(np.float32)))
    for side in (found.added, found.removed):
        assert [w.z for w in side] == sorted((w.z for w in side), reverse=True)
    said = [name for w in (*found.added, *found.removed) for name in (w.word, *w.synonyms)]
    assert len(said) == len(set(said))


def test_counts_and_sides_are_kept_to(space, axes):
    found = named(space, 2 * axes[0] + axes[3], count=2, has_removed=False)
    assert len(found.added) == 2
    assert found.removed == ()
    assert found.verdict in tuple(Verdict)
