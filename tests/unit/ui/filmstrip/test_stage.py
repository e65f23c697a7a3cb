"""Scrubber and canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize

from studio.ui.canvas.view import CanvasView
from studio.ui.filmstrip.stage import FilmstripStage


@pytest.fixture
def stage(rig, qtbot):
    view = CanvasView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    return FilmstripStage(rig.strip, view, view), view


def test_the_canvas_shows_the_step_at_the_full_pictures_size(rig, stage):
    _, view = stage
    rig.make()
    assert view.image().size() == QSize(64, 64)
    rig.strip.model.set_current(1)
    assert view.image().size() == QSize(32, 32)  # the preview
    assert view.picture_size() == QSize(64, 64)  # in the picture's place: nothing jumps
    assert view.accessibleDescription().startswith("Step 2 of 6")


def test_the_overlay_comes_and_goes_with_a_b(rig, stage):
    both, view = stage
    view.show()
    rig.make()
    rig.strip.model.set_current(1)
    rig.strip.toggle_ab()
    rig.strip.model.set_current(4)
    assert both.overlay.isVisible()
    rig.strip.toggle_ab()
    assert both.overlay.isHidden()


def test_an_inactive_stage_leaves_the_canvas_alone(rig, stage):
    both, view = stage
    rig.make()
    both.set_active(False)
    before = view.image()
    rig.strip.model.set_current(1)
    assert view.image() is before
    both.set_active(True)
    assert view.image().size() == QSize(32, 32)
