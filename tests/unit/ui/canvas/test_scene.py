"""The document in the view: results and previews lie where they belong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QColor, QImage

from studio.state.canvas.document import MASK
from studio.ui.canvas.scene import DocumentScene, cut_out
from studio.ui.canvas.view import CanvasView


@pytest.fixture
def view(room, qtbot) -> CanvasView:
    made = CanvasView()
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    made.set_scene(DocumentScene(room, made))
    made.set_zoom(4.0)
    return made


def colour(view: CanvasView, x: float, y: float) -> tuple[int, ...]:
    at = view.transform.to_view(QPointF(x, y)).toPoint()
    return view.grab().toImage().pixelColor(at).getRgb()[:3]


def solid(value: int, width: int = 64, height: int = 48) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(value, value, value))
    return image


def test_a_mask_is_veiled_and_can_be_hidden(view, room) -> None:
    room.document.change("Mask", MASK, lambda mask: np.full_like(mask, 255))
    red, green, _ = colour(view, 30, 20)
    assert red > green
    room.tools.set_overlay(replace(room.tools.overlay, is_visible=False))
    assert colour(view, 30, 20) == (90, 90, 90)


def test_an_extended_result_lies_beyond_the_old_edge(view) -> None:
    scene = view.scene()
    scene.set_candidate(solid(200, 84, 48), QRect(-20, 0, 84, 48))
    assert colour(view, -10, 20) == (200, 200, 200)
    scene.set_candidate(None, QRect())
    assert colour(view, 30, 20) == (90, 90, 90)


def test_painting_takes_a_result_from_view(view, room) -> None:
    view.scene().set_candidate(solid(200), QRect(0, 0, 64, 48))
    room.document.change("Mask", MASK, lambda mask: np.full_like(mask, 1))
    assert colour(view, 30, 20)[1] == pytest.approx(90, abs=2)


def test_a_result_goes_from_all_of_the_view_with_the_first_dab(view, room, monkeypatch) -> None:
    """Only what was painted on was drawn anew: the rest of the result stayed on the screen."""
    view.scene().set_candidate(solid(200), QRect(0, 0, 64, 48))
    asked: list[tuple] = []
    monkeypatch.setattr(view, "update", lambda *area: asked.append(area))
    room.document.notify(MASK, QRect(2, 2, 4, 4))
    assert () in asked  # without an area: everything
    asked.clear()
    room.document.notify(MASK, QRect(2, 2, 4, 4))
    assert () not in asked


def test_pictures_of_other_takes_are_not_laid_on_the_canvas(view) -> None:
    view.set_image(solid(250))
    assert colour(view, 30, 20) == (90, 90, 90)


def test_another_document_is_shown_at_once(view, room) -> None:
    room.document.replace("Open", {"picture": np.full((10, 20, 3), 33, np.uint8)})
    view.fit()
    assert view.picture_size().width() == 20
    assert colour(view, 10, 5) == (33, 33, 33)


def test_the_frame_is_drawn_when_it_is_forced(view, room) -> None:
    before = view.grab().toImage()
    view.scene().set_frame_forced(True)
    assert view.grab().toImage() != before


def test_a_preview_lies_only_where_the_mask_is(view, room, monkeypatch) -> None:
    mask = np.zeros((48, 64), np.uint8)
    mask[:, :32] = 255
    monkeypatch.setattr(room, "preview_place", lambda: QRect(0, 0, 64, 48))
    monkeypatch.setattr(room, "preview_mask", lambda: mask)
    view.scene().set_preview(solid(250, 8, 6))
    assert colour(view, 10, 20) == (250, 250, 250)
    assert colour(view, 50, 20) == (90, 90, 90)
    monkeypatch.setattr(room, "preview_mask", lambda: None)
    view.scene().set_preview(solid(250, 8, 6))
    assert colour(view, 50, 20) == (250, 250, 250)


def test_cut_out_previews_stay_small(qapp) -> None:
    mask = np.full((1500, 3000), 255, np.uint8)
    assert cut_out(solid(9, 60, 30), mask).width() == 1024
