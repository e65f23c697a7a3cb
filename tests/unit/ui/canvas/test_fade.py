"""The cross-fade is short, and absent where motion is reduced."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from studio.ui.canvas.fade import FADE_MS, Fade
from studio.ui.canvas.plain_image import PlainImage


def picture(side: int = 8) -> PlainImage:
    image = QImage(QSize(side, side), QImage.Format.Format_RGB32)
    image.fill(0)
    return PlainImage(image)


@pytest.fixture
def widget(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_ends_by_itself(widget, qtbot) -> None:
    fade = Fade(widget)
    fade.begin(picture(), picture())
    assert FADE_MS <= 80
    qtbot.waitUntil(fade.is_over, timeout=3000)


def test_there_is_none_with_reduced_motion_or_another_size(widget) -> None:
    fade = Fade(widget)
    for before, after in ((None, picture()), (picture(), None), (picture(8), picture(9))):
        fade.begin(before, after)
        assert fade.is_over()
    fade.is_motion_reduced = True
    fade.begin(picture(), picture())
    assert fade.is_over()


def test_a_hidden_view_does_not_fade(qtbot) -> None:
    hidden = QWidget()
    qtbot.addWidget(hidden)
    fade = Fade(hidden)
    fade.begin(picture(), picture())
    assert fade.is_over()
