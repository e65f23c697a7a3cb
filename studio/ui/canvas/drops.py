"""What was dropped or pasted: a file's path, or a picture in memory."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage, QPainter

from studio.engine.request import Pixels
from studio.library.images import PIXELS_MAX, SUFFIXES
from studio.library.project import SUFFIX
from studio.ui.canvas.drop_zones import Use


def dropped_path(mime: QMimeData) -> Path | None:
    """The first local file that the canvas can open, by its name."""
    for url in mime.urls():
        path = Path(url.toLocalFile()) if url.isLocalFile() else None
        if path is not None and path.suffix.lower() in SUFFIXES | {SUFFIX}:
            return path
    return None


def uses_of(mime: QMimeData) -> tuple[Use, ...]:
    """What can be done with it, the most usual first; empty if it is nothing for the canvas."""
    path = dropped_path(mime)
    if path is None:
        in_memory = (Use.OPEN, Use.START, Use.REFERENCE, Use.MASK)
        return in_memory if mime.hasImage() else ()
    if path.suffix.lower() == SUFFIX:
        return (Use.PROJECT,)
    return (Use.OPEN, Use.START, Use.REFERENCE, Use.MASK, Use.SETTINGS)


def dropped_image(mime: QMimeData) -> QImage | None:
    """The picture in the data, unless there is none or it is larger than any that we open."""
    if not mime.hasImage():
        return None
    image = cast(QImage, mime.imageData())
    is_usable = isinstance(image, QImage) and 0 < image.width() * image.height() <= PIXELS_MAX
    return image if is_usable else None


def on_white(image: QImage) -> QImage:
    """The picture without transparency, laid on white."""
    if not image.hasAlphaChannel():
        return image
    result = QImage(image.size(), QImage.Format.Format_RGB32)
    result.fill(0xFFFFFFFF)
    painter = QPainter(result)
    painter.drawImage(0, 0, image)
    painter.end()
    return result


def with_alpha(image: QImage) -> Pixels:
    """The picture's colours and transparency, [H, W, 4]."""
    own = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(own.constBits(), np.uint8).reshape(own.height(), own.bytesPerLine())
    return rows[:, : 4 * own.width()].reshape(own.height(), own.width(), 4).copy()
