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


def kept(rig, row=3):
    rig.strip.model.set_current(row)
    spy = QSignalSpy(rig.room.keeper.kept)
    rig.room.keeper.keep()
    rig.idle()
    return spy.at(0)[0].path


def test_a_kept_frame_opens_its_take_at_that_step(rig):
    node = rig.make()
    path = kept(rig)
    rig.make(seed=9)
    rig.strip.open_picture(path)
    rig.idle()
    assert rig.strip.node is node
    assert rig.strip.model.current == 3
    assert rig.strip.model.is_pinned
    assert all(n.picture != path for n in rig.strip.tree.nodes())  # no take of its own


def test_weeks_later_too(rig):
    path, take_id = kept(rig, 2) if rig.make() else None, rig.strip.node.id
    rig.strip.tree.remove(rig.strip.tree.nodes())
    rig.strip.clear()
    rig.strip.open_picture(path)
    rig.idle()
    assert rig.strip.node.id == take_id
    assert rig.strip.model.current == 2


def test_a_kept_frame_whose_take_is_gone_is_shown_alone(rig):
    node = rig.make()
    path = kept(rig)
    rig.room.branches.delete(node)
    rig.idle()
    rig.strip.open_picture(path)
    rig.idle()
    assert rig.strip.node.picture == path
    assert rig.strip.model.rowCount() == 1


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
