from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QToolTip

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


def test_where_nobody_listens_the_field_itself_tells_it(shown, monkeypatch):
    """In the brush's bar and on the cards the old number came back without a word."""
    said = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, words, _spin: said.append(words))
    spin = shown(Spin("brushSizeSpin", 1, 1000), 90, 30)
    spin.setValue(40)
    type_into(spin, "5000")
    leave(spin)
    assert spin.value() == 40
    assert said == ["<qt>5000 is not possible here; 40 stays. Choose 1 to 1000.</qt>"]
    spin.corrected.connect(lambda what, _hint: said.append(what))
    type_into(spin, "6000")
    leave(spin)
    assert len(said) == 2
    assert said[-1].startswith("6000")  # by the one who listens


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


@pytest.fixture
def own(shown):
    spin = shown(DecimalSpin("etaSpin", -0.05, 2, 0.05), 90, 30)
    spin.setSpecialValueText("auto")
    spin.setValue(0.5)
    spin.told = []
    spin.corrected.connect(lambda *words: spin.told.append(words))
    return spin


@pytest.mark.parametrize("typed", ["auto", "Auto", "AUTO "])
def test_the_word_that_a_field_shows_can_be_typed(own, typed):
    """Its letters were refused one by one, as if the keyboard did not work."""
    type_into(own, typed)
    leave(own)
    assert own.value() == own.minimum()
    assert own.lineEdit().text() == "auto"
    assert own.told == []


@pytest.mark.parametrize("typed", ["au", "other"])
def test_another_word_or_half_of_it_changes_nothing(own, typed):
    type_into(own, typed)
    leave(own)
    assert own.value() == 0.5
    assert own.lineEdit().text() == "0.50"


def test_the_word_goes_back_to_the_samplers_own(ready, shown):
    panel = shown(ParameterPanel(ready.form, ready.session, ready.settings))
    spin = panel.findChild(DecimalSpin, "etaSpin")
    ready.form.edit(eta=0.5)
    type_into(spin, "auto")
    leave(spin)
    assert ready.form.request.eta is None


def test_a_field_without_such_a_word_takes_no_letters(shown):
    spin = shown(DecimalSpin("scaleSpin", 0, 30, 0.5), 90, 30)
    spin.setValue(7)
    type_into(spin, "auto")
    leave(spin)
    assert spin.value() == 7
