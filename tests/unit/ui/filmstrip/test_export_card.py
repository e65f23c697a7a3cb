"""The export card."""

from __future__ import annotations

import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from studio.library.strips import has_video
from studio.ui.filmstrip.export_card import ExportCard


@pytest.fixture
def card(rig, qtbot, tmp_path):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(900, 700)
    host.show()
    return ExportCard(rig.strip, rig.room.exporter, tmp_path, host)


def test_offers_films_only_where_they_can_be_made(card):
    assert (card.kind.findData(".mp4") >= 0) == has_video()
    assert not card.speed.isEnabled()
    card.kind.setCurrentIndex(card.kind.findData(".gif"))
    assert card.speed.isEnabled()


def test_look_says_what_the_fields_say(rig, card):
    rig.make(prompt="a hat\nin rain")
    card.every.setValue(3)
    card.captions.setChecked(False)
    card.lanes.set_lanes(["x0"])
    look = card.look()
    assert (look.every, look.has_captions, look.lanes, look.title) == (3, False, ("x0",),
                                                                       "a hat in rain")  # fmt: skip


def test_writes_with_progress_and_closes(rig, card, tmp_path):
    rig.make()
    card.height_px.setValue(16)
    card.show()
    with rig.qtbot.waitSignal(rig.room.exporter.export_ended, timeout=60_000):
        card.save_to(tmp_path / "s.gif")
        assert not card.save.isEnabled()
        assert not card.cancel.isHidden()
    assert card.isHidden()
    with Image.open(tmp_path / "s.gif") as image:
        assert image.n_frames == 7


def held_before(rig, card, qtbot):
    """The field, not the first of its window, that had the focus when the card was opened."""
    rig.make()
    host = card.parentWidget()
    first, mine = QLineEdit(host), QLineEdit(host)
    for field in (first, mine):
        field.show()
    host.activateWindow()
    mine.setFocus()
    qtbot.waitUntil(mine.hasFocus, timeout=5000)
    card.open_above(host.mapToGlobal(host.rect().center()))
    card.save.setFocus()
    return mine


def test_the_focus_stays_in_the_card_and_goes_back_afterwards(rig, card, qtbot, tmp_path):
    """With the button that was pressed the focus went to the first one of the window."""
    mine = held_before(rig, card, qtbot)
    with qtbot.waitSignal(rig.room.exporter.export_ended, timeout=60_000):
        card.save_to(tmp_path / "s.gif")
        assert card.cancel.hasFocus()
    assert mine.hasFocus()


def test_the_focus_comes_back_although_the_file_dialog_has_just_had_it(rig, card, qtbot, tmp_path):
    """The window is active again only a while after the dialog has closed."""
    mine = held_before(rig, card, qtbot)
    dialog = QWidget()
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: not card.save.hasFocus(), timeout=5000)
    with qtbot.waitSignal(rig.room.exporter.export_ended, timeout=60_000):
        card.save_to(tmp_path / "s.gif")
        dialog.close()
        card.parentWidget().activateWindow()
    assert card.parentWidget().focusWidget() is mine


def test_the_name_that_was_typed_is_kept_whole(rig, card, qtbot, tmp_path, monkeypatch):
    rig.make()
    typed = str(tmp_path / "night 1.5")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (typed, ""))
    with qtbot.waitSignal(rig.room.exporter.export_ended, timeout=60_000):
        card.save.click()
    assert (tmp_path / "night 1.5.png").exists()
