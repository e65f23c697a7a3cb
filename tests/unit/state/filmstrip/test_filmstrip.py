"""What is shown, how large and how sharp; opening takes from disk."""

from __future__ import annotations

import re

import pytest

from studio.library.forks import CannotFork


def test_scrubbing_shows_the_preview_at_once_and_the_decode_soon(rig):
    rig.make()
    rig.strip.model.set_current(2)
    shown = rig.strip.shown()
    assert not shown.is_sharp
    assert (shown.width, shown.height) == (64, 64)
    assert shown.caption == "Step 3 of 6 · σ 6.67 · predicted picture"
    with rig.qtbot.waitSignal(rig.strip.sharp.decoded, timeout=10_000):
        pass
    assert rig.strip.shown().is_sharp
    assert rig.strip.shown().pixels.shape == (64, 64, 3)


def test_fast_scrubbing_decodes_the_last_step_only(rig):
    node = rig.make()
    rig.room.polisher._quick = {node.request.model: False}  # it would go on with the others
    for row in (1, 2, 3, 4):
        rig.strip.model.set_current(row)
    with rig.qtbot.waitSignal(rig.strip.sharp.decoded, timeout=10_000):
        pass
    rig.idle()
    assert rig.engine.decoded == [(4, "x0")]


def test_the_last_frame_is_the_saved_picture_itself(rig):
    node = rig.make()
    shown = rig.strip.shown()
    assert shown.pixels is node.pixels
    assert shown.caption == "Picture"


def test_another_lane_is_shown_large(rig):
    rig.make()
    rig.strip.model.set_current(1)
    rig.strip.set_lane("noisy")
    assert rig.strip.shown().caption.endswith("noisy")
    rig.strip.set_lane("nonsense")
    assert rig.strip.lane == "noisy"


def test_a_and_b(rig):
    rig.make()
    assert rig.strip.other() is None
    rig.strip.model.set_current(1)
    rig.strip.toggle_ab()
    rig.strip.model.set_current(4)
    picture, label = rig.strip.other()
    assert label == "A  Step 2 of 6"
    assert (picture.pixels == rig.strip.picture_of(rig.strip.node, rig.strip.model.frame(1),
                                                   "x0").pixels).all()  # fmt: skip
    rig.strip.toggle_ab()
    assert rig.strip.other() is None


def test_opens_a_picture_weeks_later(rig):
    node = rig.make()
    picture = node.picture
    rig.strip.tree.remove([node])
    rig.strip.clear()
    assert rig.strip.shown() is None
    rig.strip.open_picture(picture)
    rig.idle()
    assert rig.strip.node.id == node.id
    assert rig.strip.model.rowCount() == 7
    take, step = rig.strip.step(rig.strip.node, 3)
    assert (take.id, step.index) == (node.id, 3)


def test_of_many_pictures_wished_for_the_last_one_is_shown(rig):
    """The newest is read first: the older ones came after it, and the oldest stayed."""
    nodes = [rig.make() for _ in range(4)]
    rig.strip.tree.remove(nodes[:3])
    rig.strip.clear()
    rig.studio.background.pause(True)
    for node in nodes[:3]:
        rig.strip.open_picture(node.picture)
    rig.studio.background.pause(False)
    rig.idle()
    assert rig.strip.node.id == nodes[2].id
    rig.strip.tree.remove([rig.strip.node])
    rig.strip.open_picture(nodes[0].picture)  # to be read
    rig.strip.open_picture(nodes[3].picture)  # known, and so shown at once
    assert rig.strip.node.id == nodes[3].id
    rig.idle()
    assert rig.strip.node.id == nodes[3].id


@pytest.mark.parametrize("harm", ["truncated", "garbage", "missing"])
def test_a_hostile_take_gets_a_message_and_the_picture_still_opens(rig, harm):
    node = rig.make()
    picture, file = node.picture, node.file
    rig.strip.tree.remove([node])
    rig.strip.clear()
    data = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(data[: len(data) // 3] if harm == "truncated" else b"\xff" * 9000)
    before = len(rig.said)
    rig.strip.open_picture(picture)
    rig.idle()
    # A picture may simply have no take; a broken one is told.
    assert len(rig.said) == before + (harm != "missing")
    assert rig.words[before:] == [] or file.name in rig.words[-1]
    shown = rig.strip.shown()
    assert shown is not None
    assert shown.pixels.shape == (64, 64, 3)
    assert shown.is_sharp


def test_a_take_that_is_damaged_in_its_middle_is_told_when_it_is_opened(rig):
    """The window met the broken frame first: a traceback, and not even the picture was seen."""
    node = rig.make()
    rig.strip.tree.remove([node])
    rig.strip.clear()
    data = node.file.read_bytes()
    at = [found.start() for found in re.finditer(rb"timestep", data)][3]
    node.file.write_bytes(data[:at] + b"timestap" + data[at + 8 :])
    rig.strip.open_picture(node.picture)
    rig.idle()
    assert "step 3 makes no sense" in rig.words[-1]
    assert rig.strip.shown().pixels.shape == (64, 64, 3)


def test_steps_of_a_take_with_previews_only_are_refused_in_words(rig):
    node = rig.make()
    rig.library.keep_takes("previews")
    rig.strip.tree.remove([node])
    rig.strip.open_picture(node.picture)
    rig.idle()
    assert not rig.strip.node.has_steps
    with pytest.raises(CannotFork, match="preview"):
        rig.strip.step(rig.strip.node, 2)
