from __future__ import annotations

import pytest

from studio.ui.controls import DecimalSpin, Spin
from studio.ui.rows import ChoiceRow, NumberRow


@pytest.fixture
def steps(ready, shown):
    row = shown(NumberRow(ready.form, "steps", Spin("stepsSpin", 1, 1000), (1, 60)))
    ready.form.form_changed.connect(lambda _names: row.refresh())
    row.refresh()
    return row


def test_number_and_slider_move_together_and_edit_the_form(steps):
    steps.spin.setValue(12)
    assert (steps.slider.value(), steps.form.request.steps) == (12, 12)
    steps.slider.setValue(30)
    assert (steps.spin.value(), steps.form.request.steps) == (30, 30)


def test_the_number_may_go_beyond_the_slider(steps):
    steps.spin.setValue(500)
    assert (steps.form.request.steps, steps.slider.value()) == (500, 60)


def test_a_change_is_marked_and_a_double_click_takes_it_back(steps):
    steps.form.reset(["steps"])
    assert steps.label.property("role") == ""
    steps.spin.setValue(40)
    assert steps.label.property("role") == "changed"
    assert "Default: 6" in steps.label.toolTip()
    steps.label.reset_wanted.emit()
    assert steps.form.request.steps == 6


def test_a_refusal_is_shown_until_it_is_mended(steps):
    steps.refuse("Too many.")
    assert steps._error.isVisible()
    steps.refuse("")
    assert not steps._error.isVisible()


def test_auto_is_none(ready, shown):
    spin = DecimalSpin("etaSpin", -0.05, 2, 0.05)
    row = shown(NumberRow(ready.form, "eta", spin, (-0.05, 1), auto="auto"))
    row.refresh()
    assert (ready.form.request.eta, spin.text()) == (None, "auto")
    spin.setValue(0.5)
    assert ready.form.request.eta == 0.5
    spin.setValue(spin.minimum())
    assert ready.form.request.eta is None


def test_a_number_beyond_the_field_is_shown_as_it_is(ready, shown):
    """A picture made with eta 3 was remade with 3, while the field said 2."""
    row = shown(NumberRow(ready.form, "eta", DecimalSpin("etaSpin", 0, 2, 0.05), (0, 1)))
    ready.form.edit(eta=3.0)
    row.refresh()
    assert row.spin.value() == 3.0
    assert ready.form.request.eta == 3.0


def test_a_choice_shows_words_and_stores_names(ready, shown):
    row = shown(ChoiceRow(ready.form, "schedule", "scheduleCombo", {"karras": "x", "flow": "y"}))
    row.combo.setCurrentText("Flow")
    assert ready.form.request.schedule == "flow"
    ready.form.edit(schedule="unheard of")
    row.refresh()
    assert row.combo.currentData() == "unheard of"
