from __future__ import annotations

import gc

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize

from studio.ui.qimage import fitted, from_qimage, to_qimage


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3), (5, 7, 4), (1, 1, 3)])
def test_the_image_owns_its_pixels(shape):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    image = to_qimage(array)
    first = int(array.reshape(-1)[0])
    array[:] = 255
    del array
    gc.collect()
    assert (image.width(), image.height()) == (shape[1], shape[0])
    assert image.pixelColor(0, 0).red() == first


@pytest.mark.parametrize(("size", "place"), [
    ((100, 100), (10, 0, 40, 40)), ((200, 100), (10, 10, 40, 20)), ((10, 40), (25, 0, 10, 40)),
])  # fmt: skip
def test_a_picture_keeps_its_shape_in_a_box(size, place):
    assert fitted(QRectF(10, 0, 40, 40), QSize(*size)) == QRectF(*place)


def test_there_and_back():
    array = np.random.default_rng(0).integers(0, 256, (9, 13, 3), dtype=np.uint8)
    assert np.array_equal(from_qimage(to_qimage(array)), array)
    assert np.array_equal(from_qimage(to_qimage(array[:, ::-1])), array[:, ::-1])


def test_other_arrays_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        to_qimage(np.zeros((4, 4), np.float32))
