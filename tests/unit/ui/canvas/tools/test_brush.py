"""Brush and eraser under real mouse and pen events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication

from studio.state.canvas.brush import Brush, PressureCurve
from studio.state.canvas.document import MASK
from studio.state.canvas.toolbox import ToolName
from tests.unit.ui.canvas.stage import RUBBER, drag, pen, place


def test_a_mouse_stroke_paints_the_mask_under_the_pointer(desk, qtbot) -> None:
    drag(qtbot, desk.view, [(60, 60), (120, 60), (180, 100)])
    mask = desk.document.mask
    for x, y in ((60, 60), (120, 60), (150, 80), (180, 100)):
        assert mask[y, x] == 255
    assert mask[200, 60] == 0
    assert desk.document.undo_stack.count() == 1


@pytest.mark.parametrize(("zoom", "angle"), [(0.5, 0), (1.0, 0), (3.0, 0), (1.5, 30)])
def test_strokes_land_under_the_pointer_at_every_zoom_and_turn(desk, qtbot, zoom, angle) -> None:
    desk.view.set_zoom(zoom)
    desk.view.rotate(angle)
    drag(qtbot, desk.view, [(150, 110), (165, 125)])
    assert desk.document.mask[125, 165] == 255
    rows, columns = np.nonzero(desk.document.mask)
    assert rows.min() >= 98
    assert columns.max() <= 178


def test_a_stroke_that_was_taken_back_does_not_show_in_the_next(desk, qtbot) -> None:
    """What it had covered came back wherever the next stroke's rectangle reached."""
    drag(qtbot, desk.view, [(60, 60), (61, 60)])  # its memory is used again
    desk.document.undo_stack.undo()
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(desk.view, left, pos=place(desk.view, 100, 100))
    desk.view.cancel_tool()
    qtbot.mouseRelease(desk.view, left, pos=place(desk.view, 100, 100))
    assert not desk.document.mask.any()
    radius = desk.tools.brush.size / 2
    middle = round(100 + 1.5 * radius)
    drag(qtbot, desk.view, [(middle, middle)] * 2)
    rows, columns = np.nonzero(desk.document.mask)
    assert np.hypot(rows - middle, columns - middle).max() < radius + 3


def test_no_key_but_escape_reaches_through_a_stroke(desk, qtbot) -> None:
    called = []
    for key in ("Ctrl+Z", "X", "B"):
        shortcut = QShortcut(QKeySequence(key), desk.view)
        shortcut.activated.connect(lambda key=key: called.append(key))
    desk.view.setFocus()
    keys = ((Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
            (Qt.Key.Key_X, Qt.KeyboardModifier.NoModifier),
            (Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier))  # fmt: skip
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(desk.view, left, pos=place(desk.view, 60, 60))
    for key in keys:
        qtbot.keyClick(desk.view, *key)
    assert called == []
    qtbot.mouseRelease(desk.view, left, pos=place(desk.view, 60, 60))
    for key in keys:
        qtbot.keyClick(desk.view, *key)
    assert called == ["Ctrl+Z", "X", "B"]


def test_eraser_and_alt_take_the_mask_away(desk, qtbot) -> None:
    drag(qtbot, desk.view, [(60, 60), (200, 60)])
    desk.take(ToolName.ERASER)
    drag(qtbot, desk.view, [(100, 60), (105, 60)])
    assert desk.document.mask[60, 102] == 0
    desk.take(ToolName.BRUSH)
    drag(qtbot, desk.view, [(150, 60), (155, 60)], Qt.KeyboardModifier.AltModifier)
    assert desk.document.mask[60, 152] == 0
    assert desk.document.undo_stack.undoText() == "Erase mask"


def test_shift_click_draws_a_straight_line(desk, qtbot) -> None:
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(desk.view, left, pos=place(desk.view, 40, 40))
    qtbot.mouseClick(desk.view, left, Qt.KeyboardModifier.ShiftModifier, place(desk.view, 200, 160))
    for share in np.linspace(0, 1, 9):
        assert desk.document.mask[int(40 + 120 * share), int(40 + 160 * share)] == 255


def test_pen_pressure_changes_the_size(desk) -> None:
    for x, pressure in ((60, 0.2), (200, 1.0)):
        pen(desk.view, "press", x, 100, pressure)
        pen(desk.view, "release", x, 100, 0.0)
    mask = desk.document.mask
    light, firm = mask[:, :130].any(axis=1).sum(), mask[:, 130:].any(axis=1).sum()
    assert 2 <= light <= 8
    assert 18 <= firm <= 22


def test_pen_pressure_changes_the_opacity_by_the_curve(desk) -> None:
    desk.tools.set_brush(
        Brush(
            size=20,
            hardness=1.0,
            pressure_size=False,
            pressure_opacity=True,
            curve=PressureCurve(gamma=2.0),
        )
    )
    pen(desk.view, "press", 100, 100, 0.5)
    pen(desk.view, "release", 100, 100, 0.0)
    assert desk.document.mask[100, 100] == pytest.approx(255 * 0.25, abs=2)


def test_the_pens_other_end_erases(desk) -> None:
    desk.document.change("Fill", MASK, np.ones_like)
    desk.document.change("Fill", MASK, lambda mask: mask * 255)
    pen(desk.view, "press", 100, 100, 1.0, device=RUBBER)
    pen(desk.view, "release", 100, 100, 0.0, device=RUBBER)
    assert desk.document.mask[100, 100] == 0


def test_the_outline_shows_the_brush_at_every_zoom(desk) -> None:
    from studio.ui.canvas.tools.base import Pointer

    tool = desk.view._hand.tool
    for zoom in (0.5, 1.0, 4.0):
        desk.view.set_zoom(zoom)
        pointer = Pointer.of(desk.view, QPointF(200, 200), Qt.KeyboardModifier.NoModifier)
        width = tool.marks_rect(desk.view, pointer).width()
        assert width == pytest.approx(max(20 * zoom, 16) + 8)
    desk.tools.set_brush(replace(desk.tools.brush, size=1))
    desk.view.set_zoom(0.2)
    desk.view.grab()


def test_a_stroke_repaints_only_around_itself(desk, qtbot) -> None:
    view = desk.view
    painted = []
    original = view.paintEvent
    view.paintEvent = lambda event: (painted.append(event.rect()), original(event))
    view.set_zoom(1.0)
    QApplication.processEvents()
    painted.clear()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 250))
    desk.document.layer_changed.connect(lambda _layer, rect: view.update_picture(rect))
    qtbot.mouseMove(view, QPoint(312, 250))
    QApplication.processEvents()
    assert painted
    assert max(rect.width() * rect.height() for rect in painted) < 100 * 100
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(312, 250))
