"""From the canvas to a request."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect

from studio.engine.context import check
from studio.engine.errors import InvalidRequest
from studio.engine.request import GenerationRequest, validate
from studio.state.canvas.asking import ask
from studio.state.canvas.document import MASK, PAINT, CanvasDocument
from studio.state.canvas.frame import FrameState
from studio.state.canvas.options import InpaintOptions

REQUEST = GenerationRequest(prompt="a crown", seed=4, width=512, height=512)


@pytest.fixture
def document(qapp) -> CanvasDocument:
    made = CanvasDocument()
    rng = np.random.default_rng(0)
    made.open(rng.integers(0, 256, (300, 500, 3), dtype=np.uint8))
    return made


def masked(document: CanvasDocument, x: int = 200, y: int = 100, side: int = 40) -> None:
    def paint(mask: np.ndarray) -> np.ndarray:
        new = mask.copy()
        new[y : y + side, x : x + side] = 255
        return new

    document.change("Mask", MASK, paint)


def test_a_mask_becomes_an_inpaint_request_around_it(document) -> None:
    masked(document)
    frame = FrameState(document)
    options = InpaintOptions(strength=0.7, fill="blur", feather=9, is_soft=False)
    request, asked = ask(document, frame, options, REQUEST)
    validate(request)
    check(request.image, request.inpaint)
    assert request.prompt == "a crown"
    assert (request.strength, request.inpaint.fill, request.inpaint.feather) == (0.7, "blur", 9)
    assert not request.inpaint.soft
    assert QRect(*request.inpaint.frame).contains(QRect(200, 100, 40, 40))
    assert (request.width, request.height) == (256, 256)
    assert asked.image is request.image
    assert asked.frame == QRect(*request.inpaint.frame)


def test_the_request_keeps_the_mask_as_it_was_asked(document) -> None:
    masked(document)
    request, _ = ask(document, FrameState(document), InpaintOptions(), REQUEST)
    before = request.inpaint.mask.copy()
    masked(document, 10, 10)
    assert np.array_equal(request.inpaint.mask, before)


def test_everything_means_no_frame(document) -> None:
    masked(document)
    frame = FrameState(document)
    frame.set_around(False)
    request, _ = ask(document, frame, InpaintOptions(area="whole"), REQUEST)
    assert request.inpaint.frame is None
    assert request.width > request.height


def test_an_empty_mask_and_an_empty_canvas_are_refused(document, qapp) -> None:
    with pytest.raises(InvalidRequest, match="Nothing is masked"):
        ask(document, FrameState(document), InpaintOptions(), REQUEST)
    empty = CanvasDocument()
    with pytest.raises(InvalidRequest, match="no picture"):
        ask(empty, FrameState(empty), InpaintOptions(), REQUEST)


def test_a_frame_beyond_the_picture_extends_it(document) -> None:
    frame = FrameState(document)
    frame.set_rect(QRect(-60, 20, 300, 300))
    request, asked = ask(document, frame, InpaintOptions(overlap=0), REQUEST)
    assert request.image.shape == (320, 560, 3)
    assert np.array_equal(request.image[:300, 60:], document.picture)
    assert (request.inpaint.mask[:, :60] == 255).all()
    assert not request.inpaint.mask[:300, 60:].any()
    assert request.inpaint.frame == (0, 20, 300, 300)
    assert (asked.left, asked.top) == (60, 0)
    check(request.image, request.inpaint)


def test_whole_picture_is_image_to_image_with_the_paint(document) -> None:
    document.change("Paint", PAINT, lambda paint: np.full_like(paint, 255))
    request, asked = ask(document, FrameState(document),
                         InpaintOptions(mode="picture", picture_strength=0.4), REQUEST)  # fmt: skip
    assert request.inpaint is None
    assert request.strength == 0.4
    assert (request.image == 255).all()
    assert request.width % 8 == request.height % 8 == 0
    assert asked.frame == QRect(0, 0, 500, 300)
    validate(request)


@pytest.mark.parametrize("size", [(20, 900), (900, 20), (33, 33), (2000, 1500)])
def test_every_shape_gives_a_possible_request(qapp, size) -> None:
    document = CanvasDocument()
    document.open(np.zeros((*size, 3), np.uint8))
    document.change("Mask", MASK, lambda mask: np.full_like(mask, 255))
    for mode in ("mask", "picture"):
        request, _ = ask(document, FrameState(document), InpaintOptions(mode=mode), REQUEST)
        validate(request)
