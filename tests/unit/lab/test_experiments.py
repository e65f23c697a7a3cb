"""Experiments from beginning to end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.engine.errors import InvalidRequest, StudioError
from studio.lab.experiments import EXPERIMENTS, FRAMES, Options, run_experiment
from studio.lab.settings import SampleSettings, TrainSettings

QUICK = Options(
    points=120,
    sample=SampleSettings(count=40, steps=5, label=1, guidance_scale=2.0),
    train=TrainSettings(steps=60, batch=32),
)


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name != "compare"])
def test_each_gives_one_figure_and_its_numbers(name):
    outcome = run_experiment(name, QUICK)
    assert len(outcome.figures) == 1
    assert outcome.facts


@pytest.mark.parametrize(("name", "frames"), [("field", FRAMES), ("sample", FRAMES),
                                              ("forward", 61)])  # fmt: skip
def test_films_have_many(name, frames):
    assert len(run_experiment(name, replace(QUICK, is_moving=True)).figures) == frames


def test_a_network_may_be_trained_first():
    outcome = run_experiment("sample", replace(QUICK, is_learned=True))
    assert 0 <= outcome.facts["class_accuracy"] <= 1


def test_comparison_tells_the_tale(monkeypatch):
    outcome = run_experiment("compare", Options(sample=SampleSettings(count=300)))
    distance = outcome.facts["distance"]
    assert len(outcome.figures) == len(distance) == 6
    assert outcome.is_sheet  # all of them, not the last alone
    assert distance["DDPM, noise removed, 200"] > 3 * distance["DDPM, 200"]


def test_a_comparison_within_a_class_measures_to_that_class():
    inner = Options(sample=SampleSettings(count=300, label=0))
    assert run_experiment("compare", inner).facts["distance"]["DDIM, 20"] < 0.15


def test_few_training_steps_are_enough_for_a_figure_and_a_film():
    few = replace(QUICK, train=TrainSettings(steps=3, batch=32))
    still, film = (run_experiment("learn", replace(few, is_moving=m)) for m in (False, True))
    assert still.facts["loss"] > 0
    assert len(film.figures) == 1  # the network as it is at the end


def test_impossible_options_are_said_in_words():
    with pytest.raises(InvalidRequest):
        run_experiment("sample", Options(sample=SampleSettings(steps=100_000)))
    with pytest.raises(StudioError, match="no data set"):
        run_experiment("data", Options(data="torus"))


@pytest.mark.parametrize("classes", [{"label": 7}, {"label": -1}, {"negative": 3}])
def test_a_class_that_is_not_there_is_said_in_words(classes):
    with pytest.raises(InvalidRequest, match="There is no class") as caught:
        run_experiment("sample", Options(sample=SampleSettings(count=9, steps=2, **classes)))
    assert "0 = person" in caught.value.hint
