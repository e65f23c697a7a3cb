"""The arithmetic: what must hold for any embeddings, and the cases that decided the rules."""

from __future__ import annotations

import numpy as np
import pytest

from studio.concepts import algebra
from studio.concepts.algebra import Means, NothingLeft


@pytest.fixture
def draw():
    rng = np.random.default_rng(3)
    return lambda *shape: rng.standard_normal(shape).astype(np.float32)


def test_norms_of_the_operands_do_not_matter(draw):
    vectors, means = draw(3, 16), Means(algebra.unit(draw(16)) / 2, algebra.unit(draw(16)) / 2)
    kinds, factors = ["picture", "text", "text"], [1.0, 0.8, -0.8]
    scaled = vectors * np.array([[7.0], [0.01], [3.0]], np.float32)
    one = algebra.combine(vectors, kinds, factors, means)
    other = algebra.combine(scaled, kinds, factors, means)
    np.testing.assert_allclose(one.vector, other.vector, atol=1e-6)
    assert np.linalg.norm(one.vector) == pytest.approx(1, abs=1e-6)


def test_the_mean_cancels_when_one_modality_sums_to_zero(draw):
    vectors = draw(2, 16)
    kinds, factors = ["picture", "picture"], [1.0, -1.0]
    plain = algebra.combine(vectors, kinds, factors, Means.zeros(16))
    shifted = algebra.combine(vectors, kinds, factors, Means(draw(16), draw(16)))
    np.testing.assert_allclose(plain.vector, shifted.vector, atol=1e-5)


def test_centring_lets_a_word_speak_beside_a_picture(draw):
    """Without it the sum is dominated by the two constant cones."""
    cone_picture, cone_text = algebra.unit(draw(64)), algebra.unit(draw(64))
    concept = algebra.unit(draw(20, 64))
    pictures = algebra.unit(0.9 * cone_picture + 0.3 * concept)
    words = algebra.unit(0.9 * cone_text + 0.3 * concept)
    means = Means(pictures.mean(0), words.mean(0))
    both = np.stack([pictures[0], words[1]])
    mixed = algebra.combine(both, ["picture", "text"], [1.0, 1.0], means).vector
    scores = algebra.cosines(algebra.centred(words, means.text), mixed)
    assert set(np.argsort(-scores)[:2]) == {0, 1}


def test_equal_terms_cancel_with_words(draw):
    vector = draw(16)
    with pytest.raises(NothingLeft, match="cancel"):
        algebra.combine(np.stack([vector, vector]), ["text"] * 2, [1, -1], Means.zeros(16))
    with pytest.raises(NothingLeft, match="empty"):
        algebra.combine(np.zeros((0, 16), np.float32), [], [], Means.zeros(16))
    with pytest.raises(NothingLeft):
        algebra.combine(np.full((1, 4), np.nan, np.float32), ["text"], [1], Means.zeros(4))


def test_the_expected_maximum_of_ten_thousand_words():
    assert algebra.expected_maximum(10_000) == pytest.approx(4.29, abs=0.01)
