"""What is to be seen: each view has its figure, also before anything is computed."""

from __future__ import annotations

import numpy as np
import pytest

from studio.lab.figure import Dots, Ink, Line
from studio.lab.laboratory import run, sample_task, walk_task
from studio.lab.settings import Turn
from studio.state.lab.board import VIEWS
from studio.state.lab.picture import figure_of, film_of, graph_of, numbers_of
from studio.state.lab.results import Run

INK = Ink()


@pytest.mark.parametrize("view", [view.key for view in VIEWS])
def test_every_view_shows_the_data_until_it_has_something_better(room, view):
    room._settle.blockSignals(True)
    room.change(view=view)
    assert figure_of(room, INK).title == "Pictures of two pixels"
    assert numbers_of(room) == []


def test_the_walk_follows_the_slider(room):
    room.results.walk = run(walk_task(room.data, room.process, 10))
    room._settle.blockSignals(True)
    room.change(view="noise", walk=0.5, highlighted=600)
    figure = figure_of(room, INK)
    assert "t = 0.50" in figure.note
    assert any(isinstance(layer, Line) for layer in figure.layers)
    assert graph_of(room, INK).x_title == "t"


def test_a_run_is_shown_under_its_own_name(room):
    room._settle.blockSignals(True)
    room.results.paths = run(sample_task(room.data, room.sample_settings()))
    room.results.paths_title = "DDIM, 5 steps"
    room.results.runs = [Run("scale 3", 20, "exact", 0.2, 0.9, 0.3),
                         Run("DDIM", 5, "exact", 0.123)]  # fmt: skip
    room.change(view="sample", sampler="Euler a", run=1.0)
    assert figure_of(room, INK).title == "DDIM, 5 steps"
    assert [n.value for n in numbers_of(room)] == ["0.123"]
    room.change(view="guidance")
    assert [n.value for n in numbers_of(room)] == ["0.200", "90%", "0.30"]
    assert graph_of(room, INK) is not None


def test_drawing_shows_what_is_drawn(room):
    room._settle.blockSignals(True)
    room.change(draw_label=0)
    assert "draw with the mouse" in figure_of(room, INK).note
    room.draw([(0.5, 0.5), (0.1, 0.2)])
    figure = figure_of(room, INK)
    dots = [layer for layer in figure.layers if isinstance(layer, Dots)]
    assert np.allclose(dots[0].xy, [[0.5, 0.5], [0.1, 0.2]])


def test_training_and_turn_have_graphs_and_numbers(room):
    room._settle.blockSignals(True)
    room.results.losses = [(25, 2.0), (50, 1.0)]
    room.change(view="learn")
    assert [n.title for n in numbers_of(room)] == ["error", "seconds"]
    assert graph_of(room, INK).y_title == "error"
    room.results.turns, room.results.turning = [
        Turn(share=s, towards_middle=s, towards_data=0.5) for s in (0.1, 0.9)], 0.5  # fmt: skip
    room.change(view="field")
    assert numbers_of(room)[0].value == "0.50"
    assert isinstance(graph_of(room, INK).layers[-1], Line)


def test_a_film_goes_along_the_slider_and_leaves_the_board(room):
    room._settle.blockSignals(True)
    room.results.walk = run(walk_task(room.data, room.process, 10))
    room.change(view="noise", walk=0.3)
    board = room.board
    notes = [figure.note for figure in film_of(room, INK, frames=5)]
    assert [note[:8] for note in notes] == ["t = 0.00", "t = 0.25", "t = 0.50", "t = 0.75",
                                            "t = 1.00"]  # fmt: skip
    assert room.board is board
    room.change(view="data")
    assert len(film_of(room, INK)) == 1
