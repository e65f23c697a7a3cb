"""Forking from the strip."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.errors import StudioError
from studio.engine.request import Inpaint
from studio.state.filmstrip.tree import NodeState


def test_a_fork_leaves_from_the_step_under_the_scrubber(rig):
    parent = rig.make()
    rig.strip.model.set_current(2)
    request, index = rig.forks.source()
    assert (request.prompt, index) == ("a hat", 2)
    run = rig.forks.fork({"prompt": "a crown"})
    rig.idle()
    child = rig.strip.node
    assert run.request.parent == child.parent == (parent.id, 2)
    assert child.request.prompt == "a crown"
    assert child.own[0].index == 2
    assert [f.index for f in rig.strip.model.frames] == list(range(7))  # the parent's, then its own
    assert rig.strip.tree.title(child) == "hat → crown"


def test_a_fork_of_an_inherited_step_forks_the_parent(rig):
    parent = rig.make()
    rig.strip.model.set_current(4)
    rig.forks.fork({"prompt": "a crown"})
    rig.idle()
    rig.strip.model.set_current(1)  # before the fork: the parent's step
    rig.forks.fork({"guidance_scale": 2.0})
    rig.idle()
    assert rig.strip.node.parent == (parent.id, 1)
    assert rig.strip.node.request.prompt == "a hat"


def test_a_stopped_take_goes_on(rig):
    node = rig.make_stopped()
    last = node.take.steps[-1].index
    rig.forks.continue_take()
    rig.idle()
    assert rig.strip.node.parent == (node.id, last)
    assert rig.strip.node.state is NodeState.FINISHED
    assert rig.strip.model.frames[-1].index == 400
    assert rig.strip.tree.title(rig.strip.node) == "continued"


def test_more_steps_doubles_the_rest(rig):
    rig.make()
    rig.strip.model.set_current(2)
    run = rig.forks.more_steps()
    rig.idle()
    assert run.request.steps == 2 + 2 * 4


def test_what_cannot_be_forked_is_said(rig):
    with pytest.raises(StudioError, match="no step"):
        rig.forks.source()
    assert rig.forks.fork({}) is None
    rig.make()
    rig.strip.model.follow()  # the finished picture
    assert rig.forks.fork({}) is None
    assert "finished here" in rig.words[-1]
    rig.strip.model.set_current(2)
    assert rig.forks.fork({"guidance_scale": -4.0}) is None
    assert "out of range" in rig.words[-1]


def test_a_running_take_says_that_it_is_not_ready(rig):
    rig.studio.form.edit(prompt="x", steps=300, width=64, height=64)
    rig.studio.session.generate()
    rig.qtbot.waitUntil(lambda: rig.strip.model.rowCount() >= 3, timeout=20_000)
    with pytest.raises(StudioError, match="still being made"):
        rig.forks.source()
    rig.studio.session.stop()
    rig.idle()


def test_the_canvas_offers_its_mask(rig):
    rig.make()
    rig.strip.model.set_current(2)
    assert not rig.forks.has_mask()
    picture, mask = np.zeros((64, 64, 3), np.uint8), np.full((64, 64), 255, np.uint8)

    def offered():
        return picture, Inpaint(mask=mask)

    rig.forks.mask_source = offered
    assert rig.forks.has_mask()
    run = rig.forks.fork({"inpaint": True})
    rig.idle()
    assert run.request.inpaint.mask is mask
    assert run.request.image is picture
