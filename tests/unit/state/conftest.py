"""A real Studio over a FakeEngine: real queues, real library, no model."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.engine.models.catalog import ModelInfo
from studio.library.database import Library
from studio.production import produce
from studio.state.furnishing import furnish
from studio.state.studio import Studio
from tests.fakes import FakeEngine


def model(id: str = "starter", **facts) -> ModelInfo:
    known = {"name": id.title(), "path": Path("/nowhere") / id, "family": "sd", "native_size": 64}
    return ModelInfo(id=id, **known | facts)


class Engine(FakeEngine):
    """FakeEngine with a catalogue."""

    def __init__(self, *infos: ModelInfo, **options) -> None:
        super().__init__(**options)
        self.infos = list(infos) or [model(defaults={"steps": 6, "guidance_scale": 4.0})]

    def models(self):
        return self.infos

    def loras(self):
        return []


def make_studio(home, engine=None) -> Studio:
    engine = engine or Engine()
    library = Library(home)
    return furnish(Studio(home, engine), library, partial(produce, engine, library))


@pytest.fixture
def studio(qapp, home):
    made = make_studio(home)
    yield made
    assert made.close()


@pytest.fixture
def ready(studio, qtbot):
    """A studio whose catalogue has been read; small, quick pictures."""
    with qtbot.waitSignal(studio.models.models_changed):
        studio.models.refresh()
    studio.form.edit(width=64, height=64, steps=4, prompt="a red fox")
    return studio


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Five seconds are little on a machine that others use too."""
    monkeypatch.setitem(QtBot.waitUntil.__kwdefaults__, "timeout", 30_000)
    monkeypatch.setitem(QtBot.waitSignal.__kwdefaults__, "timeout", 30_000)
