"""The concept meter and the map."""

from __future__ import annotations

import numpy as np
import pytest

from studio.concepts import readings
from studio.concepts.algebra import unit

D = 8
HAT = np.eye(D, dtype=np.float32)[0]


def strip(amounts):
    other = np.eye(D, dtype=np.float32)[1]
    return unit(np.stack([amount * HAT + other for amount in amounts]))


def measure(amounts):
    return readings.meter("hat", range(len(amounts)), strip(amounts), HAT, middle=0.0, spread=0.2)


def test_the_step_at_which_a_concept_appears():
    curve = measure([0, 0.05, 0.1, 0.8, 0.9, 1.0])
    assert curve.appears_at == 3
    assert "appears at step 4" in curve.words  # as the strip counts: from 1
    assert curve.scores[-1] == pytest.approx(0.7071, abs=1e-3)


def test_a_concept_that_comes_and_goes_counts_from_its_last_coming():
    assert measure([0, 0.9, 0.05, 0.9, 1.0]).appears_at == 3


def test_a_concept_that_is_there_from_the_start_appears_at_the_first_step():
    curve = measure([1.0, 0.96, 0.98, 0.94, 0.97])  # no step in the noise
    assert curve.appears_at == 0
    assert "appears at step 1." in curve.words


def test_a_concept_that_never_comes():
    curve = measure([0.1, 0.05, 0.0])
    assert curve.appears_at is None
    assert "does not appear" in curve.words


def test_no_steps():
    nothing = np.zeros((0, D), np.float32)
    assert readings.meter("x", [], nothing, HAT, middle=0, spread=1).steps == ()


def test_the_map_is_centred_and_scaled_by_each_axis():
    rng = np.random.default_rng(0)
    rows = unit(rng.standard_normal((500, D)).astype(np.float32) + 5 * np.eye(D)[7])
    points = readings.positions(rows, HAT, np.eye(D, dtype=np.float32)[1])
    assert points.shape == (500, 2)
    np.testing.assert_allclose(np.median(points, axis=0), 0, atol=1e-5)
    assert (np.abs(points) <= 1).mean(axis=0) == pytest.approx([0.9, 0.9], abs=0.01)
    assert readings.positions(rows[:0], HAT, HAT).shape == (0, 2)
