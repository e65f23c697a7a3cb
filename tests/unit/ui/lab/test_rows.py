"""Rows: board and control always agree."""

from __future__ import annotations

import pytest

from studio.ui.lab.rows import ChoiceRow, DecimalRow, WholeRow


@pytest.fixture(autouse=True)
def _still(room):
    room._settle.blockSignals(True)


def test_a_choice_writes_and_follows_the_board(room, shown):
    row = shown(ChoiceRow(room, "process", "Process", "words",
                          [("Diffusion", "diffusion"), ("Flow", "flow")]))  # fmt: skip
    assert row.combo.currentText() == "Diffusion"
    row.combo.activated.emit(1)
    assert room.board.process == "flow"
    room.change(process="diffusion")
    assert row.combo.currentIndex() == 0


def test_whole_numbers_have_slider_and_spin(room, shown):
    row = shown(WholeRow(room, "steps", "Steps", "words", low=1, high=200))
    row.spin.setValue(33)
    assert room.board.steps == row.slider.value() == 33
    row.slider.setValue(7)
    assert room.board.steps == row.spin.value() == 7
    row.label.reset_wanted.emit()
    assert room.board.steps == 40


def test_a_decimal_may_be_left_to_the_sampler(room, shown):
    row = shown(DecimalRow(room, "eta", "Eta", "words", low=0, high=1.5, own="own"))
    assert row.spin.text() == "own"
    row.slider.setValue(50)
    assert room.board.eta == 0.5
    row.slider.setValue(row.slider.minimum())
    assert room.board.eta is None
    room.change(eta=0.0)
    assert row.spin.text() == "0.00"
