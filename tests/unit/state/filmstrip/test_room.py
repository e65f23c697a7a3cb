"""The room is put together from what the studio has."""

from __future__ import annotations


def test_all_parts_share_one_strip(rig):
    room = rig.room
    assert room.strip is rig.studio.filmstrip
    assert room.parent() is rig.studio
    node = rig.make()
    assert room.map.nodes() == [node]
    assert room.comparison.candidates() == []


def test_the_history_shows_at_once_what_the_strip_has_kept_and_deleted(rig):
    """A deleted take stayed there until the next start, and a kept frame came only then."""
    history = rig.studio.history

    def names():
        rig.idle()
        return [history.picture(row).path.name for row in range(history.rowCount())]

    node = rig.make()
    history.read_again()
    assert names() == [node.picture.name]
    rig.strip.model.set_current(2)
    rig.room.keeper.keep()
    kept = names()
    assert len(kept) == 2
    rig.room.branches.delete(node)
    assert names() == [name for name in kept if name != node.picture.name]
    rig.room.branches.undo_delete()
    assert sorted(names()) == sorted(kept)
