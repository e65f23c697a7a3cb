"""From the canvas to a request: what the engine is asked, and where its answer belongs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect

from studio.engine.context import extend, working_size
from studio.engine.errors import InvalidRequest
from studio.engine.request import GenerationRequest, Inpaint, Pixels
from studio.state.canvas.document import CanvasDocument
from studio.state.canvas.frame import FrameState
from studio.state.canvas.options import InpaintOptions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What was asked of the engine. image: the array in the request, by which runs are known.

    left, top: where the old picture's corner lies in the new one (more than 0 if outpainted).
    frame: what the model sees, in pixels of the old picture. document: the identity of what was
    on the canvas.
    """

    image: Pixels
    left: int
    top: int
    frame: QRect
    document: int


def ask(
    document: CanvasDocument,
    frame: FrameState,
    options: InpaintOptions,
    request: GenerationRequest,
    *,
    multiple_of: int = 8,
) -> tuple[GenerationRequest, Asked]:
    """Add the canvas to a request: picture with its paint, mask, frame and options.

    Raises InvalidRequest in words, e.g. when nothing is masked.
    """
    if document.is_empty():
        raise InvalidRequest("image", "There is no picture on the canvas.",
                             "Open one, drop one, or generate one first.")  # fmt: skip
    growth = frame.growth()
    if options.mode == "picture" and not any(growth):
        return _ask_picture(document, frame, options, request, multiple_of)
    if not any(growth) and not document.has_mask():
        raise InvalidRequest(
            "inpaint", "Nothing is masked, so nothing would change.",
            "Paint over what should be repainted, or choose Whole picture.",
        )  # fmt: skip
    picture, mask = _ground(document, growth, options.overlap)
    shown = frame.shown()
    inside = shown.translated(growth[0], growth[1])
    is_whole = (inside.width(), inside.height()) == (picture.shape[1], picture.shape[0])
    width, height = working_size(shown.width(), shown.height(), native_size=frame.native_size,
                                 multiple_of=multiple_of)  # fmt: skip
    inpaint = Inpaint(
        mask=mask, soft=options.is_soft, fill=options.fill,
        frame=None if is_whole else (inside.x(), inside.y(), inside.width(), inside.height()),
        feather=options.feather, match_colour=options.match_colour,
    )  # fmt: skip
    asked = Asked(image=picture, left=growth[0], top=growth[1], frame=shown,
                  document=document.identity)  # fmt: skip
    request = request.edit(
        image=picture, inpaint=inpaint, strength=options.strength, width=width, height=height
    )
    return request, asked


def _ground(
    document: CanvasDocument, growth: tuple[int, int, int, int], overlap: int
) -> tuple[Pixels, Pixels]:
    """The picture with its paint and the mask, both extended by what the frame reaches over."""
    picture = document.composite()
    if not any(growth):
        return picture, document.mask.copy()
    left, top, right, bottom = growth
    picture, new = extend(picture, left=left, top=top, right=right, bottom=bottom, overlap=overlap)
    return picture, np.maximum(np.pad(document.mask, ((top, bottom), (left, right))), new)


def _ask_picture(
    document: CanvasDocument, frame: FrameState, options: InpaintOptions,
    request: GenerationRequest, multiple_of: int,
) -> tuple[GenerationRequest, Asked]:  # fmt: skip
    """Image to image: the whole picture, at the model's size, without a mask."""
    picture = document.composite()
    height, width = picture.shape[:2]
    to_width, to_height = working_size(
        width, height, native_size=frame.native_size, multiple_of=multiple_of
    )
    request = request.edit(image=picture, inpaint=None, strength=options.picture_strength,
                           width=to_width, height=to_height)  # fmt: skip
    return request, Asked(image=picture, left=0, top=0, frame=QRect(0, 0, width, height),
                          document=document.identity)  # fmt: skip
