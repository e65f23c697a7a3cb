from __future__ import annotations

import pytest

from studio.state.form import RANDOM
from studio.ui.seed_row import SeedRow


@pytest.fixture
def row(ready, shown):
    made = shown(SeedRow(ready.form, ready.session))
    ready.form.form_changed.connect(lambda _names: made.refresh())
    made.refresh()
    return made


def test_random_is_a_word_and_a_number_is_kept(row):
    assert (row.spin.value(), row.spin.text()) == (RANDOM, "Random")
    row.spin.setValue(2**32 - 1)
    assert row.form.request.seed == 2**32 - 1
    assert row.spin.value() == 4294967295
    assert row.lock.isChecked()


def test_dice_lock_and_reuse(row, ready, qtbot):
    assert not row.reuse.isEnabled()
    with qtbot.waitSignal(ready.session.run_ended):
        ready.session.generate()
    used = ready.session.last_seed
    assert str(used) in row.reuse.toolTip()
    row.reuse.click()
    assert row.form.request.seed == used
    row.dice.click()
    assert row.form.request.seed == RANDOM
    row.lock.click()
    assert row.form.request.seed == used
    row.lock.click()
    assert row.form.request.seed == RANDOM


@pytest.mark.parametrize("text", ["4 098 781 437", "4,098,781,437", "4_098_781_437"])
def test_pasted_seeds_with_separators_are_understood(row, text):
    row.spin.lineEdit().selectAll()
    row.spin.lineEdit().insert(text)
    row.spin.interpretText()
    assert row.form.request.seed == 4098781437
