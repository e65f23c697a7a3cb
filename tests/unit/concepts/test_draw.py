"""From expressions to points and directions."""

from __future__ import annotations

import numpy as np
import pytest

from studio.concepts import draw
from studio.concepts.algebra import Means, unit
from studio.concepts.draw import CannotDraw
from studio.concepts.expression import parse

D = 16


@pytest.fixture
def space():
    rng = np.random.default_rng(1)
    means = Means(unit(rng.standard_normal(D)) * 0.8, unit(rng.standard_normal(D)) * 0.8)
    return means, lambda: unit(rng.standard_normal(D).astype(np.float32))


def test_one_picture_is_drawn_as_it_is(space):
    means, draw_vector = space
    vector = draw_vector()
    point = draw.embedding(vector[None], ["picture"], [1.0], means)
    np.testing.assert_allclose(point, vector, atol=1e-6)


def test_equal_and_opposite_terms_leave_the_rest(space):
    means, draw_vector = space
    a, b = draw_vector(), draw_vector()
    point = draw.embedding(np.stack([a, b, b]), ["picture", "text", "text"], [1, 1, -1], means)
    np.testing.assert_allclose(point, a, atol=1e-5)


def test_words_are_carried_into_the_pictures_cone(space):
    means, draw_vector = space
    word = unit(means.text + 0.3 * draw_vector())
    point = draw.embedding(word[None], ["text"], [1.0], means)
    assert point @ unit(means.picture) > point @ unit(means.text)
    assert np.linalg.norm(point) == pytest.approx(1)


def test_the_first_picture_stays_and_the_rest_is_turned_up():
    base, change = draw.base_and_change(parse("hat + a.png - beard"))
    assert (str(base), str(change)) == ("a.png", "hat - beard")
    assert str(draw.with_amount(parse("a.png + hat - 0.5 beard"), 2)) == "a.png + 2 hat - beard"
    assert str(draw.with_amount(parse("hat"), 0.5)) == "0.5 hat"
    assert str(draw.with_amount(parse("a.png + hat"), 0)) == "a.png + 0 hat"


def test_directions_are_words_only():
    assert draw.directions(parse('hat - 0.5 "a red umbrella"')) == (
        ("a hat", 1.0), ("a red umbrella", -0.5),
    )  # fmt: skip
    assert draw.sentence("umbrella") == "an umbrella"
    with pytest.raises(CannotDraw, match="Pictures"):
        draw.directions(parse("a.png - hat"))
    with pytest.raises(CannotDraw, match="empty"):
        draw.directions(parse(""))


def test_the_row_goes_from_nothing_beyond_the_default():
    assert len(draw.AMOUNTS) == 5
    assert draw.AMOUNTS[0] == 0
    assert list(draw.AMOUNTS) == sorted(set(draw.AMOUNTS))
    assert 1.0 in draw.AMOUNTS[2:4]
