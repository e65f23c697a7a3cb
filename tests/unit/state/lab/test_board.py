"""The board: every field has a view that uses it."""

from __future__ import annotations

from studio.lab.settings import OBJECTIVES, SampleSettings
from studio.state.lab.board import VIEWS, Board, view_of


def test_views_are_named_and_their_sliders_are_fields():
    assert [view.key for view in VIEWS] == ["data", "noise", "learn", "field", "sample",
                                            "guidance"]  # fmt: skip
    for view in VIEWS:
        assert view.words
        assert view.slider == "" or isinstance(getattr(Board(), view.slider), float)


def test_an_unknown_view_counts_as_the_first():
    assert view_of(Board(view="elsewhere")) is VIEWS[0]
    assert view_of(Board(view="sample")).slider == "run"


def test_the_first_board_can_be_run():
    board = Board()
    SampleSettings(sampler=board.sampler, schedule=board.schedule, steps=board.steps,
                   count=board.count).check()  # fmt: skip
    assert board.objective in OBJECTIVES
