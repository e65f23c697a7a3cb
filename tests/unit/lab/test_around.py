"""Title, note, legend and axes: where they stand, and what gives way."""

from __future__ import annotations

import pytest

from studio.lab.around import Label, Spot, around, measured
from studio.lab.figure import Figure, Ink, viewport_of


def pieces(width=400, **facts):
    figure = Figure(extent=(0, 1, 0, 1), layers=[], ink=Ink(), is_square=False, **facts)
    return around(figure, viewport_of(figure, width, 300))


def words(found):
    return [piece.words for piece in found if isinstance(piece, Label)]


def test_a_bare_figure_has_nothing_around_it():
    assert pieces() == []


def test_title_left_note_right():
    title, note = pieces(title="A title", note="t = 1")
    assert (title.words, title.anchor) == ("A title", "start")
    assert (note.words, note.anchor) == ("t = 1", "end")
    assert note.x > title.x


def test_the_first_parts_of_a_note_give_way_before_it_meets_the_title():
    parts = "a long first part   and a second   t = 1"
    assert words(pieces(width=900, title="A title", note=parts))[1] == parts
    assert words(pieces(width=260, title="A title", note=parts))[1] == "and a second   t = 1"
    assert words(pieces(width=140, title="A title", note=parts))[1:] == ["t = 1"]
    assert words(pieces(width=90, title="A title here", note=parts)) == ["A title here"]


def test_legend_entries_do_not_overlap():
    found = pieces(legend=[("#112233", "wide words here"), ("#445566", "more")])
    spots = [piece for piece in found if isinstance(piece, Spot)]
    first = next(piece for piece in found if isinstance(piece, Label))
    assert [spot.color for spot in spots] == ["#112233", "#445566"]
    assert spots[1].x - 4 > first.x + measured(first.words, 12)


def test_axes_have_round_ticks_and_the_second_reads_upwards():
    found = pieces(x_title="t", y_title="amount")
    upright = [piece for piece in found if isinstance(piece, Label) and piece.is_upright]
    assert [piece.words for piece in upright] == ["amount"]
    assert {"0", "0.5", "1"} <= set(words(found)) or {"0.2", "0.4"} <= set(words(found))
    assert measured("wider", 12) == pytest.approx(measured("wider", 24) / 2, rel=0.15)
