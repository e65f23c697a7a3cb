"""The painted tree: clicking, renaming, deleting."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from studio.ui.filmstrip.tree_view import ROW, TreeView
from tests.unit.state.filmstrip.rig import flat

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def view(rig, qtbot):
    view = TreeView(rig.strip, rig.room.branches)
    qtbot.addWidget(view)
    view.resize(300, 260)
    view.show()
    return view


def grow(rig):
    root = rig.make()
    rig.strip.model.set_current(2)
    rig.forks.fork({"prompt": "a crown"})
    rig.idle()
    return root, rig.strip.node


def at(row):
    return QPoint(150, 8 + row * ROW + ROW // 2)


def test_empty_tree_invites(view):
    assert view.node_at(at(0)) is None
    view.grab()


def test_click_moves_to_a_take(rig, qtbot, view):
    root, child = grow(rig)
    assert [view.node_at(at(0)), view.node_at(at(1)), view.node_at(at(2))] == [root, child, None]
    qtbot.mouseClick(view.viewport(), LEFT, pos=at(0))
    assert rig.strip.node is root
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert rig.strip.node is child
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert rig.strip.node is root


def test_rename_in_place(rig, qtbot, view):
    root, child = grow(rig)
    qtbot.keyClick(view, Qt.Key.Key_F2)
    assert view.editor.isVisible()
    qtbot.keyClicks(view.editor, "the <i>best</i>")
    qtbot.keyClick(view.editor, Qt.Key.Key_Return)
    rig.idle()
    assert view.editor.isHidden()
    assert child.name == "the <i>best</i>"
    assert root.name == ""


def test_delete_takes_the_branch(rig, qtbot, view):
    root, _ = grow(rig)
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    rig.idle()
    assert rig.strip.tree.branch(root) == [root]
    assert rig.strip.node is root


def test_the_shown_branch_is_amber_and_others_are_not(rig, view):
    root, _ = grow(rig)
    amber = view.palette().highlight().color()
    image = view.viewport().grab().toImage()

    def is_amber(row):
        y = 8 + row * ROW + ROW // 2
        seen = image.pixelColor(view.viewport().width() - 70, y)
        return abs(seen.red() - amber.red()) + abs(seen.blue() - amber.blue()) < 40

    assert is_amber(1) or not is_amber(0)
    rig.strip.show(root)
    image = view.viewport().grab().toImage()
    assert not is_amber(1)


def test_a_face_is_made_anew_when_its_picture_is_another(rig, view):
    node = rig.make()
    first = view._face(node)
    assert view._face(node) is first  # kept: decoding at each paint would be felt
    node.pixels = flat(200, 64)
    shown = view._face(node).toImage().pixelColor(20, 20)
    assert (shown.red(), shown.green()) == (200, 200)
