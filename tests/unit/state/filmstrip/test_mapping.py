"""The map of takes follows the tree."""

from __future__ import annotations

import numpy as np


def settle(rig):
    rig.qtbot.wait(400)
    rig.idle()


def test_one_take_is_told_that_two_are_wanted(rig):
    rig.room.map.watch(True)
    rig.make()
    settle(rig)
    assert rig.room.map.paths == ()
    assert "at least two takes" in rig.room.map.words


def test_two_takes_share_their_beginning(rig):
    parent = rig.make()
    rig.strip.model.set_current(3)
    rig.forks.fork({"prompt": "a crown"})
    rig.idle()
    rig.room.map.watch(True)
    settle(rig)
    paths = {p.node.id: p for p in rig.room.map.paths}
    assert set(paths) == {parent.id, rig.strip.node.id}
    a, b = paths[parent.id], paths[rig.strip.node.id]
    assert a.indices == b.indices == tuple(range(7))
    assert np.allclose(a.points[:3], b.points[:3])
    assert 0 < sum(rig.room.map.explained) <= 1


def test_takes_of_another_size_stay_off_the_map(rig):
    rig.make()
    rig.make(width=128)
    assert [n.request.width for n in rig.room.map.nodes()] == [128]


def test_nothing_is_computed_while_nobody_looks(rig):
    rig.make()
    rig.make(seed=8)
    settle(rig)
    assert rig.room.map.paths == ()
