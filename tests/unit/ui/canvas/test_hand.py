"""Strokes that are broken off, panning instead of painting, pen and mouse together."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication

from studio.state.canvas.toolbox import ToolName
from tests.unit.ui.canvas.stage import Desk, drag, pen, place


def test_a_pen_stroke_is_not_doubled_by_mouse_events(desk) -> None:
    assert pen(desk.view, "press", 60, 60)
    at = QPointF(place(desk.view, 60, 200))
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove):
        event = QMouseEvent(kind, at, QPointF(desk.view.mapToGlobal(at)), Qt.MouseButton.LeftButton,
                            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
        QApplication.sendEvent(desk.view, event)
    assert pen(desk.view, "move", 120, 60)
    assert pen(desk.view, "release", 120, 60)
    assert desk.document.undo_stack.count() == 1
    assert not desk.document.mask[150:].any()


def test_escape_takes_an_unfinished_stroke_back(desk, qtbot) -> None:
    view = desk.view
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=place(view, 60, 60))
    qtbot.mouseMove(view, place(view, 160, 60))
    assert desk.document.mask.any()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not desk.document.mask.any()
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=place(view, 160, 60))
    assert desk.document.undo_stack.count() == 0


def test_space_pans_instead_of_painting(desk, qtbot) -> None:
    view = desk.view
    view.set_zoom(3.0)
    view.setFocus()
    before = QPointF(view.transform.centre)
    qtbot.keyPress(view, Qt.Key.Key_Space)
    drag(qtbot, view, [(160, 120), (150, 118)])
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert not desk.document.mask.any()
    assert view.transform.centre != before


def test_another_button_during_a_stroke_neither_pans_nor_leaves_it_hanging(desk, qtbot) -> None:
    """The left release was taken for the end of panning: the brush went on without a button."""
    view, left, middle = desk.view, Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
    view.set_zoom(2.0)
    centre = QPointF(view.transform.centre)
    qtbot.mousePress(view, left, pos=place(view, 60, 60))
    qtbot.mousePress(view, middle, pos=place(view, 60, 60))
    qtbot.mouseMove(view, place(view, 90, 60))
    qtbot.mouseRelease(view, left, pos=place(view, 90, 60))
    qtbot.mouseRelease(view, middle, pos=place(view, 90, 60))
    assert desk.document.undo_stack.count() == 1
    qtbot.mouseMove(view, place(view, 90, 150))
    assert not desk.document.mask[120:].any()
    assert not desk.document.is_being_edited()
    assert view.transform.centre == centre


def test_another_button_while_the_view_is_moved_paints_nothing(desk, qtbot) -> None:
    view, left, middle = desk.view, Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
    view.set_zoom(3.0)
    qtbot.mousePress(view, middle, pos=place(view, 100, 100))
    qtbot.mousePress(view, left, pos=place(view, 100, 100))
    qtbot.mouseMove(view, place(view, 110, 100))
    qtbot.mouseRelease(view, left, pos=place(view, 110, 100))
    before = QPointF(view.transform.centre)
    qtbot.mouseMove(view, place(view, 120, 100))
    assert view.transform.centre != before  # its own button is still down
    qtbot.mouseRelease(view, middle, pos=place(view, 120, 100))
    assert not desk.document.mask.any()


def test_a_pen_pans_while_space_is_held(desk, qtbot) -> None:
    """Qt gives only unaccepted pen events again as a mouse's: press, moves and release."""
    view = desk.view
    view.setFocus()
    qtbot.keyPress(view, Qt.Key.Key_Space)
    assert not pen(view, "press", 60, 60)
    assert not pen(view, "move", 70, 60)
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert not pen(view, "release", 80, 60)  # else the mouse would never be up
    assert pen(view, "press", 60, 60)
    assert pen(view, "move", 90, 60)
    assert pen(view, "release", 90, 60)
    assert desk.document.undo_stack.count() == 1


def test_nothing_happens_on_an_empty_canvas(qtbot) -> None:
    desk = Desk(qtbot)
    desk.document.open(np.zeros((0, 0, 3), np.uint8))
    for name in ToolName:
        desk.take(name)
        drag(qtbot, desk.view, [(10, 10), (50, 50)])
    assert desk.document.undo_stack.count() == 0
    assert QImage(desk.view.grab().toImage()).width() > 0


def test_no_outline_stays_behind_after_a_change_of_zoom_or_tool(desk, qtbot, monkeypatch) -> None:
    """What was drawn without a move is wiped by the next move."""
    view, hand = desk.view, desk.view._hand
    desk.take(ToolName.FILL)
    qtbot.mouseMove(view, place(view, 100, 100))
    for change in (lambda: desk.take(ToolName.ERASER), lambda: view.set_zoom(4.0)):
        change()
        view.grab()  # paints
        drawn = hand.tool.marks_rect(view, hand.pointer).toAlignedRect()
        wiped = []
        with monkeypatch.context() as patch:
            patch.setattr(view, "update", lambda *area, seen=wiped: seen.extend(area))
            qtbot.mouseMove(view, place(view, 150, 120))
        assert any(rect.contains(drawn) for rect in wiped)
