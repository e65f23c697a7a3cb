from __future__ import annotations

import pytest

from studio.ui.size_row import ASPECTS, SizeRow, size_for


@pytest.mark.parametrize("native", [64, 256, 512, 768, 1024])
@pytest.mark.parametrize("aspect", ASPECTS)
def test_presets_keep_the_area_and_the_multiple(native, aspect):
    width, height = size_for(aspect, native, 8)
    assert width % 8 == height % 8 == 0
    assert width >= height
    if native >= 256:
        assert 0.8 < width * height / native**2 < 1.25
        assert width / height == pytest.approx(aspect[0] / aspect[1], rel=0.15)


@pytest.fixture
def row(ready, shown):
    made = shown(SizeRow(ready.form, ready.settings))
    ready.form.form_changed.connect(lambda _names: made.refresh())
    ready.form.edit(width=64, height=64)
    made.refresh()
    return made


def test_swap_turns_the_picture_and_the_presets(row):
    row.form.edit(width=128, height=64)
    row.swap.click()
    assert (row.form.request.width, row.form.request.height) == (64, 128)
    row._presets.button(1).click()
    assert row.form.request.height > row.form.request.width


def test_typed_numbers_snap_when_the_field_is_left(row):
    row.width_spin.setValue(131)
    row.width_spin.editingFinished.emit()
    assert row.form.request.width == 128


def test_a_size_far_from_the_models_own_is_remarked(row):
    assert not row._note.isVisible()
    row.form.edit(width=512, height=512)
    assert "64 px" in row._note.text()


def size(row):
    return row.form.request.width, row.form.request.height


def test_the_lock_takes_the_other_side_along_and_forgets_no_rounding(row):
    row.form.edit(width=96, height=64)
    row.lock.click()
    row.width_spin.setValue(192)
    assert size(row) == (192, 128)
    for width in (64, 72, 200, 96):
        row.width_spin.setValue(width)
    assert size(row) == (96, 64)
    row.height_spin.setValue(128)
    assert size(row) == (192, 128)
    row.lock.click()
    row.width_spin.setValue(64)
    assert size(row) == (64, 128)


def test_the_lock_follows_swaps_presets_and_pictures_and_is_kept(row):
    row.lock.click()
    row.form.edit(width=128, height=64)
    row.swap.click()
    row.height_spin.setValue(256)
    assert size(row) == (128, 256)
    again = SizeRow(row.form, row._settings)
    again.refresh()
    assert again.lock.isChecked()
    row._settings.set("aspect", [0, "x"])
    again.show_value()
    assert not again.lock.isChecked()
