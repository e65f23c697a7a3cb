"""A desk with a canvas on it for the tools; a room over a fake engine for the panels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from studio.state.canvas.room import CanvasRoom
from tests.unit.state.conftest import make_studio
from tests.unit.ui.canvas.stage import Desk


@pytest.fixture
def desk(qtbot) -> Desk:
    return Desk(qtbot)


@pytest.fixture
def room(qtbot, home) -> Iterator[CanvasRoom]:
    """A canvas room with a picture of 64 x 48 pixels, in a studio whose models are known."""
    studio = make_studio(home)
    with qtbot.waitSignal(studio.models.models_changed):
        studio.models.refresh()
    studio.form.edit(width=64, height=64, steps=4, prompt="a hat")
    studio.canvas = CanvasRoom(studio)
    studio.canvas.document.open(np.full((48, 64, 3), 90, np.uint8), "x")
    yield studio.canvas
    studio.canvas.document.mark_saved()
    assert studio.close()
