"""Figures as SVG: well-formed, complete, and safe with any text."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from studio.lab.draw_svg import draw_svg
from studio.lab.figure import Arrows, Dots, Figure, Heat, Ink, Line, Words

XY = np.array([[0.1, 0.1], [0.5, 0.9], [0.9, 0.2]])
ALL_LAYERS = [
    Heat(values=np.eye(3), extent=(0, 1, 0, 1), cold="#000000", warm="#ffffff"),
    Dots(xy=XY, color="#ff0000", radius=3, opacity=0.5),
    Arrows(xy=XY, delta=XY / 5, color="#00ff00"),
    Line(xy=XY, color="#0000ff", is_dashed=True),
    Words(x=0.5, y=0.5, text="<b>&", color="#ffffff", anchor="middle"),
]


def test_every_layer_is_there_and_well_formed():
    figure = Figure(extent=(0, 1, 0, 1), layers=ALL_LAYERS, ink=Ink(), title="A < B", note="n",
                    legend=[("#ff0000", "dots & more")], x_title="x", y_title="y")  # fmt: skip
    root = ElementTree.fromstring(draw_svg(figure))
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert tags.count("circle") == 3 + 1
    assert tags.count("image") == 1
    assert "stroke-dasharray" in draw_svg(figure)
    words = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert {"A < B", "<b>&", "dots & more", "x", "y", "0.4"} <= set(words)


def test_an_empty_figure_is_a_plane():
    root = ElementTree.fromstring(draw_svg(Figure(extent=(0, 1, 0, 1), layers=[], ink=Ink())))
    assert root.attrib["width"] == "640"


def test_signs_that_xml_forbids_are_replaced():
    """A folder's name is bytes: it may be no UTF-8 (surrogates here), or hold control signs."""
    figure = Figure(extent=(0, 1, 0, 1), layers=[], ink=Ink(), title="a\udcffb\x01c\td")
    data = draw_svg(figure).encode()
    words = [element.text for element in ElementTree.fromstring(data).iter() if element.text]
    assert "a\ufffdb\ufffdc\td" in words
