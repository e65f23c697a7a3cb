"""The painted tree: clicking, renaming, deleting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from studio.library.lanes import StoredLanes
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

    assert (is_amber(0), is_amber(1)) == (False, True)
    rig.strip.show(root)
    image = view.viewport().grab().toImage()
    assert (is_amber(0), is_amber(1)) == (True, False)


def test_a_face_is_made_anew_when_its_picture_is_another(rig, view):
    node = rig.make()
    first = view._face(node)
    assert view._face(node) is first  # kept: decoding at each paint would be felt
    node.pixels = flat(200, 64)
    shown = view._face(node).toImage().pixelColor(20, 20)
    assert (shown.red(), shown.green()) == (200, 200)


def test_every_step_lies_on_its_line(rig, view):
    """The scrubber's dot and a fork's fork floated beside the lines."""
    root, child = grow(rig)
    rig.strip.model.set_current(2)
    rig.forks.fork({"prompt": "an owl", "steps": 12})  # a fork of the fork, from the same step
    rig.idle()
    above, middle, below = view._placed
    assert [above.node, middle.node] == [root, child]
    left = view._at(above, 2)
    assert view._at(middle, 2) == view._at(below, 2) == left
    ends = [view._at(p, p.node.total).x() for p in view._placed]
    assert max(ends) - min(ends) < 1e-6  # whatever their number of steps
    for placed in (middle, below):
        points = [view._at(placed, n) for n in range(2, placed.node.total + 1)]
        assert [p.x() for p in points] == sorted(p.x() for p in points)
        assert points[-1].y() == view._y(placed.row)
    amber = view.palette().highlight().color()
    rig.strip.show(child)
    rig.strip.model.set_current(2)
    at = view._at(middle, 2).toPoint()
    assert view.viewport().grab().toImage().pixelColor(at) == amber


def test_the_shown_take_comes_into_view(rig, view):
    root, child = grow(rig)
    view.resize(300, 60)
    view.verticalScrollBar().setValue(0)
    rig.strip.show(root)
    rig.strip.show(child)
    row = next(p.row for p in view._placed if p.node is child)
    assert 0 < view._y(row) < view.viewport().height()
    view.verticalScrollBar().setValue(0)  # the user's own scrolling stays
    view.refresh()
    rig.strip.take_shown.emit()
    assert view.verticalScrollBar().value() == 0


def test_a_narrow_row_tells_its_whole_name(rig, view, monkeypatch):
    from PySide6.QtGui import QHelpEvent
    from PySide6.QtWidgets import QApplication, QToolTip

    _, child = grow(rig)
    child.name = "a <b>long</b> name"
    said = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _w: said.append(text))
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at(1), view.viewport().mapToGlobal(at(1)))
    QApplication.sendEvent(view.viewport(), event)
    assert said == ["<qt>a &lt;b&gt;long&lt;/b&gt; name</qt>"]


def test_escape_leaves_the_name_as_it_was(rig, qtbot, view):
    node = rig.make()
    view.rename(node)
    qtbot.keyClicks(view.editor, "something else")
    qtbot.keyClick(view.editor, Qt.Key.Key_Escape)
    rig.idle()
    assert view.editor.isHidden()
    assert node.name == ""
    view.rename(node)
    assert view.editor.text() == ""


def test_a_wide_picture_keeps_its_shape(rig, view):
    node = rig.make()
    node.pixels = np.full((32, 96, 3), (255, 0, 255), np.uint8)
    rig.strip.tree.touch()
    box = view._face_rect(0).toRect()
    image = view.viewport().grab().toImage()
    inked = [y for y in range(box.top(), box.bottom() + 1)
             if image.pixelColor(box.center().x(), y).getRgb()[:3] == (255, 0, 255)]  # fmt: skip
    assert 0 < len(inked) <= box.height() // 2


def test_a_damaged_preview_is_no_reason_to_stop_painting(rig, view):
    """It did more than that: the unfinished painter took the program down."""
    node = rig.make_stopped()

    def read(_begin, _end):
        return b"no JPEG"

    node.own = [replace(f, lanes=StoredLanes(dict.fromkeys(f.lanes, (0, 7)), read))
                for f in node.own]  # fmt: skip
    rig.strip.tree.touch()
    view.grab()
    assert node.thumbnail is None
