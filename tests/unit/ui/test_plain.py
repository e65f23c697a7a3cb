from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolTip

from studio.ui.plain import TEXT_LIMIT, one_line, plain_label, plain_tip, set_plain_tip, shorten

HOSTILE = '<b>x</b><img src="file:///etc/hostname">'


def test_a_label_shows_markup_as_text(qtbot):
    label = plain_label(HOSTILE)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == HOSTILE
    as_wide_as_its_letters = label.fontMetrics().horizontalAdvance(HOSTILE)
    assert label.sizeHint().width() >= as_wide_as_its_letters


def test_a_tip_is_escaped_and_keeps_its_lines():
    tip = plain_tip("a < b\n" + HOSTILE)
    assert tip.startswith("<qt>a &lt; b<br>&lt;b&gt;x")
    assert "<img" not in tip
    assert plain_tip("") == ""


@pytest.mark.parametrize("levels", [16, 5000])
def test_nested_tables_cost_nothing(qtbot, levels):
    bomb = "<table><tr><td>" * levels
    begin = time.monotonic()
    label = plain_label(bomb)
    qtbot.addWidget(label)
    label.show()
    label.grab()
    QToolTip.showText(label.pos(), plain_tip(bomb), label)
    QToolTip.hideText()
    assert time.monotonic() - begin < 1.5


def test_widgets_and_actions_take_the_tip(qtbot):
    label = plain_label("x")
    qtbot.addWidget(label)
    set_plain_tip(label, HOSTILE)
    assert label.accessibleDescription() == HOSTILE
    action = QAction("x")
    set_plain_tip(action, HOSTILE)
    assert "<b>" not in action.toolTip()


def test_long_words_are_cut():
    assert len(shorten("x" * 10_000)) == TEXT_LIMIT
    assert shorten("a\x00b") == "ab"
    assert one_line(" a\n\tb  c ") == "a b c"
    assert one_line("x" * 300, 10) == "x" * 9 + "…"
