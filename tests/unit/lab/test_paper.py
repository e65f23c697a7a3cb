"""Colours for paper: readable on white."""

from __future__ import annotations

from dataclasses import fields

from studio.lab.figure import Ink
from studio.lab.paper import PAPER


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_words_and_lines_stand_out_from_their_ground():
    for ink in (PAPER, Ink()):
        assert contrast(ink.text, ink.ground) > 7
        assert contrast(ink.muted, ink.ground) > 4.5
        for color in (*ink.classes, ink.accent, ink.noise, ink.plus, ink.minus):
            assert contrast(color, ink.plane) > 3
    assert {f.name for f in fields(Ink)} >= {"ground", "plane"}
