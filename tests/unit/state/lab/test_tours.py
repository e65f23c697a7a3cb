"""The tours: complete, short, and about things that exist."""

from __future__ import annotations

from dataclasses import fields, replace

from studio.engine.sampler_table import SAMPLERS
from studio.lab.data import DATA_SETS
from studio.lab.process import PROCESSES
from studio.lab.settings import OBJECTIVES
from studio.state.lab.board import ALL_VIEWS, PICTURE_VIEWS, SOURCES, Board
from studio.state.lab.tours import TOURS

ALLOWED = {
    "view": [view.key for view in ALL_VIEWS], "data": [*DATA_SETS], "process": PROCESSES,
    "sampler": [*SAMPLERS], "objective": OBJECTIVES, "source": SOURCES,
}  # fmt: skip


def test_there_are_eight_and_each_ends_with_something_to_try():
    assert len(TOURS) == 8
    for tour in TOURS:
        assert 3 <= len(tour.cards) <= 6
        assert tour.cards[-1].text.startswith("Try: ")
        assert all(20 < len(card.text) < 330 for card in tour.cards)


def test_nearly_every_tour_shows_the_same_on_pictures():
    keys = {view.key for view in PICTURE_VIEWS}
    shown = [{card.changes.get("view") for card in tour.cards} & keys for tour in TOURS]
    assert sum(map(bool, shown)) >= 7
    assert set().union(*shown) == keys


def test_every_card_sets_possible_values():
    names = {f.name for f in fields(Board)}
    for tour in TOURS:
        board = Board()
        for card in tour.cards:
            assert set(card.changes) <= names
            board = replace(board, **card.changes)
            for name, allowed in ALLOWED.items():
                assert getattr(board, name) in allowed
            assert 0 <= board.t <= 1
        assert "view" in tour.cards[0].changes
