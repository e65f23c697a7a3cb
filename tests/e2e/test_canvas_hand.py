"""The hand on the canvas of the real window: pen, keyboard, and closing it."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QTabletEvent
from PySide6.QtWidgets import QApplication

from studio.library.project import load_project
from studio.state.canvas import recovery
from studio.state.canvas.brush import Brush, PressureCurve
from studio.state.canvas.toolbox import ToolName
from studio.ui.canvas.wall import CandidateWall
from tests.e2e.canvas_stage import WAIT, generate, open_picture, view, window
from tests.unit.ui.canvas.stage import PEN, RUBBER, a_picture, drag

# The offscreen platform says so of every window.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
__all__ = ["view", "window"]


def test_results_side_by_side_with_the_keyboard(window, view, qtbot, tmp_path) -> None:
    room, document = window.studio.canvas, window.studio.canvas.document
    wall = window.findChild(CandidateWall)
    picture = a_picture(160, 120)
    open_picture(window, qtbot, picture, tmp_path)
    drag(qtbot, view, [(60, 30), (100, 30), (100, 45)])
    mask = document.mask.copy()
    window.studio.form.edit(batch=3)
    generate(window, qtbot, 3)
    qtbot.waitUntil(wall.isVisible, timeout=WAIT)
    assert not view.isVisible()
    qtbot.keyClick(wall, Qt.Key.Key_1)
    qtbot.keyClick(wall, Qt.Key.Key_Right)
    chosen = room.candidates.current
    qtbot.keyClick(wall, Qt.Key.Key_Return)
    assert np.array_equal(document.picture, chosen.picture)
    assert np.array_equal(document.mask, mask)  # ready for another try
    assert view.isVisible()
    window.actions_of["canvas.undo"].trigger()
    assert np.array_equal(document.picture, picture)
    window.actions_of["canvas.side"].trigger()
    assert wall.isVisible()
    window.actions_of["canvas.brush"].trigger()
    assert window.studio.canvas.candidates.is_side_by_side  # it was in the hand already
    window.actions_of["canvas.eraser"].trigger()
    assert view.isVisible()


def test_a_pens_pressure_hover_and_other_end_in_the_window(window, view, qtbot, tmp_path) -> None:
    """Tablet events as the system gives them: to the window, which finds the canvas."""
    room, document = window.studio.canvas, window.studio.canvas.document
    open_picture(window, qtbot, a_picture(600, 400), tmp_path)
    curve = PressureCurve(gamma=2.0, low=0.1)
    room.tools.set_brush(Brush(size=60.0, hardness=1.0, pressure_size=True, curve=curve))
    kinds, window_of = QEvent.Type, window.windowHandle()

    def send(kind, x: float, y: float, pressure: float, *, device=PEN, is_down=True) -> None:
        spot = QPointF(view.mapToGlobal(view.transform.to_view(QPointF(x, y))))
        button = Qt.MouseButton.LeftButton if is_down else Qt.MouseButton.NoButton
        changed = button if kind == kinds.TabletMove else Qt.MouseButton.LeftButton
        place, keys = QPointF(window.mapFromGlobal(spot)), Qt.KeyboardModifier.NoModifier
        event = QTabletEvent(kind, device, place, spot, pressure, 0.0, 0.0, 0.0, 0.0, 0.0, keys,
                             changed, button)  # fmt: skip
        QApplication.sendEvent(window_of, event)

    send(kinds.TabletMove, 100, 100, 0.0, is_down=False)
    assert not document.has_mask()  # a pen that hovers paints nothing
    send(kinds.TabletPress, 100, 200, 0.0)
    for step in range(81):
        send(kinds.TabletMove, 100 + 5 * step, 200, step / 80)
    send(kinds.TabletRelease, 500, 200, 0.0, is_down=False)
    widths = (document.mask > 127).sum(axis=0)
    for x in (140, 200, 300, 400, 480):
        assert widths[x] == pytest.approx(60 * curve((x - 100) / 400), abs=2)
    assert document.undo_stack.count() == 1
    send(kinds.TabletPress, 300, 200, 1.0, device=RUBBER)
    qtbot.mouseMove(view, QPoint(20, 20))  # the mouse that the system makes of a pen
    send(kinds.TabletRelease, 300, 200, 1.0, device=RUBBER, is_down=False)
    assert document.mask[200, 300] == 0
    assert document.undo_stack.undoText() == "Erase mask"
    assert room.tools.tool is ToolName.BRUSH


def test_a_canvas_that_cannot_be_kept_is_said_before_the_window_closes(
    window, view, qtbot, tmp_path
) -> None:
    open_picture(window, qtbot, a_picture(96, 96), tmp_path)
    drag(qtbot, view, [(30, 30), (60, 30)])
    folder = window.studio.home.recovery
    if folder.exists():
        folder.rmdir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    told = []
    window.studio.messages.message_added.connect(told.append)
    assert not window.close()
    assert window.isVisible()
    assert "could not be kept" in told[-1].text
    assert window.studio.canvas.document.has_mask()
    folder.unlink()
    assert window.close()
    assert list(folder.glob("kept-*.studio"))


def test_the_window_stays_alive_while_a_slow_disk_keeps_the_canvas_and_closes_then(
    window, view, qtbot, tmp_path, monkeypatch
) -> None:
    open_picture(window, qtbot, a_picture(96, 96), tmp_path)
    drag(qtbot, view, [(30, 30), (60, 30)])
    answers, save = threading.Event(), recovery.save_project

    def slow(*saved) -> None:
        assert answers.wait(60)
        save(*saved)

    monkeypatch.setattr(recovery, "save_project", slow)
    assert not window.close()
    drag(qtbot, view, [(30, 60), (60, 60)])  # it can be worked with
    assert window.isVisible()
    assert window.studio.canvas.document.undo_stack.count() == 2
    answers.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT)
    [kept] = window.studio.home.recovery.glob("kept-*.studio")
    assert load_project(kept).mask[60, 45] == 255  # what was painted meanwhile, too
