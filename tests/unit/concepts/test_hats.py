"""The hat test, on the starter's own CLIP and heads that it has not seen with this headgear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.concepts import ranking
from studio.concepts.algebra import Means, combine
from studio.concepts.concepts import Concepts, Places
from studio.concepts.space import contact_sheet
from studio.concepts.words import Verdict
from studio.resources import resource

STARTER = resource("models/starter")
PAIRS = 20

pytestmark = pytest.mark.skipif(
    not (STARTER / "open_clip").is_dir(), reason="the starter model is not here"
)


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    places = Places(models=(STARTER,), indexes=home / "indexes", thumbnails=home / "thumbs",
                    vocabulary=resource("vocabulary"))  # fmt: skip
    door = Concepts(places, write=lambda path, data: path.write_bytes(data), device="cpu")
    yield door.space()
    door.close()


@pytest.fixture(scope="module")
def vectors(space):
    """With headgear, without, without but moved: [20, D] each."""
    sheet = contact_sheet(Path(__file__).with_name("hats-128.webp"))
    return np.split(space.encode(sheet), 3)


def name(space, after, before):
    pair = np.stack([after, before])
    direction = combine(pair, ["picture"] * 2, [1, -1], Means.zeros(pair.shape[1]))
    return ranking.name(space.word_space(), direction.vector, length=direction.length,
                        sides=(after, before))


SURE = (Verdict.CLEAR, Verdict.LIKELY)


@pytest.fixture(scope="module")
def headgear(space):
    return {word.text for word in space.vocabulary.words if word.family == "headgear"}


def said(words):
    """The words of a side that are claimed."""
    return [word.word for word in words if word.verdict in SURE]


def test_headgear_is_named_first_and_nothing_is_claimed_to_have_gone(space, vectors, headgear):
    hits = wrong = 0
    for after, before in zip(vectors[0], vectors[1], strict=True):
        naming = name(space, after, before)
        hits += bool(headgear & set(said(naming.added)[:1]))
        wrong += bool(said(naming.removed))
    assert hits >= 0.9 * PAIRS
    assert wrong <= 0.1 * PAIRS


def test_headgear_taken_off_is_removed_and_nothing_is_claimed_to_have_come(
    space, vectors, headgear
):
    hits = wrong = 0
    for with_it, without in zip(vectors[0], vectors[1], strict=True):
        naming = name(space, without, with_it)
        hits += bool(headgear & set(said(naming.removed)[:1]))
        wrong += bool(said(naming.added))
    assert hits >= 0.9 * PAIRS
    assert wrong <= 0.1 * PAIRS


def test_another_head_is_named_on_both_sides(space, vectors):
    """A panda instead of a girl: the first and the third pair of the sheet."""
    panda, girl = vectors[1][0], vectors[1][3]
    naming = name(space, panda, girl)
    assert "panda" in said(naming.added)
    assert "girl" in said(naming.removed)


def test_a_head_that_only_moved_is_not_called_clear(space, vectors):
    namings = [name(space, *pair) for pair in zip(vectors[2], vectors[1], strict=True)]
    assert [naming.verdict for naming in namings].count(Verdict.CLEAR) == 0


def test_taking_the_hat_off_removes_what_putting_it_on_adds(space, vectors):
    on, off = (name(space, *pair) for pair in ((vectors[0][0], vectors[1][0]),
                                               (vectors[1][0], vectors[0][0])))  # fmt: skip
    assert on.added == off.removed
