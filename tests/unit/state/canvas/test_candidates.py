"""Candidates: shown, taken, left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect

from studio.state.canvas import candidates as module
from studio.state.canvas.asking import Asked
from studio.state.canvas.candidates import LEAST, LIMIT, Candidate, Candidates
from studio.state.canvas.document import MASK, PAINT, CanvasDocument


@pytest.fixture
def document(qapp) -> CanvasDocument:
    made = CanvasDocument()
    made.open(np.zeros((40, 50, 3), np.uint8))
    made.change("Mask", MASK, lambda mask: np.full_like(mask, 200))
    return made


def candidate(value: int, size=(40, 50), left: int = 0, top: int = 0) -> Candidate:
    picture = np.full((*size, 3), value, np.uint8)
    asked = Asked(image=picture, left=left, top=top, frame=QRect(0, 0, 50, 40), document=1)
    return Candidate(picture=picture, asked=asked, path=Path("x.png"), seed=value)


def test_the_newest_is_shown_unless_another_is_looked_at(document) -> None:
    candidates = Candidates(document)
    for value in (1, 2):
        candidates.add(candidate(value))
    assert candidates.current.seed == 2
    candidates.show(0)
    candidates.add(candidate(3))
    assert candidates.current.seed == 1
    candidates.show_next()
    assert candidates.current.seed == 2
    candidates.show_previous()
    candidates.show_previous()
    assert candidates.current.seed == 3
    candidates.hide()
    assert candidates.current is None


def test_side_by_side_needs_something_and_ends_when_one_is_taken(document) -> None:
    candidates, told = Candidates(document), []
    candidates.side_by_side_changed.connect(told.append)
    candidates.show_side_by_side(True)
    assert told == []
    for value in (1, 2):
        candidates.add(candidate(value))
    candidates.hide()
    candidates.toggle_side_by_side()
    assert candidates.current.seed == 2  # something is chosen
    assert told == [True]
    candidates.take()
    assert told == [True, False]
    candidates.toggle_side_by_side()
    candidates.clear()
    assert told == [True, False, True, False]
    candidates.add(candidate(3))
    candidates.toggle_side_by_side()
    document.open(np.zeros((9, 9, 3), np.uint8))
    assert not candidates.is_side_by_side


def test_comparing_shows_the_old_picture_and_keeps_the_choice(document) -> None:
    candidates = Candidates(document)
    candidates.add(candidate(1))
    candidates.compare(True)
    assert candidates.shown is None
    assert candidates.current.seed == 1
    candidates.compare(False)
    assert candidates.shown.seed == 1


def test_an_extended_result_knows_its_place(document) -> None:
    assert candidate(9, (60, 70), left=20, top=5).place() == QRect(-20, -5, 70, 60)


def test_taking_one_is_one_step_and_keeps_mask_and_candidates(document) -> None:
    candidates = Candidates(document)
    candidates.add(candidate(9))
    count = document.undo_stack.count()
    assert candidates.take()
    assert document.undo_stack.count() == count + 1
    assert (document.picture == 9).all()
    assert (document.mask == 200).all()
    assert len(candidates.items) == 1
    document.undo_stack.undo()
    assert not document.picture.any()


def test_taking_one_takes_the_paint_in(document) -> None:
    document.change("Paint", PAINT, lambda paint: np.full_like(paint, 255))
    candidates = Candidates(document)
    candidates.add(candidate(9))
    candidates.take()
    assert not document.has_paint()
    document.undo_stack.undo()
    assert document.has_paint()
    assert not document.picture.any()


def test_an_extended_result_moves_the_mask_along(document) -> None:
    candidates = Candidates(document)
    candidates.add(candidate(9, (60, 70), left=20, top=5))
    candidates.take()
    assert document.picture.shape == (60, 70, 3)
    assert (document.mask[5:45, 20:70] == 200).all()
    assert not document.mask[:5].any()
    assert candidates.items == []
    document.undo_stack.undo()
    assert document.picture.shape == (40, 50, 3)
    assert (document.mask == 200).all()


def test_nothing_shown_cannot_be_taken(document) -> None:
    candidates = Candidates(document)
    assert not candidates.take()
    candidates.show_next()
    assert candidates.current is None


def test_the_strip_is_bounded_and_another_picture_clears_it(document) -> None:
    candidates = Candidates(document)
    for value in range(LIMIT + 5):
        candidates.add(candidate(value))
    assert len(candidates.items) == LIMIT
    assert candidates.current.seed == LIMIT + 4
    document.replace("Open", {"picture": np.zeros((9, 9, 3), np.uint8)})
    assert candidates.items == []


def test_the_one_that_is_looked_at_stays_it_when_others_leave(document) -> None:
    """The strip moved on under it: taken was the neighbour of the one on the screen."""
    candidates = Candidates(document)
    for value in range(LIMIT):
        candidates.add(candidate(value))
    for looked_at in (5, 0):  # 0: the oldest, whose turn it would be to leave
        candidates.show(looked_at)
        shown = candidates.current
        for value in range(100, 103):
            candidates.add(candidate(value))
        assert candidates.current is shown
        assert len(candidates.items) == LIMIT
    told = []
    candidates.candidates_changed.connect(lambda: told.append(len(candidates.items)))
    elsewhere = candidate(200)
    candidates.add(replace(elsewhere, asked=replace(elsewhere.asked, document=9)))
    assert candidates.current is shown
    assert told == [LIMIT - 1]
    assert candidates.take()
    assert (document.picture == shown.seed).all()


def test_large_answers_are_fewer(document, monkeypatch) -> None:
    candidates = Candidates(document)
    one = candidate(1)
    monkeypatch.setattr(module, "BUDGET", 10 * one.picture.nbytes)
    for value in range(20):  # each holds what was asked as well
        candidates.add(candidate(value))
    assert [item.seed for item in candidates.items] == [15, 16, 17, 18, 19]
    monkeypatch.setattr(module, "BUDGET", 1)
    candidates.add(candidate(20))
    assert len(candidates.items) == LEAST


def test_undo_of_an_outpainted_result_brings_the_others_back(document) -> None:
    """So that another one can be taken instead."""
    candidates = Candidates(document)
    for value in (1, 2):
        candidates.add(candidate(value, (40, 70), left=20))
    candidates.take()
    assert candidates.items == []
    late = candidate(3, (40, 70), left=20)
    candidates.add(late)  # asked before the picture changed
    assert candidates.items == []
    document.undo_stack.undo()
    assert [item.seed for item in candidates.items] == [1, 2, 3]
    candidates.show(0)
    assert candidates.take()
    assert (document.picture == 1).all()
    document.undo_stack.undo()
    document.open(np.zeros((40, 50, 3), np.uint8))
    assert candidates.items == []  # the same size, but another picture
