"""The tours: complete, short, and about things that exist."""

from __future__ import annotations

from dataclasses import fields, replace

from studio.engine.sampler_table import SAMPLERS
from studio.lab.data import DATA_SETS
from studio.lab.process import PROCESSES
from studio.lab.settings import OBJECTIVES
from studio.state.lab.board import SOURCES, VIEWS, Board
from studio.state.lab.tours import TOURS

ALLOWED = {
    "view": [view.key for view in VIEWS], "data": [*DATA_SETS], "process": PROCESSES,
    "sampler": [*SAMPLERS], "objective": OBJECTIVES, "source": SOURCES,
}  # fmt: skip


def test_there_are_eight_and_each_ends_with_something_to_try():
    assert len(TOURS) == 8
    for tour in TOURS:
        assert 3 <= len(tour.cards) <= 5
        assert tour.cards[-1].text.startswith("Try: ")
        assert all(20 < len(card.text) < 330 for card in tour.cards)


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
