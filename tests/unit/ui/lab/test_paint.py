"""Painting a figure on the screen: the same places as the other renderers."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from studio.lab.figure import Arrows, Dots, Figure, Heat, Line, Words
from studio.ui import theme
from studio.ui.lab.paint import MANY_ARROWS, ink_of, paint_figure


def painted(*layers, **settings):
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    figure = Figure(extent=(0, 1, 0, 1), layers=layers, ink=ink_of(theme.DARK), **settings)
    viewport = paint_figure(painter, figure, 300, 300)
    painter.end()

    def at(x, y):
        column, row = viewport.px(np.array([[x, y]]))[0].round().astype(int)
        return image.pixelColor(int(column), int(row))

    return at


def test_layers_land_where_the_data_say(qapp):
    at = painted(
        Heat(values=np.array([[0.0, 1.0]]), extent=(0, 1, 0, 0.5), cold="#000000", warm="#0000ff"),
        Dots(xy=np.array([[0.25, 0.75]]), color="#ff0000", radius=6),
        Line(xy=np.array([[0.0, 0.9], [1.0, 0.9]]), color="#00ff00", width=4),
        Arrows(xy=np.array([[0.6, 0.6]]), delta=np.array([[0.2, 0.0]]), color="#ffff00", width=3),
        Words(x=0.5, y=0.65, text="here", color="#ffffff"),
    )
    assert at(0.25, 0.75) == QColor("#ff0000")
    assert at(0.5, 0.9) == QColor("#00ff00")
    assert at(0.7, 0.6) == QColor("#ffff00")
    assert at(0.98, 0.2).blue() > 200
    assert at(0.02, 0.2).blue() < 60


def test_many_arrows_are_drawn_as_well(qapp):
    xy = np.full((MANY_ARROWS + 1, 2), 0.5)
    at = painted(
        Arrows(xy=xy, delta=np.full_like(xy, 0.0) + np.array([0.3, 0.0]), color="#ff00ff", width=4)
    )
    assert at(0.6, 0.5) == QColor("#ff00ff")


@pytest.mark.parametrize("tokens", [theme.DARK, theme.LIGHT])
def test_axes_legend_and_title_use_the_themes_colours(qapp, tokens):
    ink = ink_of(tokens)
    assert ink.text == tokens.text
    at = painted(title="T", note="n", legend=[("#ff0000", "a")], x_title="x", y_title="y")
    assert at(0.5, 0.5) == QColor(theme.DARK.panel)
