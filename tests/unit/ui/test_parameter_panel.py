from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget

from studio.ui.parameter_panel import ParameterPanel

NAMES = """samplerCombo scheduleCombo stepsSpin guidanceSpin seedSpin widthSpin heightSpin
etaSpin noiseSpin rescaleSpin guidanceStartSpin guidanceEndSpin variationSeedSpin variationSpin"""


@pytest.fixture
def panel(ready, shown):
    return shown(ParameterPanel(ready.form, ready.session, ready.settings))


def test_every_control_has_its_name_and_words(panel):
    for name in NAMES.split():
        control = panel.findChild(QWidget, name)
        assert control is not None, name
        assert control.accessibleName(), name
        assert control.toolTip(), name


def test_the_form_fills_the_panel_and_the_panel_the_form(panel, ready):
    ready.form.edit(steps=17, guidance_scale=3.5, sampler="Heun", eta=0.25,
                    guidance_start=0.1, guidance_end=0.8, variation_strength=0.5)  # fmt: skip
    values = {c.objectName(): c.value() for c in panel.findChildren(QAbstractSpinBox)}
    assert values["stepsSpin"] == 17
    assert values["guidanceSpin"] == 3.5
    assert values["etaSpin"] == 0.25
    assert (values["guidanceStartSpin"], values["guidanceEndSpin"]) == (10, 80)
    assert panel.findChild(QComboBox, "samplerCombo").currentText() == "Heun"
    panel.findChild(QWidget, "guidanceEndSpin").setValue(60)
    panel.findChild(QWidget, "variationSeedSpin").setValue(4e9)
    assert ready.form.request.guidance_end == 0.6
    assert ready.form.request.variation_seed == 4_000_000_000


def test_showing_the_form_does_not_change_it(panel, ready):
    before = ready.form.request.edit(guidance_scale=7.123, eta=0.333)
    ready.form.load(before)
    panel._on_defaults_changed()
    assert ready.form.request == before


def test_the_impossible_field_is_marked(panel, ready):
    ready.form.edit(height=65)
    ready.session.generate()
    row = next(row for row in panel.rows if "height" in row.fields)
    assert "height of 65" in row._error.text()
    ready.form.edit(height=64)
    assert row._error.text() == ""


def test_advanced_stays_as_it_was_left(panel, ready, shown):
    panel._fold._button.click()
    again = shown(ParameterPanel(ready.form, ready.session, ready.settings))
    assert again._fold._button.isChecked()
