"""The map of takes follows the tree."""

from __future__ import annotations

import numpy as np

from studio.engine.errors import StudioError
from studio.state.filmstrip import mapping


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


class Clip:
    """Sees colours only: a door with a space that counts what it was asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self):
        return self

    def space(self):
        return self

    def encode_pixels(self, pictures):
        self.asked += len(pictures)
        means = np.stack([p.mean((0, 1)) for p in pictures]).astype(np.float32)
        return means / np.linalg.norm(means, axis=1, keepdims=True)


def test_without_clip_the_map_stays_with_the_latents(rig):
    assert not rig.room.map.has_look
    rig.room.set_map_space("look")
    assert rig.room.map.space == "latents"


def test_the_map_by_look_asks_clip_about_the_predicted_pictures(rig):
    clip = rig.studio.open_concepts = Clip()
    rig.make()
    rig.make(seed=8)
    rig.room.map.watch(True)
    settle(rig)
    by_latents = [p.points for p in rig.room.map.paths]
    rig.room.set_map_space("look")
    assert "CLIP" in rig.room.map.words
    settle(rig)
    assert clip.asked == 14
    assert len(rig.room.map.paths) == 2
    assert rig.room.map.paths[0].indices == tuple(range(7))
    assert not np.allclose(rig.room.map.paths[0].points, by_latents[0])
    assert rig.studio.settings.get("map_space") == "look"


def test_of_a_long_take_clip_sees_a_few_steps_only(rig):
    clip = rig.studio.open_concepts = Clip()
    rig.make(steps=90)
    rig.make(steps=90, seed=8)
    rig.room.set_map_space("look")
    rig.room.map.watch(True)
    settle(rig)
    assert clip.asked <= 2 * (mapping.LOOKS_MAX + 1)
    assert rig.room.map.paths[0].indices[-1] == 90


def test_a_clip_that_cannot_be_opened_says_why(rig):
    def closed():
        raise StudioError("There is no CLIP model.", "Get one.")

    rig.studio.open_concepts = closed
    rig.make()
    rig.make(seed=8)
    rig.room.set_map_space("look")
    rig.room.map.watch(True)
    settle(rig)
    assert "no CLIP model" in rig.room.map.words


def test_of_long_takes_the_latents_of_some_steps_are_read(rig, monkeypatch):
    monkeypatch.setattr(mapping, "POINTS_MAX", 10)
    rig.make(steps=90)
    rig.make(steps=90, seed=8)
    rig.room.map.watch(True)
    settle(rig)
    for path in rig.room.map.paths:
        assert len(path.points) <= 11
        assert (path.indices[0], path.indices[-1]) == (0, 90)


def test_while_somebody_scrubs_the_map_waits(rig):
    node = rig.make()
    rig.make(seed=8)
    rig.room.polisher._quick = {node.request.model: False}  # sharper strips let the map wait, too
    rig.room.map.watch(True)
    for row in (1, 2, 3, 4, 1, 2):
        rig.strip.model.set_current(row)
        rig.qtbot.wait(100)
    assert rig.room.map.paths == ()
    settle(rig)
    assert len(rig.room.map.paths) == 2
