"""The second strip follows the first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from studio.state.filmstrip.polish import _polished
from studio.ui.filmstrip.compare_strip import CompareStrip
from studio.ui.filmstrip.view import FilmstripView


@pytest.fixture
def pair(rig, qtbot):
    above = FilmstripView(rig.strip.model)
    below = CompareStrip(rig.strip, rig.room.comparison, above)
    for widget in (above, below):
        qtbot.addWidget(widget)
        widget.resize(420, 200)
    above.show()
    return above, below


def test_hidden_until_there_is_something_to_compare(rig, pair):
    assert pair[1].isHidden()
    rig.make()
    assert pair[1].isHidden()


def test_scrolls_and_scrubs_with_the_first(rig, pair):
    above, below = pair
    first = rig.make(steps=30)
    rig.make(steps=30, seed=8)
    rig.room.comparison.start(first)
    rig.idle()
    assert not below.isHidden()
    below.view.horizontalScrollBar().setRange(0, above.horizontalScrollBar().maximum())
    above.horizontalScrollBar().setValue(40)
    assert below.view.horizontalScrollBar().value() == 40
    below.view.model().set_current(3)
    assert rig.strip.model.current == 3


def test_takes_of_another_shape_do_not_hold_the_scrolling_back(rig, qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    above = FilmstripView(rig.strip.model)
    below = CompareStrip(rig.strip, rig.room.comparison, above)
    column = QVBoxLayout(page)
    column.addWidget(above, 1)
    column.addWidget(below, 1)
    page.resize(420, 500)
    page.show()
    first = rig.make(steps=40)
    first.own = [replace(f, lanes={k: np.repeat(v, 2, axis=0) for k, v in f.lanes.items()})
                 for f in first.own]  # fmt: skip
    rig.make(steps=40, seed=8)
    rig.room.comparison.start(first)
    rig.idle()
    assert below.view.model().aspect == 0.5
    assert below.view.geometry_now.pitch == above.geometry_now.pitch
    bar = above.horizontalScrollBar()
    bar.setValue(0)
    bar.setValue(bar.maximum())
    assert bar.value() == below.view.horizontalScrollBar().value() == bar.maximum() > 0


def test_the_lock_is_chosen(rig, pair):
    first = rig.make(steps=6)
    rig.make(steps=12)
    rig.room.comparison.start(first)
    box = pair[1].findChild(QComboBox, "compareLock")
    box.setCurrentIndex(1)
    assert rig.room.comparison.by == "sigma"
    box.setCurrentIndex(0)
    assert rig.room.comparison.by == "step"
    rig.idle()


def test_blur_is_not_shown_as_a_difference_without_a_word(rig, pair):
    first = rig.make()
    rig.make(seed=8)
    rig.room.comparison.start(first)
    rig.idle()
    caution = pair[1].findChild(QLabel, "blurLabel")
    assert caution.isHidden()
    over = {frame.index: {"x0": frame.lanes["x0"]} for frame in first.own}
    first.own = [_polished(frame, over[frame.index]) for frame in first.own]
    rig.strip.repaint(first)
    assert not caution.isHidden()
    assert caution.text().endswith("part of their difference is only blur.")
    rig.room.comparison.stop()
