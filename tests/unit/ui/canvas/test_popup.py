"""A popup opens inside the screen."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from studio.ui.canvas.popup import Popup


def test_it_opens_inside_the_screen(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    button = QPushButton(parent)
    parent.show()
    for corner in (parent.screen().availableGeometry().bottomRight(), parent.pos()):
        parent.move(corner)
        popup = Popup("x", "Title", parent)
        popup.show_below(button)
        assert parent.screen().availableGeometry().contains(popup.geometry())
        popup.close()
