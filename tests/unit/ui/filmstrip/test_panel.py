"""The panel: buttons, fork card, what is enabled when."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QMainWindow, QPushButton, QWidget

from studio.state.filmstrip.filmstrip import NAMES_MIME
from studio.ui.filmstrip.panel import FilmstripPanel


@pytest.fixture
def panel(rig, qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1100, 700)
    panel = FilmstripPanel(rig.strip, rig.forks)
    window.setCentralWidget(panel)
    window.show()
    yield panel
    window.close()


def test_nothing_to_do_with_an_empty_strip(panel):
    for button in (panel.fork_button, panel.keep_button, panel.ab_button, panel.compare_button):
        assert not button.isEnabled()
        assert button.accessibleDescription()


def test_fork_from_the_card(rig, qtbot, panel):
    parent = rig.make()
    rig.strip.model.set_current(2)
    qtbot.mouseClick(panel.fork_button, Qt.MouseButton.LeftButton)
    card = panel._card
    assert card.isVisible()
    assert card.heading.text() == "Fork at step 3"
    assert card.prompt.toPlainText() == "a hat"
    card.prompt.setPlainText("a crown")
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert card.isHidden()
    rig.idle()
    assert rig.strip.node.parent == (parent.id, 2)
    assert panel.view._fork_row == 2
    rig.strip.show(parent)
    assert panel.view._forks == {2}


def test_the_fork_is_from_the_step_that_the_card_names(rig, qtbot, panel):
    parent = rig.make()
    rig.strip.model.set_current(2)
    rig.strip.player.play()
    panel.fork_here()
    assert not rig.strip.player.is_playing
    rig.strip.model.set_current(5)  # looked at something else meanwhile
    other = rig.make(seed=9)
    assert rig.strip.node is other
    qtbot.mouseClick(panel._card.button, Qt.MouseButton.LeftButton)
    rig.idle()
    assert rig.strip.node.parent == (parent.id, 2)


def test_a_take_deleted_under_its_card_is_told(rig, qtbot, panel):
    parent = rig.make()
    rig.strip.model.set_current(2)
    panel.fork_here()
    rig.strip.tree.remove([parent])
    qtbot.mouseClick(panel._card.button, Qt.MouseButton.LeftButton)
    assert "no longer there" in rig.words[-1]
    assert panel._card.isVisible()


def test_why_there_is_no_fork_is_said(rig, panel):
    rig.make()
    rig.strip.model.follow()
    panel.fork_here()
    assert panel._card is None
    assert "finished here" in rig.words[-1]


def test_a_b_marks_two_columns(rig, qtbot, panel):
    rig.make()
    rig.strip.model.set_current(1)
    qtbot.mouseClick(panel.ab_button, Qt.MouseButton.LeftButton)
    rig.strip.model.set_current(4)
    assert panel.view._marks == {1: "A", 4: "B"}
    assert panel.ab_button.isChecked()
    qtbot.mouseClick(panel.ab_button, Qt.MouseButton.LeftButton)
    assert panel.view._marks == {}


def test_lanes_reach_the_view(panel):
    panel.lanes.set_lanes(["x0", "cond"])
    assert panel.view.lanes == ("x0", "cond")


def test_fork_is_off_while_the_take_is_made(rig, panel):
    rig.studio.form.edit(prompt="x", steps=300, width=64, height=64)
    rig.studio.session.generate()
    rig.qtbot.waitUntil(lambda: rig.strip.model.rowCount() >= 3, timeout=60_000)
    assert not panel.fork_button.isEnabled()
    assert panel.keep_button.isEnabled()
    rig.studio.session.stop()
    rig.idle()
    assert panel.fork_button.isEnabled()


def test_a_dragged_frame_brings_its_name_for_expressions(rig, panel):
    assert panel.dragged() is None
    node = rig.make()
    rig.strip.model.set_current(2)
    data = panel.dragged()
    assert data.hasImage()
    assert bytes(data.data(NAMES_MIME).data()).decode() == f"{node.file}#2"
    rig.strip.model.set_current(rig.strip.model.rowCount() - 1)
    assert bytes(panel.dragged().data(NAMES_MIME).data()).decode() == str(node.picture)
    node.picture = Path(os.fsdecode(b"/p/\xff.png"))  # names are bytes, not always UTF-8
    assert bytes(panel.dragged().data(NAMES_MIME).data()) == b"/p/\xff.png"
    rig.strip.model.set_current(2)
    rig.strip.set_lane("noisy")  # expressions know predicted pictures only
    assert not panel.dragged().hasFormat(NAMES_MIME)
    assert panel.dragged().hasImage()


def test_the_head_leaves_things_out_rather_than_cutting_them(panel, qtbot):
    """At 800 px the lanes were empty circles and the speed a box without a number."""
    head, holder = panel.head, QWidget()  # a window of its own would grow with its contents
    head.setParent(holder)
    qtbot.addWidget(holder)
    holder.resize(1500, 40)
    holder.show()
    head.show()
    seen = []
    for width in (1500, 1000, 860, 760, 560):
        head.resize(width, 34)
        qtbot.wait(1)  # for the layouts
        assert head.sizeHint().width() <= width
        for part in head.findChildren(QWidget):
            if part.isVisible() and isinstance(part, (QAbstractButton, QComboBox)):
                assert part.width() >= part.minimumSizeHint().width(), part.objectName()
        buttons = [panel.keep_button, panel.fork_button]
        seen.append((*(bool(b.text()) for b in buttons),
                     head.findChild(QComboBox, "stripSpeed").isVisible(),
                     head.findChild(QPushButton, "lane:x0").isVisible()))  # fmt: skip
    assert seen[0] == (True, True, True, True)
    assert seen[-1] == (False, False, False, False)
    assert all(a >= b for a, b in pairwise(seen))  # nothing comes back as it gets narrower
    head.resize(1500, 34)
    assert head.findChild(QPushButton, "lane:x0").isVisible()


def test_what_gave_way_in_a_narrow_window_comes_back_in_a_wide_one(panel, qtbot):
    """What had just been hidden was still counted, so that never again there was room."""
    head, holder = panel.head, QWidget()
    head.setParent(holder)
    qtbot.addWidget(holder)
    holder.resize(1500, 40)
    holder.show()
    head.show()

    def needed(width):
        head.resize(width, 34)
        qtbot.wait(20)  # for the layouts
        return head.sizeHint().width()

    least = next(width for width in range(1500, 600, -20)
                 if needed(width - 20) and not head.findChild(QPushButton, "lane:x0").isVisible())
    before = needed(least + 60)
    assert needed(500) < before
    assert needed(least + 60) == before
