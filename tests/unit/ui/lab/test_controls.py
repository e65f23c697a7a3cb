"""The controls: the page of the view, and its numbers."""

from __future__ import annotations

import pytest

from studio.state.lab.board import VIEWS
from studio.state.lab.results import Run
from studio.ui.lab.controls import LabControls, in_scroll_area
from studio.ui.lab.rows import ChoiceRow


@pytest.fixture
def controls(room, shown):
    room._settle.blockSignals(True)
    made = LabControls(room)
    area = shown(in_scroll_area(made), 340, 800)
    yield made
    area.hide()


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_has_its_page_within_the_width(controls, room, view):
    room.change(view=view.key)
    assert controls._title.text() == view.title
    assert controls._pages.currentIndex() == VIEWS.index(view)
    assert controls._pages.currentWidget().minimumSizeHint().width() <= 330


def test_classes_follow_the_data(controls, room):
    row = next(r for r in controls.findChildren(ChoiceRow) if r.field == "label")
    assert [row.combo.itemText(i) for i in range(row.combo.count())] == ["all", "person", "dog",
                                                                         "cat"]  # fmt: skip
    room.change(data="moons")
    assert row.combo.count() == 3


def test_numbers_and_runs_are_shown(controls, room):
    room.results.runs = [Run("DDIM", 5, "exact", 0.25), Run("DDPM", 9, "learned", 0.5)]
    room.change(view="sample")
    room.results_changed.emit()
    assert controls._figures[0][0].text() == "0.250"
    assert not controls._figures[1][0].isVisible()
    assert controls._runs.accessibleName() == (
        "0.250 DDIM, 5 steps, exact; 0.500 DDPM, 9 steps, learned")  # fmt: skip
    assert controls._runs.isVisible()
    assert not controls._runs.grab().toImage().isNull()


def test_the_shown_page_alone_decides_its_height(controls, room):
    """A stack asks for the height of its tallest page: a gap stood above the short ones."""
    room.change(view="sample")
    room.change(view="noise")
    pages = controls._pages
    assert pages.y() - controls._words.geometry().bottom() < 30


def test_in_a_narrow_dock_everything_can_be_reached(room, shown, qtbot):
    area = shown(in_scroll_area(LabControls(room)), 180, 400)
    reach = area.horizontalScrollBar()
    qtbot.waitUntil(reach.isVisible)
    assert reach.maximum() + area.viewport().width() == area.widget().width()
