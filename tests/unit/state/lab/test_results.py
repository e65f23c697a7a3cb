"""Films of fields: any share of noise lies between two that were computed."""

from __future__ import annotations

import numpy as np
import pytest

from studio.lab.settings import Field
from studio.state.lab.results import (
    FIELD_COUNT,
    FieldFilm,
    Results,
    Run,
    shares_around,
    shares_to_show,
)


def field(share, value):
    return Field(share=share, xy=np.zeros((2, 2, 2), np.float32),
                 arrows=np.full((2, 2, 2), value, np.float32))  # fmt: skip


def test_what_is_looked_at_is_computed_first():
    shares = shares_around(0.3)
    assert sorted(shares) == sorted(shares_to_show())
    assert [abs(one - 0.3) for one in shares] == sorted(abs(one - 0.3) for one in shares)


def test_shares_go_from_noise_to_data_and_are_dense_near_the_data():
    shares = shares_to_show()
    assert len(shares) == FIELD_COUNT
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)
    assert shares[-2] - shares[-1] < (shares[0] - shares[1]) / 10


def test_between_two_fields_lies_their_mix():
    film = FieldFilm()
    assert film.at(0.5) is None
    film.add(field(1.0, 10.0))
    assert film.at(0.2).arrows.max() == 10
    film.add(field(0.0, 0.0))
    middle = film.at(0.25)
    assert middle.share == 0.25
    assert middle.arrows.max() == pytest.approx(2.5)
    assert film.at(2.0).arrows.max() == 10


def test_a_newer_field_replaces_the_older_at_its_share():
    film = FieldFilm()
    for value in (1.0, 2.0):
        film.add(field(0.5, value))
    assert len(film.fields) == 1
    assert film.at(0.5).arrows.max() == 2


def test_forgetting_keeps_nothing_of_the_old_data():
    results = Results(walk=np.zeros((2, 2, 2)), network=object(), losses=[(1, 2.0)])
    results.runs.append(Run("DDIM", 5, "exact", 0.1))
    version = results.network_version
    results.forget_data()
    assert results == Results(network_version=version + 1)
