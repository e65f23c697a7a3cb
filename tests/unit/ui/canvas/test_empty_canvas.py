"""The words on an empty canvas fit into every view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QPushButton

from studio.ui.canvas.empty_canvas import EmptyCanvas
from studio.ui.canvas.view import CanvasView


@pytest.mark.parametrize("width", [200, 320, 560, 700, 1600])
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
    words = empty._words
    needed = words.fontMetrics().boundingRect(
        QRect(0, 0, words.width(), 1000), Qt.TextFlag.TextWordWrap, words.text()
    )
    assert empty.rect().contains(words.geometry())
    assert words.height() >= needed.height()  # nothing is cut
    assert view.minimumWidth() == 160  # the words do not widen the view


def test_words_follow_the_view(qtbot) -> None:
    view = CanvasView()
    qtbot.addWidget(view)
    empty = EmptyCanvas(view)
    view.show()
    heights = []
    for width in (220, 900, 220):
        view.resize(width, 400)
        QApplication.processEvents()
        heights.append(empty._words.height())
    assert heights[0] == heights[2] > heights[1]
