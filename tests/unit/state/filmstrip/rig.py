"""A studio with an engine of waves instead of a model, and what tests of the strip do with it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch  # here, so that no test waits for the import on the worker

from studio.engine.record import Take
from studio.library.database import Library
from studio.production import produce
from studio.state.filmstrip.room import FilmstripRoom
from studio.state.furnishing import furnish
from studio.state.studio import Studio
from tests.fakes import FakeEngine, make_steps, picture


class StripEngine(FakeEngine):
    """FakeEngine with steps, a decoder and forks that begin where they left."""

    def __init__(self):
        super().__init__(has_tensors=True)
        torch.set_num_threads(1)
        self.decoded = []

    def sharp(self, step, lane, request):
        self.decoded.append((step.index, lane))
        return picture(request.width, request.height, seed=step.index)

    def _take(self, request, take_id, frames, state):
        first = frames[0].index if frames else 0
        steps = [s for s in make_steps(request.steps, seed=request.seed) if s.index >= first]
        # Up to a fork all is the parent's; from there on the prompt decides.
        salt = float(len(request.prompt))
        steps = [replace(s, cond=None if s.cond is None else s.cond + salt) for s in steps]
        take = super()._take(request, take_id, frames, state)
        return Take(**{n: getattr(take, n) for n in take.__slots__}
                    | {"steps": steps[: len(frames)]})  # fmt: skip


class Rig:
    """The studio, and shorthands."""

    def __init__(self, home, qtbot):
        self.qtbot = qtbot
        self.engine = StripEngine()
        self.library = Library(home)
        made = partial(produce, self.engine, self.library)
        self.studio = furnish(Studio(home, self.engine), self.library, made)
        self.strip = self.studio.filmstrip
        self.forks = self.studio.forks
        self.room = FilmstripRoom(self.studio)
        self.said = []
        self.studio.messages.message_added.connect(self.said.append)
        self.studio.messages.listen()

    def idle(self):
        queues = (self.studio.generation, self.studio.background)
        self.qtbot.waitUntil(
            lambda: all(q.running is None and not q.waiting for q in queues), timeout=60_000
        )

    def make(self, **fields):
        """Generate one picture and wait until its take is loaded; returns the node."""
        settings = {"prompt": "a hat", "steps": 6, "width": 64, "height": 64, "seed": 3}
        self.studio.form.edit(**settings | fields)
        self.studio.session.generate()
        self.idle()
        return self.strip.node

    def make_stopped(self, after=3, **fields):
        """Generate a long run and stop it in the middle."""
        self.studio.form.edit(prompt="a hat", steps=fields.pop("steps", 400), width=64, height=64,
                              seed=3, **fields)  # fmt: skip
        self.studio.session.generate()
        self.qtbot.waitUntil(lambda: self.strip.model.rowCount() >= after, timeout=20_000)
        self.studio.session.stop()
        self.idle()
        return self.strip.node

    @property
    def words(self):
        return [m.text for m in self.said]


@pytest.fixture
def rig(home, qtbot):
    rig = Rig(home, qtbot)
    yield rig
    assert rig.studio.close(8000)
    rig.library.close()


def flat(value, side=16):
    """A one-coloured picture."""
    return np.full((side, side, 3), value, np.uint8)
