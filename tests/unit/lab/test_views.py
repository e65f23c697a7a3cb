"""What the views say: each figure holds the parts and the words of its experiment."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from studio.lab import views
from studio.lab.draw_png import draw_picture
from studio.lab.fields import field_at, guidance_fields, turn, turning_share
from studio.lab.figure import Arrows, Dots, Heat, Ink, Line, Segments
from studio.lab.laboratory import run, sample_task, walk_task
from studio.lab.paper import PAPER
from studio.lab.process import Process
from studio.lab.settings import SampleSettings, Turn
from studio.lab.space import Source, make_space, vector_of
from tests.fakes import picture

INK, PROCESS = Ink(), Process()
SHARES = [i / 20 for i in range(1, 21)]


def of_kind(figure, kind):
    return [layer for layer in figure.layers if isinstance(layer, kind)]


@pytest.fixture(scope="module")
def paths(spiral):
    return run(sample_task(spiral, SampleSettings(sampler="DDPM", steps=6, count=50)))


@pytest.fixture(scope="module")
def walk(spiral):
    return run(walk_task(spiral, PROCESS, 20))


def test_data_are_coloured_by_class(spiral):
    figure = views.data_view(spiral, INK)
    assert [layer.color for layer in of_kind(figure, Dots)] == list(INK.classes)
    assert [words for _, words in figure.legend] == ["person", "dog", "cat"]
    assert "600 points" in figure.note


def test_a_walk_is_drawn_up_to_its_place(spiral, walk):
    figure = views.forward_view(spiral, walk, 7.5, PROCESS, INK, highlighted=3)
    path = of_kind(figure, Line)[0].xy
    assert len(path) == 9
    np.testing.assert_allclose(path[-1], (walk[7, 3] + walk[8, 3]) / 2, atol=1e-6)
    assert "t = 0.38" in figure.note
    outside = views.forward_view(spiral, walk, 99.0, PROCESS, INK)
    assert not of_kind(outside, Line)
    assert "t = 1.00" in outside.note


def test_between_is_a_straight_line():
    steps = np.array([[[0.0, 0.0]], [[2.0, 4.0]]], np.float32)
    assert views.between(steps, 0.25).tolist() == [[0.5, 1.0]]
    assert views.between(steps, 9).tolist() == [[2, 4]]
    assert views.between(steps, -1).tolist() == [[0, 0]]


def test_the_schedules_curves_meet_the_level(spiral):
    figure = views.schedule_view(PROCESS, 0.4, INK)
    level = PROCESS.at(0.4)
    assert [layer.xy[0].tolist() for layer in of_kind(figure, Dots)] == [
        [0.4, pytest.approx(level.a)], [0.4, pytest.approx(level.s)]
    ]  # fmt: skip


def test_a_field_has_arrows_in_its_cells_and_heat(spiral, exact):
    field = field_at(exact, PROCESS, 0.5, lattice=11)
    figure = views.field_view(spiral, field, INK)
    arrows = of_kind(figure, Arrows)[0]
    step = field.xy[0, 1, 0] - field.xy[0, 0, 0]
    assert np.linalg.norm(arrows.delta, axis=1).max() <= step
    directions = (arrows.delta * field.arrows.reshape(-1, 2)).sum(axis=1)
    assert (directions >= 0).all()
    assert of_kind(figure, Heat)[0].values.max() == pytest.approx(1)


def test_learned_beside_exact_names_the_gap(spiral, exact, learned):
    pair = [field_at(d, PROCESS, 0.5, lattice=9) for d in (exact, learned.network)]
    figure = views.difference_view(spiral, *pair, INK)
    assert len(of_kind(figure, Arrows)) == 2
    assert "mean gap 0.0" in figure.note
    same = views.difference_view(spiral, pair[0], pair[0], INK)
    assert of_kind(same, Heat)[0].values.max() == 0


def test_guidance_shows_three_fields(spiral, exact):
    fields = guidance_fields(exact, PROCESS, 0.1, label=1, scale=3.0, lattice=9)
    figure = views.guidance_view(spiral, fields, INK, scale=3.0)
    assert [words for _, words in figure.legend] == ["without", "with the class",
                                                     "guided, scale 3"]  # fmt: skip
    guided, with_class, without = of_kind(figure, Arrows)
    assert len(guided.xy) == 9
    # The fan of a place is drawn to one scale: the ends lie on one line, three times as far.
    np.testing.assert_allclose(guided.delta - without.delta,
                               3 * (with_class.delta - without.delta), atol=1e-5)  # fmt: skip
    assert len(of_kind(figure, Segments)[0].xy) == 9


def test_a_path_has_model_and_noise_steps_in_two_colours(spiral, paths):
    figure = views.sampling_view(spiral, paths, 6, INK, highlighted=2, distance=0.5)
    colors = [layer.color for layer in of_kind(figure, Line)]
    assert colors.count(INK.model) == 6
    assert colors.count(INK.noise) == 5  # the last step adds none
    assert "distance to the data 0.500" in figure.note
    assert not of_kind(views.sampling_view(spiral, paths, 0, INK), Line)
    assert not of_kind(views.sampling_view(spiral, paths, 6, INK, highlighted=None), Line)


def test_graphs_of_loss_and_turn():
    figure = views.loss_view([(25, 2.0), (50, 1.0)], INK, steps=100)
    assert figure.extent[1] == 100
    assert len(of_kind(figure, Line)[0].xy) == 2
    assert not views.loss_view([], INK, steps=100).layers
    turns = [Turn(share=s, towards_middle=s, towards_data=1 - s) for s in (0.9, 0.1)]
    curves = of_kind(views.turn_view(turns, 0.5, INK), Line)
    assert curves[0].xy[0].tolist() == pytest.approx([0.1, 0.1])


def space_and_path():
    pictures = [picture(48, 48, seed=i) for i in range(12)]
    space = make_space([(Source(str(i), None), p) for i, p in enumerate(pictures)])
    path = np.stack([vector_of(picture(48, 48, seed=2 + i / 4)) for i in range(10)])
    return space, [path, path[::-1] * 0.9]


@pytest.mark.golden
@pytest.mark.parametrize("name", ["data", "forward", "field", "guidance", "sample", "schedule",
                                  "difference", "turn", "loss", "space", "bend"])  # fmt: skip
def test_golden_pictures(name, spiral, exact, walk, paths, request):
    """Each view as it was when it was looked at; a changed pixel here and there is let pass."""
    guided = guidance_fields(exact, PROCESS, 0.08, label=1, scale=3.0)
    figures = {
        "data": lambda: views.data_view(spiral, INK),
        "forward": lambda: views.forward_view(spiral, walk, 9.5, PROCESS, INK, highlighted=5),
        "field": lambda: views.field_view(spiral, field_at(exact, PROCESS, 0.06), INK),
        "guidance": lambda: views.guidance_view(spiral, guided, INK, scale=3.0),
        "sample": lambda: views.sampling_view(spiral, paths, 6, PAPER, highlighted=7),
        "schedule": lambda: views.schedule_view(PROCESS, 0.3, PAPER),
        "difference": lambda: views.difference_view(
            spiral, field_at(exact, PROCESS, 0.06), field_at(exact, PROCESS, 0.09), INK
        ),
        "turn": lambda: views.turn_view(
            turns := turn(exact, spiral, PROCESS, SHARES), turning_share(turns), INK
        ),
        "loss": lambda: views.loss_view(
            [(25 * i, 0.4 + 1 / i) for i in range(1, 40)], PAPER, steps=1500
        ),
        "space": lambda: views.space_view(*space_and_path(), 3, INK, name="waves"),
        "bend": lambda: views.bend_view(space_and_path()[1][0], 3, INK),
    }
    drawn = draw_picture(figures[name](), 0.5)
    golden = request.config.rootpath / "tests" / "golden" / "lab" / f"{name}.png"
    if not golden.exists():
        golden.parent.mkdir(parents=True, exist_ok=True)
        drawn.save(golden)
        pytest.fail(f"there was no golden picture; look at {golden.name} and keep it")
    kept = np.asarray(Image.open(golden).convert("RGB")).astype(int)
    differing = (np.abs(kept - np.asarray(drawn)) > 24).any(axis=2)
    colours, counts = np.unique(kept.reshape(-1, 3), axis=0, return_counts=True)
    ink = (np.abs(kept - colours[counts.argmax()]) > 24).any(axis=2)
    assert differing.mean() < 0.01
    assert differing.sum() < 0.1 * ink.sum()  # lines are thin: 1 in 100 of all is half of them
