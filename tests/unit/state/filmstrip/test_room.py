"""The room is put together from what the studio has."""

from __future__ import annotations


def test_all_parts_share_one_strip(rig):
    room = rig.room
    assert room.strip is rig.studio.filmstrip
    assert room.parent() is rig.studio
    node = rig.make()
    assert room.map.nodes() == [node]
    assert room.comparison.candidates() == []
