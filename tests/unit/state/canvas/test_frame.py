"""The frame follows the mask when a stroke has ended, until it is dragged."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect

from studio.state.canvas.document import MASK, CanvasDocument
from studio.state.canvas.frame import REACH, FrameState


@pytest.fixture
def document(qapp) -> CanvasDocument:
    made = CanvasDocument()
    made.open(np.zeros((400, 600, 3), np.uint8))
    return made


def spot(mask: np.ndarray) -> np.ndarray:
    new = mask.copy()
    new[300:310, 500:510] = 255
    return new


def test_it_follows_the_mask(document, qtbot) -> None:
    frame = FrameState(document)
    assert frame.shown() == QRect(0, 0, 600, 400)
    with qtbot.waitSignal(frame.frame_changed):
        document.change("Mask", MASK, spot)
    assert frame.shown().contains(QRect(500, 300, 10, 10))
    assert frame.shown().width() == 128
    document.undo_stack.undo()
    assert frame.shown() == QRect(0, 0, 600, 400)


def test_a_larger_model_sees_more(document) -> None:
    frame = FrameState(document)
    document.change("Mask", MASK, spot)
    frame.set_native_size(512)
    assert frame.shown().width() == 256
    frame.set_native_size(0)
    assert frame.native_size == 512


def test_the_whole_picture_needs_no_mask(document) -> None:
    frame = FrameState(document)
    document.change("Mask", MASK, spot)
    frame.set_around(False)
    assert frame.shown() == QRect(0, 0, 600, 400)


def test_a_dragged_frame_stays_and_tells_how_far_it_reaches(document) -> None:
    frame = FrameState(document)
    frame.set_rect(QRect(-10, 20, 700, 390))
    assert frame.growth() == (10, 0, 90, 10)
    document.change("Mask", MASK, spot)
    assert frame.shown() == QRect(-10, 20, 700, 390)
    frame.set_rect(QRect(0, 0, 99_999, 50))
    assert frame.shown().width() == REACH
    document.open(np.zeros((10, 10, 3), np.uint8))
    assert frame.rect is None
