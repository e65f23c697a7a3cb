"""Axes and cells: what people write, and what is made of it."""

from __future__ import annotations

import pytest

from studio.engine.errors import InvalidRequest
from studio.engine.request import GenerationRequest
from studio.lab.grid import Axis, cells, parse_axis

REQUEST = GenerationRequest(prompt="a red fox", negative_prompt="blurry", seed=3)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("cfg=1,2.5, 8", "cfg", (1.0, 2.5, 8.0)),
        ("seed=1..4", "seed", (1, 2, 3, 4)),
        ("steps=10, 4..2", "steps", (10, 4, 3, 2)),
        ("sampler=ddim,DDPM, noise removed,DPM++ 2M", "sampler",
         ("DDIM", "DDPM, noise removed", "DPM++ 2M")),
        ('prompt=red,"red, shiny",blue', "prompt", ("red", "red, shiny", "blue")),
        ("negative=,blurry", "negative", ("", "blurry")),
        ("ETA=0,1,inf", "eta", (0.0, 1.0, float("inf"))),
    ],
)  # fmt: skip
def test_axes_as_people_write_them(text, name, values):
    axis = parse_axis(text)
    assert (axis.name, axis.values) == (name, values)
    assert len(axis.labels) == len(values)


@pytest.mark.parametrize("text", ["cfg", "colour=red", "cfg=", "cfg=a,b", "steps=1.5", "cfg=nan",
                                  "sampler=PLMS", "schedule=linear", "seed=1..99999",
                                  "=1", f"seed=1..{'9' * 5000}"])  # fmt: skip
def test_impossible_axes_are_said_in_words(text):
    with pytest.raises(InvalidRequest) as caught:
        parse_axis(text)
    assert caught.value.message
    assert caught.value.hint


def test_labels_say_the_setting_or_the_words():
    assert parse_axis("cfg=1,2.5").labels == ("CFG scale 1", "CFG scale 2.5")
    assert parse_axis("negative=,ugly").labels == ("none", "ugly")
    assert parse_axis("sampler=DDIM").labels == ("DDIM",)


def test_cells_come_in_reading_order():
    grid = cells(REQUEST, [parse_axis("cfg=1,2"), parse_axis("seed=5..7")])
    assert [(c.column, c.row, c.sheet) for c in grid[:3]] == [(0, 0, 0), (1, 0, 0), (0, 1, 0)]
    assert [(c.request.guidance_scale, c.request.seed) for c in grid[2:4]] == [(1, 6), (2, 6)]
    assert len(cells(REQUEST, [parse_axis("cfg=1,2"), parse_axis("seed=1..2"),
                               parse_axis("steps=3..5")])) == 12  # fmt: skip


def test_words_of_the_prompt_are_replaced():
    grid = cells(REQUEST, [parse_axis("prompt=red,blue,a green")])
    assert [c.request.prompt for c in grid] == ["a red fox", "a blue fox", "a a green fox"]
    with pytest.raises(InvalidRequest, match="does not hold"):
        cells(REQUEST, [parse_axis("prompt=owl,cat")])


def test_a_negative_prompt_may_be_replaced_whole():
    grid = cells(REQUEST, [parse_axis("negative=,ugly")])
    assert [c.request.negative_prompt for c in grid] == ["", "ugly"]
    grid = cells(REQUEST, [parse_axis("negative=blurry,dark")])
    assert [c.request.negative_prompt for c in grid] == ["blurry", "dark"]


def test_too_many_or_too_few_axes_are_refused():
    axis = Axis("cfg", (1.0,))
    for axes in ([], [axis, axis], [axis, Axis("eta", (0.0,)), Axis("seed", (1,)),
                                    Axis("steps", (2,))]):  # fmt: skip
        with pytest.raises(InvalidRequest, match="one, two or three"):
            cells(REQUEST, axes)
    with pytest.raises(InvalidRequest, match="too large"):
        cells(REQUEST, [parse_axis("seed=1..300"), parse_axis("cfg=1,2")])
