from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from studio.ui.controls import DecimalSpin, Spin
from studio.ui.parameter_panel import ParameterPanel
from studio.ui.seed_row import SeedSpin


def type_into(spin, text):
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, text)


def leave(spin):
    QTest.keyClick(spin, Qt.Key.Key_Return)


@pytest.fixture
def side(shown):
    spin = shown(Spin("widthSpin", 64, 4096, 8), 90, 30)
    spin.setValue(128)
    spin.told = []
    spin.corrected.connect(lambda *words: spin.told.append(words))
    return spin


@pytest.mark.parametrize("typed", ["7", "99999", "4097", "0"])
def test_an_impossible_number_is_told_and_the_old_one_comes_back(side, typed):
    """99999 became 9999, that 999, and that 1000, without a word; 7 was just forgotten."""
    type_into(side, typed)
    assert side.lineEdit().text() == typed
    leave(side)
    assert side.value() == 128
    assert side.told == [(f"{typed} is not possible here; 128 stays.", "Choose 64 to 4096.")]


def test_a_possible_number_takes_the_complaint_back(side):
    type_into(side, "7")
    leave(side)
    type_into(side, "256")
    leave(side)
    assert side.value() == 256
    assert side.told[1:] == [("", "")]


@pytest.mark.parametrize("typed", ["", "abc", "1e400", "9" * 400, "<b>7</b>"])
def test_what_is_no_number_changes_nothing(side, typed):
    type_into(side, typed)
    leave(side)
    assert 64 <= side.value() <= 4096
    assert not side.told or "possible" in side.told[0][0]


def test_a_step_begins_at_the_number_that_holds(side):
    type_into(side, "5000")
    side.stepBy(1)
    assert (side.value(), len(side.told)) == (136, 1)
    type_into(side, "256")
    side.stepBy(1)
    leave(side)
    assert (side.value(), side.told[1:]) == (264, [("", "")])


def test_it_holds_for_decimals_seeds_and_numbers_with_a_unit(shown):
    scale = shown(DecimalSpin("guidanceSpin", 0, 100, 0.5), 90, 30)
    scale.setValue(7.5)
    type_into(scale, "1000")
    leave(scale)
    assert (scale.value(), scale.typing.words[1]) == (7.5, "Choose 0.00 to 100.00.")
    seed = shown(SeedSpin(), 120, 30)
    seed.setValue(5)
    type_into(seed, "99999999999")
    leave(seed)
    assert (seed.value(), seed.typing.words[1]) == (5, "Choose Random to 4294967295.")
    count = shown(Spin("batchSpin", 1, 99), 90, 30)
    count.setPrefix("× ")
    type_into(count, "500")
    leave(count)
    assert (count.value(), count.typing.words[0]) == (1, "500 is not possible here; 1 stays.")


def test_the_row_says_it_until_it_is_mended(ready, shown):
    panel = shown(ParameterPanel(ready.form, ready.session, ready.settings))
    spin, row = panel.findChild(Spin, "heightSpin"), None
    row = next(r for r in panel.rows if "height" in r.fields)
    type_into(spin, "99999")
    leave(spin)
    assert ready.form.request.height == 64
    assert row._error.isVisible()
    assert row._error.text() == "99999 is not possible here; 64 stays. Choose 64 to 4096."
    type_into(spin, "128")
    leave(spin)
    assert not row._error.isVisible()
    assert ready.form.request.height == 128
    assert spin.findChild(QLineEdit).text() == "128"
