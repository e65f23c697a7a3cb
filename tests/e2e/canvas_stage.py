"""The real window in the Paint workspace with a tiny model, for tests of the canvas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.ui.canvas.view import CanvasView
from tests import tiny_models

WAIT = 40_000  # ms; the first run loads the libraries


@pytest.fixture
def window(qtbot, tmp_path):
    from studio.app import create_window

    models = tmp_path / "home" / "models"
    models.mkdir(parents=True)
    (models / "tiny").symlink_to(tiny_models.folder("sd"))
    made = create_window(tmp_path / "home")
    made.resize(1280, 800)
    made.show()
    studio = made.studio
    qtbot.waitUntil(lambda: bool(studio.models.all), timeout=WAIT)
    qtbot.waitUntil(lambda: studio.generation.running is None, timeout=WAIT)
    tiny = next(info for info in studio.models.all if "tiny" in info.id)
    studio.form.edit(model=tiny.id, prompt="a crown", steps=2, seed=7, batch=1)
    made.workspaces.show("paint")
    yield made
    made.close()


@pytest.fixture
def view(window) -> CanvasView:
    return window.findChild(CanvasView, "canvasView")


def open_picture(window, qtbot, pixels: np.ndarray, tmp_path: Path) -> Path:
    path = tmp_path / "scene.png"
    Image.fromarray(pixels).save(path)
    room = window.studio.canvas
    with qtbot.waitSignal(room.files.opened, timeout=WAIT):
        room.files.open(path)
    return path


def generate(window, qtbot, count: int = 1) -> None:
    room = window.studio.canvas
    before = len(room.candidates.items)
    window.actions_of["generate.start"].trigger()
    qtbot.waitUntil(lambda: len(room.candidates.items) >= before + count, timeout=WAIT)
