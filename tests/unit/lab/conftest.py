"""Shared by the laboratory's tests: one spiral, its exact field, one network trained briefly."""

from __future__ import annotations

import threading

import pytest

from studio.lab.data import make_data
from studio.lab.exact import ExactDenoiser
from studio.lab.laboratory import run, train_task
from studio.lab.settings import TrainSettings


@pytest.fixture(scope="session")
def spiral():
    return make_data("spiral")


@pytest.fixture(scope="session")
def exact(spiral):
    return ExactDenoiser(spiral)


@pytest.fixture(scope="session")
def learned(spiral):
    """The last report of a short training, half of what the window does."""
    return run(train_task(spiral, TrainSettings(steps=700), threading.Event()))
