"""Preview pictures of long runs made smaller, so that a thousand of them fit into memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio.engine.record import Frame
from studio.engine.request import Pixels

BUDGET_BYTES = 80 * 2**20  # for all preview pictures of one run


def thin(frame: Frame, budget_bytes: int = BUDGET_BYTES) -> Frame:
    """`frame` with pictures so small that all frames of its run fit into the budget.

    Short runs are not touched: 20 steps at 512 x 512 take 25 MB.
    """
    size = sum(picture.nbytes for picture in frame.lanes.values()) * (frame.total + 1)
    factor = 1
    while size > budget_bytes * factor**2:
        factor += 1
    if factor == 1:
        return frame
    return replace(frame, lanes={name: shrink(p, factor) for name, p in frame.lanes.items()})


def shrink(pixels: Pixels, factor: int) -> Pixels:
    """Average blocks of factor x factor pixels. pixels: [H, W, C]; edges that do not fit go."""
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    if factor == 1 or not height or not width:
        return pixels
    blocks = pixels[: height * factor, : width * factor]
    blocks = blocks.reshape(height, factor, width, factor, -1)
    return blocks.mean(axis=(1, 3), dtype=np.float32).round().astype(np.uint8)
