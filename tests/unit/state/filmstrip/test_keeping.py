"""Keep this frame."""

from __future__ import annotations

from PySide6.QtTest import QSignalSpy

from studio.library.metadata import read_settings


def test_a_kept_frame_is_a_picture_with_true_metadata(rig):
    node = rig.make()
    rig.strip.model.set_current(3)
    spy = QSignalSpy(rig.room.keeper.kept)
    rig.room.keeper.keep()
    rig.idle()
    saved = spy.at(0)[0]
    assert saved.path.exists()
    settings = read_settings(saved.path)
    assert settings.label == "x0 of step 4 of 6"
    assert settings.parent == (node.id, 3)
    assert settings.request.prompt == "a hat"
    assert rig.library.at(saved.path).label == "x0 of step 4 of 6"
    assert (3, "x0") in rig.engine.decoded


def test_the_finished_picture_is_kept_already(rig):
    rig.make()
    before = rig.library.count()
    rig.room.keeper.keep()
    rig.idle()
    assert "already" in rig.words[-1]
    assert rig.library.count() == before


def test_nothing_to_keep(rig):
    rig.room.keeper.keep()
    assert rig.library.count() == 0
