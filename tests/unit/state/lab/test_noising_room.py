"""Noising a picture: three trials, each with its noised picture, its guess and its result."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from studio.library.metadata import write_png
from studio.state.lab import noising_room
from studio.state.lab.noising_room import NoisingRoom, Trial, fitted
from tests.fakes import picture
from tests.unit.state.conftest import ready, studio  # noqa: F401 - fixtures


@pytest.fixture
def noising(ready):  # noqa: F811
    return NoisingRoom(ready.session, ready.generation, ready.messages, ready.engine,
                       ready.background)  # fmt: skip


def test_pictures_are_fitted_to_the_middle():
    wide = np.zeros((50, 200, 3), np.uint8)
    wide[:, 75:125] = 255
    small = fitted(wide, 64, 64)
    assert small.shape == (64, 64, 3)
    assert small.mean() > 240
    assert fitted(np.zeros((10, 10, 4), np.uint8), 64, 32).shape == (32, 64, 3)


def test_four_trials_with_guess_and_result(noising, ready, qtbot):  # noqa: F811
    noising.take(picture(100, 80))
    assert noising.start()
    assert noising.is_running
    qtbot.waitUntil(lambda: not noising.is_running, timeout=20_000)
    assert [trial.strength for trial in noising.trials] == [0.25, 0.5, 0.75, 1.0]
    for trial in noising.trials:
        assert trial.noisy is not None
        assert trial.guess is not None
        assert trial.result.shape == (64, 64, 3)
        assert 0 <= trial.kept(noising.original) <= 1
    requests = ready.engine.requests
    assert [r.strength for r in requests] == [0.25, 0.5, 0.75, 1.0]
    assert all(r.image.shape == (64, 64, 3) and r.steps >= 8 for r in requests)
    assert all((r.prompt, r.guidance_scale, r.seed) == ("", 1.0, 1) for r in requests)


def test_the_noise_is_never_that_of_the_picture(noising, ready, qtbot):  # noqa: F811
    """With the picture's own seed and prompt noise alone led back to the very same picture."""
    ready.form.edit(seed=1234, prompt="a red fox")
    noising.edit(has_words=True, seed=7, own=2.0)
    assert noising.own == 1.0
    noising.take(picture())
    noising.start()
    qtbot.waitUntil(lambda: not noising.is_running, timeout=20_000)
    assert [r.strength for r in ready.engine.requests] == [0.25, 0.75, 1.0]
    assert {(r.seed, r.prompt) for r in ready.engine.requests} == {(7, "a red fox")}


def test_without_a_picture_nothing_is_queued(noising, ready, qtbot, tmp_path):  # noqa: F811
    assert not noising.start()
    noising.choose(tmp_path / "absent.png")
    qtbot.waitUntil(lambda: len(ready.messages._waiting) == 2)
    assert noising.original is None
    assert not ready.engine.requests


def test_a_file_is_read_in_the_background_and_the_last_one_counts(
    noising, ready, qtbot, tmp_path, monkeypatch  # noqa: F811
):
    """A large picture on a slow disk held the window up."""
    readers, real = [], noising_room.read_picture

    def read(path):
        readers.append(threading.current_thread())
        return real(path)

    monkeypatch.setattr(noising_room, "read_picture", read)
    for name, side in (("a", 70), ("b", 90)):
        (tmp_path / f"{name}.png").write_bytes(write_png(picture(side, side, seed=side)))
        noising.choose(tmp_path / f"{name}.png")
    qtbot.waitUntil(lambda: len(noising.trials) == 4 and not noising.is_running)
    qtbot.waitUntil(lambda: not ready.background.running and not ready.background.waiting)
    assert threading.main_thread() not in readers
    assert np.array_equal(noising.original, fitted(picture(90, 90, seed=90), 64, 64))
    assert len(ready.engine.requests) == 4


def test_another_picture_stops_the_trials(noising, ready, qtbot):  # noqa: F811
    noising.take(picture())
    noising.start()
    noising.take(picture(seed=3))
    assert not noising.is_running
    assert noising.trials == []
    qtbot.waitUntil(lambda: ready.generation.running is None and not ready.generation.waiting)


def test_change_needs_a_result_of_the_same_size():
    trial = Trial(0.5)
    assert trial.kept(picture()) is None
    trial.result = picture()
    assert trial.kept(picture()) == 1
    trial.result = np.clip(picture().astype(int) + 40, 0, 255).astype(np.uint8)
    assert trial.kept(picture()) < 0.1
    assert trial.kept(picture(32, 32)) is None
