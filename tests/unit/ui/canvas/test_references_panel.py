"""References: shown one at a time, colours taken from them, removed and undone."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QToolButton

from studio.state.canvas.document import CanvasDocument, Reference
from studio.state.canvas.toolbox import ToolBox
from studio.ui.canvas.references_panel import ReferencesPanel


def test_references_are_shown_picked_from_and_removed(qtbot) -> None:
    document, tools = CanvasDocument(), ToolBox()
    panel = ReferencesPanel(document, tools)
    qtbot.addWidget(panel)
    panel.resize(300, 300)
    panel.show()
    assert not panel._view.isVisible()
    blue = np.full((20, 30, 3), (10, 20, 200), np.uint8)
    document.set_references("Add", (Reference("<b>a</b>", blue), Reference("b", blue // 2)))
    assert panel._view.isVisible()
    assert panel.findChild(QComboBox).itemText(0) == "<b>a</b>"
    middle = QPoint(panel._view.width() // 2, panel._view.height() // 2)
    qtbot.mouseClick(panel._view, Qt.MouseButton.LeftButton, pos=middle)
    assert tools.colour == (10, 20, 200)
    remove = panel.findChild(QToolButton, "removeReference")
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert [item.name for item in document.references] == ["b"]
    document.undo_stack.undo()
    assert len(document.references) == 2
    with qtbot.waitSignal(panel.add_wanted):
        qtbot.mouseClick(panel.findChild(QToolButton, "addReference"), Qt.MouseButton.LeftButton)


def test_a_picture_that_was_added_is_the_one_that_is_seen(qtbot) -> None:
    document = CanvasDocument()
    panel = ReferencesPanel(document, ToolBox())
    qtbot.addWidget(panel)
    first, second = (Reference(name, np.zeros((4, 4, 3), np.uint8)) for name in ("a", "b"))
    document.set_references("Add", (first,))
    document.set_references("Add", (first, second))
    choice = panel.findChild(QComboBox)
    assert choice.currentText() == "b"
    document.set_references("Remove", (second,))
    assert choice.currentText() == "b"
    document.undo_stack.undo()
    assert choice.currentText() == "a"  # it came back
