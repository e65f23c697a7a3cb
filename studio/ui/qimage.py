"""numpy pictures to QImage and back, on the GUI thread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage

_FORMATS = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_RGB888,
            4: QImage.Format.Format_RGBA8888}  # fmt: skip


def to_qimage(array: NDArray[np.uint8]) -> QImage:
    """A QImage that owns its pixels. array: [H, W], [H, W, 1], [H, W, 3] RGB or [H, W, 4] RGBA."""
    if array.dtype != np.uint8 or array.ndim not in (2, 3):
        raise ValueError(f"expected uint8 [H, W] or [H, W, C], got {array.dtype} {array.shape}")
    pixels = np.ascontiguousarray(array)
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    # QImage does not own a foreign buffer: the copy does.
    view = QImage(pixels.data, width, height, width * channels, _FORMATS[channels])
    return view.copy()


def fitted(box: QRectF, size: QSize) -> QRectF:
    """The largest place of a picture's shape in the middle of a box. size: the picture's."""
    scale = min(box.width() / max(size.width(), 1), box.height() / max(size.height(), 1))
    place = QRectF(0, 0, scale * size.width(), scale * size.height())
    place.moveCenter(box.center())
    return place


def from_qimage(image: QImage) -> NDArray[np.uint8]:
    """The picture as RGB, [H, W, 3]; transparency is laid on nothing, just dropped."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    height, width, stride = rgb.height(), rgb.width(), rgb.bytesPerLine()
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(height, stride)
    return rows[:, : width * 3].reshape(height, width, 3).copy()
