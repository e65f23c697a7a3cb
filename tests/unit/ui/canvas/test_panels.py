"""What the canvas offers to the window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMainWindow, QToolButton, QUndoView

from studio.state.canvas.asking import Asked
from studio.state.canvas.candidates import Candidate
from studio.state.canvas.toolbox import ToolName
from studio.ui.actions import Actions
from studio.ui.canvas.page import CanvasPage
from studio.ui.canvas.panels import build_panels
from studio.ui.canvas.view import CanvasView
from studio.ui.controls import Spin


@pytest.fixture
def stage(room, qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = Actions(window)
    panels = {panel.name: panel for panel in build_panels(room._studio, actions, CanvasView())}
    built = {name: panel.build() for name, panel in panels.items()}
    for widget in built.values():
        qtbot.addWidget(widget)
    return room._studio.canvas, actions, panels, built


def test_the_picture_is_the_centre_and_painting_has_its_docks(stage) -> None:
    _, _, panels, built = stage
    assert panels["canvas"].area == "centre"
    assert "generate" in panels["canvas"].workspaces
    assert isinstance(built["canvas"], CanvasPage)
    assert isinstance(built["undo"], QUndoView)
    assert {"repaint", "references"} <= set(panels)


def test_keys_take_the_tools(stage) -> None:
    room, actions, _, _ = stage
    for tool in ToolName:
        actions[f"canvas.{tool.name.lower()}"].trigger()
        assert room.tools.tool is tool
    keys = {action: actions[f"canvas.{action}"].shortcut().toString()
            for action in ("brush", "eraser", "larger", "smaller", "invert", "overlay", "picker",
                           "rectangle", "lasso", "frame", "undo")}  # fmt: skip
    assert keys == {"brush": "B", "eraser": "E", "larger": "]", "smaller": "[", "invert": "X",
                    "overlay": "Q", "picker": "I", "rectangle": "U", "lasso": "L", "frame": "C",
                    "undo": "Ctrl+Z"}  # fmt: skip


def test_the_buttons_tell_the_key_that_the_user_has_chosen(stage) -> None:
    _, actions, _, built = stage
    strip = built["canvas"].strip
    for id_, name in (("canvas.brush", "toolBrush"), ("canvas.paint", "targetPaint"),
                      ("canvas.save", "canvas_save")):  # fmt: skip
        button = strip.findChild(QToolButton, name)
        words = button.toolTip().split("  (")[0]
        assert f"({actions[id_].shortcut().toString()})" in button.toolTip()
        actions.set_keys(id_, ["F7"])
        assert button.toolTip() == f"{words}  (F7)</qt>"


def test_enter_takes_the_result_over_the_picture_and_ends_typing_elsewhere(stage, qtbot) -> None:
    """The button's tip promised the key, which worked only side by side."""
    room, actions, _, built = stage
    page = built["canvas"]
    window = actions.parent()
    window.setCentralWidget(page)
    window.show()
    window.activateWindow()
    document = room.document
    document.open(np.full((48, 64, 3), 90, np.uint8))
    room.set_active(True)
    actions.set_workspace("paint")
    other = np.full_like(document.picture, 200)
    asked = Asked(image=other, left=0, top=0, frame=QRect(0, 0, 64, 48), document=document.identity)
    room.candidates.add(Candidate(picture=other, asked=asked, path=Path("x.png"), seed=1))
    size = page.options.findChild(Spin, "brushSizeSpin")
    for field, value in ((size, 90), (page.view, 200)):
        field.setFocus()
        qtbot.waitUntil(field.hasFocus)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert (document.picture == value).all()
    assert "(Enter)" in actions["canvas.take"].toolTip()


def test_no_keystroke_means_one_action_twice(stage) -> None:
    """Where Shift+[ gives {, both would match, and Qt would do neither."""
    _, actions, _, _ = stage
    same = {"{": "Shift+[", "}": "Shift+]", "<": "Shift+,", ">": "Shift+.", "?": "Shift+/"}
    for entry in actions.entries():
        keys = {key.toString() for key in entry.action.shortcuts()}
        assert not any({sign, spelt} <= keys for sign, spelt in same.items()), entry.id


def test_the_workspace_decides_what_generate_does(stage) -> None:
    room, _, _, _ = stage
    room._studio.settings.set("workspace", "paint")
    assert room.is_active
    room._studio.settings.set("workspace", "generate")
    assert not room.is_active


def test_save_asks_once_and_then_knows(stage, monkeypatch, qtbot, tmp_path) -> None:
    room, actions, _, _ = stage
    asked = []

    def choose(*_args: object) -> tuple[str, str]:
        asked.append(1)
        return str(tmp_path / "a.studio"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    actions["canvas.save"].trigger()
    assert not asked  # this room's canvas is empty: it says so instead
    room.document.open(_grey())
    with qtbot.waitSignal(room.files.path_changed):
        actions["canvas.save"].trigger()
    actions["canvas.save"].trigger()
    assert len(asked) == 1


def test_grow_and_feather_ask_for_pixels(stage, monkeypatch) -> None:
    room, actions, _, _ = stage
    room.document.open(_grey())
    room.fill_mask()
    monkeypatch.setattr(QInputDialog, "getInt", lambda *_args: (-5, True))
    actions["canvas.grow"].trigger()
    assert room.document.undo_stack.undoText() == "Mask all"  # a full mask cannot shrink
    room.invert_mask()
    monkeypatch.setattr(QInputDialog, "getInt", lambda *_args: (4, False))
    actions["canvas.feather"].trigger()
    assert room.document.undo_stack.undoText() == "Invert mask"


def _grey() -> np.ndarray:
    return np.full((30, 40, 3), 90, np.uint8)
