"""Small parts of the pages on pictures."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QPushButton

from studio.ui.controls import Combo
from studio.ui.lab.parts import Controls, PictureTable, button, labelled, paint_picture, write
from tests.fakes import picture


class Table(PictureTable):
    """One picture in a corner."""

    def __init__(self):
        super().__init__("table", "A table")
        self.pixels = None

    def draw(self, painter):
        if self.pixels is None:
            self.say(painter, "Nothing yet.")
        self.picture(painter, QRectF(10, 10, 60, 60), self.pixels, "a picture")


def test_what_is_under_the_mouse_is_shown_larger(qtbot, shown):
    table = shown(Table(), 500, 400)
    empty = table.grab().toImage()
    table.pixels = picture(64, 64)
    plain = table.grab().toImage()
    assert plain != empty
    assert [words for _, _, words in table._cells] == ["a picture"]
    table._mouse = QPointF(30, 30)
    larger = table.grab().toImage()
    assert larger != plain
    assert larger.pixelColor(200, 60) != plain.pixelColor(200, 60)  # the card, beside the cell
    table._mouse = QPointF(300, 300)
    assert table.grab().toImage() == plain


def test_pictures_keep_their_shape_and_absent_ones_are_frames(qapp):
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    paint_picture(painter, QRectF(0, 0, 100, 100), picture(200, 50) * 0 + 255)
    painter.end()
    assert image.pixelColor(50, 50).lightness() == 255
    assert image.pixelColor(50, 10).lightness() == 0
    painter = QPainter(image)
    paint_picture(painter, QRectF(0, 0, 100, 30), None)
    write(painter, QRectF(0, 60, 40, 30), "words that are far too long for their box")
    painter.end()
    assert image.pixelColor(50, 10).lightness() > 0
    beyond = [image.pixelColor(x, y).lightness() for x in range(45, 100) for y in range(80, 95)]
    assert max(beyond) == 0


@pytest.mark.parametrize("role", ["", "primary"])
def test_buttons_and_rows(qtbot, shown, role):
    class Page(Controls):
        """Counts clicks."""

        clicks = 0

        def click(self):
            self.clicks += 1

    page = Page("page")
    combo = Combo("combo")
    page.column.addWidget(button("Go", "go", page.click, icon="play", tip="Begin.", role=role))
    page.column.addWidget(labelled("Kind", "Which kind.", combo))
    page.heading("HEADING")
    note = page.muted("Some words.")
    shown(page, 300, 200)
    page.findChild(QPushButton, "go").click()
    assert page.clicks == 1
    assert combo.accessibleName() == "Kind"
    assert note.wordWrap()
