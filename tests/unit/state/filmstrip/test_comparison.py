"""Two strips locked together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from studio.state.filmstrip import polish
from studio.state.filmstrip.comparison import WithDifference
from studio.state.filmstrip.tree import Node
from tests.unit.state.filmstrip.rig import flat


def two(rig):
    parent = rig.make()
    rig.strip.model.set_current(2)
    rig.forks.fork({"prompt": "a crown"})
    rig.idle()
    return parent, rig.strip.node


def test_says_where_two_takes_part(rig):
    parent, _ = two(rig)
    rig.room.comparison.start(parent)
    rig.idle()
    assert rig.room.comparison.words == (
        "They part at step 3: the prediction with the prompt is the first to differ."
    )


def test_scrubbing_is_synced_both_ways_and_the_canvas_gets_a_rival(rig):
    parent, _ = two(rig)
    comparison = rig.room.comparison
    comparison.start(parent)
    rig.strip.model.set_current(4)
    assert comparison.model.current == 4
    picture, label = rig.strip.other()
    assert label == "A  a hat · step 5"
    assert picture.pixels is not None
    comparison.scrub(1)
    assert rig.strip.model.current == 1
    comparison.stop()
    assert rig.strip.other() is None
    assert comparison.model.rowCount() == 0


def test_lock_by_noise_level_pairs_runs_of_different_lengths(rig):
    short = rig.make(steps=6)
    rig.make(steps=12)
    comparison = rig.room.comparison
    comparison.start(short)
    assert [f.index for f in comparison.model.frames] == [*range(7), *[6] * 6]
    comparison.lock("sigma")
    pairs = [f.index for f in comparison.model.frames]
    assert pairs[0::2] == [0, 1, 2, 3, 4, 5, 6]  # every second step has the same sigma


def test_the_same_take_again_is_the_same_in_every_bit(rig):
    first = rig.make()
    rig.make()
    rig.room.comparison.start(first)
    rig.idle()
    assert rig.room.comparison.words.startswith("The same in every bit")


def test_the_take_that_was_chosen_last_is_compared(rig):
    """One that was still being read then came later, and took the other one's place."""
    far, near, _shown = (rig.make(seed=seed) for seed in (1, 2, 3))
    far.take, far.own = None, []  # known by name alone
    comparison = rig.room.comparison
    comparison.start(far)
    comparison.start(near)
    rig.idle()
    assert comparison.node is near
    far.take, far.own = None, []
    comparison.start(far)
    comparison.stop()
    rig.idle()
    assert comparison.node is None
    comparison.start(far)
    rig.idle()
    assert comparison.node is rig.strip.tree.get(far.id)


def test_where_others_part_is_not_told_of_these(rig, monkeypatch):
    parent, child = two(rig)
    other = rig.make()
    rig.strip.show(child)
    comparison = rig.room.comparison
    comparison.start(other)
    comparison._on_parting(child, parent, "An answer to the question before.")
    assert comparison.words == ""
    rig.idle()
    assert comparison.words


def test_showing_the_rival_itself_ends_the_comparison(rig):
    parent, _ = two(rig)
    rig.room.comparison.start(parent)
    rig.strip.show(parent)
    assert rig.room.comparison.node is None


def test_candidates_are_relatives_first(rig):
    other = rig.make(seed=9)
    parent, child = two(rig)
    assert rig.room.comparison.candidates() == [parent, other]
    assert child not in rig.room.comparison.candidates()


def test_difference_lane_is_dark_for_equal_pictures():
    lanes = WithDifference({"x0": flat(90)}, {"x0": flat(90)})
    assert lanes["difference"].max() <= 4
    assert "difference" in lanes
    assert len(lanes) == 2
    hot = flat(90)
    hot[4:8, 4:8] = 250
    shown = WithDifference({"x0": hot}, {"x0": flat(90)})["difference"]
    assert shown[5, 5].sum() > shown[0, 0].sum() + 300
    assert "difference" not in WithDifference({"noisy": flat(1)}, {"x0": flat(1)})
    assert isinstance(shown, np.ndarray)


def test_a_sharp_strip_beside_a_coarse_one_is_known(rig, monkeypatch):
    """A long take keeps its previews: its whole difference to a sharp one glows."""
    comparison = rig.room.comparison
    rig.room.polisher._quick = {rig.studio.form.request.model: True}
    short = rig.make(steps=6)
    rig.idle()
    monkeypatch.setattr(polish, "STEPS_MAX", 8)
    rig.make(steps=12)
    comparison.start(short)
    rig.idle()
    assert comparison.is_uneven
    monkeypatch.setattr(polish, "STEPS_MAX", 64)
    rig.room.polisher.consider()
    rig.idle()
    assert not comparison.is_uneven


def test_a_picture_without_a_strip_is_compared_with_every_step(rig, tmp_path):
    """It was chosen, and nothing happened."""
    rig.make()
    picture = tmp_path / "foreign.png"
    Image.fromarray(flat(200, 64)).save(picture)
    comparison = rig.room.comparison
    node = Node(id=f"file:{picture}", request=rig.strip.node.request, picture=picture,
                file=picture.with_suffix(".take"))  # fmt: skip
    comparison.start(node)
    rig.idle()
    assert comparison.node.picture == picture
    assert comparison.words.startswith("A picture without a strip")
    assert comparison.model.rowCount() == rig.strip.model.rowCount()
    lanes = comparison.model.frame(2).lanes
    assert np.array_equal(lanes["x0"], flat(200, 64))
    assert lanes["difference"].max() > 100
    assert not comparison.is_uneven
    shown = rig.strip.other()[0]
    assert np.array_equal(shown.pixels, flat(200, 64))
    picture.write_bytes(b"no picture")
    comparison.start(replace(node, id="file:again"))
    rig.idle()
    assert comparison.node.picture == picture  # the one from before
    assert rig.words[-1] == "foreign.png holds text, not a picture."
