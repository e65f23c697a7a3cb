"""The pointer in picture pixels."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt

from studio.ui.canvas.tools.base import Pointer
from tests.unit.ui.canvas.stage import Desk


def test_a_pointer_knows_its_place_in_the_picture(desk: Desk) -> None:
    desk.view.set_zoom(2.0)
    at = desk.view.transform.to_view(QPointF(33.5, 44.25))
    keys = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier
    pointer = Pointer.of(desk.view, at, keys, 0.4, is_eraser=True)
    assert pointer.at.x() == pytest.approx(33.5)
    assert pointer.at.y() == pytest.approx(44.25)
    assert (pointer.is_shift, pointer.is_alt, pointer.is_ctrl) == (True, True, False)
    assert pointer.pressure == 0.4
    assert pointer.is_eraser
