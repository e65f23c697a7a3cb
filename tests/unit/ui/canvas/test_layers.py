"""The stack of layers: what is drawn, and what is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QTransform

from studio.state.canvas.document import MASK, PAINT, CanvasDocument
from studio.state.canvas.toolbox import Overlay
from studio.ui.canvas.layers import LayerStack, overlay_colours


def pixel(stack: LayerStack) -> tuple[int, ...]:
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    stack.draw(painter, QTransform(), 1.0, QRect(0, 0, 20, 20))
    painter.end()
    return image.pixelColor(10, 10).getRgb()[:3]


def test_picture_paint_and_mask_lie_over_each_other(qapp) -> None:
    document = CanvasDocument()
    document.open(np.full((20, 20, 3), 100, np.uint8))
    overlay = Overlay(colour="#ff0000", opacity=1.0)
    stack = LayerStack(document, overlay)
    document.layer_changed.connect(stack.refresh)
    assert pixel(stack) == (100, 100, 100)
    document.change("Paint", PAINT, lambda paint: np.full_like(paint, 255))
    assert pixel(stack) == (255, 255, 255)
    document.change("Mask", MASK, lambda mask: np.full_like(mask, 255))
    assert pixel(stack) == (255, 0, 0)
    stack.set_overlay(replace(overlay, is_visible=False))
    assert pixel(stack) == (255, 255, 255)
    document.undo_stack.setIndex(0)
    stack.look_again()
    stack.set_overlay(overlay)
    assert pixel(stack) == (100, 100, 100)


def test_the_overlay_is_denser_for_a_stronger_mask() -> None:
    colours = overlay_colours(Overlay(colour="#102030", opacity=0.5))
    alphas = [colour >> 24 for colour in colours]
    assert alphas[0] == 0
    assert alphas[255] == 128
    assert alphas == sorted(alphas)
    assert all(colour & 0xFFFFFF == 0x102030 for colour in colours)
