"""Figures as pixels and films: the right colours in the right places, and files that open."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from studio.engine.errors import StudioError
from studio.lab.draw_png import (
    draw_picture,
    encode_animation,
    encode_figure,
    encode_sheet,
    suffix_of,
)
from studio.lab.figure import Arrows, Dots, Figure, Heat, Ink, Line, Words, viewport_of


def figure_of(*layers, **settings):
    return Figure(extent=(0, 1, 0, 1), layers=layers, ink=Ink(), width=200, height=160, **settings)


def test_layers_land_where_the_data_say():
    figure = figure_of(
        Heat(values=np.array([[0.0, 1.0]]), extent=(0, 1, 0, 0.5), cold="#000000", warm="#0000ff"),
        Dots(xy=np.array([[0.25, 0.75]]), color="#ff0000", radius=6),
        Line(xy=np.array([[0.0, 0.9], [1.0, 0.9]]), color="#00ff00", width=4),
        Arrows(xy=np.array([[0.6, 0.6]]), delta=np.array([[0.2, 0.0]]), color="#ffff00", width=3),
    )
    pixels = np.asarray(draw_picture(figure))
    assert pixels.shape == (160, 200, 3)
    viewport = viewport_of(figure, 200, 160)

    def at(x, y):
        column, row = viewport.px(np.array([[x, y]]))[0].round().astype(int)
        return pixels[row, column].tolist()

    assert at(0.25, 0.75) == [255, 0, 0]
    assert at(0.5, 0.9) == [0, 255, 0]
    assert at(0.7, 0.6) == [255, 255, 0]
    assert at(0.02, 0.2)[2] < 60 < 200 < at(0.98, 0.2)[2]


def test_words_titles_and_dashes_are_drawn():
    plain = np.asarray(draw_picture(figure_of(x_title="x", y_title="y")))
    told = np.asarray(draw_picture(figure_of(
        Words(x=0.5, y=0.5, text="here", color="#ffffff"),
        Line(xy=np.array([[0, 0.2], [1, 0.2]]), color="#ffffff", is_dashed=True),
        x_title="x", y_title="y")))  # fmt: skip
    changed = np.abs(plain.astype(int) - told).sum(axis=2) > 60
    assert 100 < changed.sum() < 1500


def test_files_open_again_in_their_kind():
    figure = figure_of(Dots(xy=np.array([[0.5, 0.5]]), color="#ff0000"))
    assert Image.open(io.BytesIO(encode_figure(figure, ".png", scale=2))).size == (400, 320)
    assert encode_figure(figure, ".svg").startswith(b"<svg")
    others = [figure_of(Dots(xy=np.array([[x, 0.5]]), color="#ff0000")) for x in (0.2, 0.5, 0.8)]
    for suffix, kind in ((".webp", "WEBP"), (".gif", "GIF")):
        film = Image.open(io.BytesIO(encode_animation(others, suffix, fps=10)))
        assert film.format == kind
        assert film.n_frames == 3


def test_impossible_files_are_said_in_words():
    figure = figure_of()
    for call in (lambda: encode_figure(figure, ".bmp"), lambda: encode_animation([figure], ".png"),
                 lambda: encode_animation([], ".gif"), lambda: suffix_of("figure")):  # fmt: skip
        with pytest.raises(StudioError) as caught:
            call()
        assert caught.value.hint
    assert suffix_of("A.PNG") == ".png"


def test_a_sheet_holds_all_figures_in_reading_order():
    figures = [Figure(extent=(0, 1, 0, 1), layers=[], width=80, height=60, ink=Ink(ground=color))
               for color in ("#ff0000", "#00ff00", "#0000ff", "#ffffff")]  # fmt: skip
    sheet = np.asarray(Image.open(io.BytesIO(encode_sheet(figures, ".png", columns=3))))
    assert sheet.shape == (120, 240, 3)
    corners = [tuple(sheet[y, x]) for y, x in ((1, 1), (1, 81), (1, 161), (61, 1))]
    assert corners == [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    text = encode_sheet(figures, ".svg", columns=3).decode()
    assert text.count("<svg") == 5
    assert len(set(re.findall(r'clipPath id="([^"]+)"', text))) == 4
    with pytest.raises(StudioError):
        encode_sheet(figures, ".webp")
