"""The words on an empty canvas fit into every view."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from studio.ui.canvas.empty_canvas import EmptyCanvas
from studio.ui.canvas.view import CanvasView


@pytest.mark.parametrize("width", [320, 700, 1600])
def test_words_and_buttons_lie_inside_and_in_the_middle(qtbot, width) -> None:
    view = CanvasView()
    qtbot.addWidget(view)
    empty = EmptyCanvas(view)
    view.resize(width, 400)
    view.show()
    QApplication.processEvents()
    assert view.rect().contains(empty.geometry())
    assert abs(empty.geometry().center().x() - width // 2) < 12
    buttons = empty.findChildren(QPushButton)
    assert all(empty.rect().contains(button.geometry()) for button in buttons)
    assert view.minimumWidth() == 160  # the words do not widen the view
