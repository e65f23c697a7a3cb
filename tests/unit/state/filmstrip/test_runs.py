"""The session's runs as takes in the strip."""

from __future__ import annotations

import numpy as np

from studio.engine.errors import SaveFailed, StudioError
from studio.engine.record import Stage, Status
from studio.state.filmstrip import runs
from studio.state.filmstrip.tree import NodeState


def test_a_finished_run_is_shown_and_read_from_disk(rig):
    node = rig.make()
    assert node.state is NodeState.FINISHED
    assert rig.strip.model.rowCount() == 7
    assert node.id == node.take.id
    assert node.file.exists()
    assert node.size_bytes == node.file.stat().st_size
    assert node.pixels.shape == (64, 64, 3)
    assert not isinstance(rig.strip.model.frame(0).lanes, dict)  # lazily, from the file


def test_frames_arrive_while_it_runs_and_the_take_is_live(rig):
    rig.studio.form.edit(prompt="x", steps=300, width=64, height=64)
    rig.studio.session.generate()
    rig.qtbot.waitUntil(lambda: rig.strip.model.rowCount() >= 2, timeout=20_000)
    assert rig.strip.is_live
    assert rig.strip.model.columns == 301
    rig.studio.session.stop()
    rig.idle()
    assert not rig.strip.is_live


def test_a_stopped_run_keeps_its_frames_and_its_file(rig):
    node = rig.make_stopped()
    assert node.state is NodeState.CANCELLED
    assert node.take.state == "cancelled"
    assert len(node.take.steps) == len(node.own) == rig.strip.model.rowCount()
    assert node.file is not None
    assert node.file.exists()


def test_the_last_step_of_a_stopped_run_is_decoded_sharply_by_itself(rig):
    node = rig.make_stopped()
    rig.qtbot.waitUntil(lambda: rig.strip.shown().is_sharp, timeout=10_000)
    assert not rig.strip.model.is_pinned
    assert rig.engine.decoded[0] == (node.own[-1].index, "x0")  # the others only after it


def test_nothing_is_decoded_sharply_while_a_run_is_made(rig):
    rig.studio.form.edit(prompt="x", steps=400, width=64, height=64)
    rig.studio.session.generate()
    rig.qtbot.waitUntil(lambda: rig.strip.model.rowCount() >= 2, timeout=20_000)
    rig.qtbot.wait(400)
    assert rig.engine.decoded == []
    rig.studio.session.stop()
    rig.idle()


def test_a_picture_that_could_not_be_saved_is_shown_as_it_is(rig, monkeypatch):
    """Not as the preview of its last step, enlarged."""

    def full(*_anything):
        raise SaveFailed("0001.png could not be saved: the disk is full.")

    monkeypatch.setattr(rig.studio.library, "save", full)
    rig.studio.form.edit(prompt="a", steps=6, width=64, height=64)
    rig.studio.session.generate()
    rig.idle()
    [waiting] = rig.studio.rescue._unsaved
    rig.strip.model.set_current(rig.strip.model.rowCount() - 1)
    assert np.array_equal(rig.strip.shown().pixels, waiting.picture)
    rig.studio.rescue._unsaved.clear()


def test_a_run_without_frames_leaves_nothing(rig):
    rig.studio.form.edit(prompt="x", steps=200, width=64, height=64)
    rig.studio.generation.pause(True)
    rig.studio.session.generate()
    rig.studio.generation.cancel_all()
    rig.studio.generation.pause(False)
    rig.idle()
    assert len(rig.strip.tree) == 0


def test_a_batch_does_not_take_away_the_step_that_is_looked_at(rig):
    rig.studio.form.edit(prompt="a", steps=300, width=64, height=64, seed=1, batch=2)
    rig.studio.session.generate()
    rig.qtbot.waitUntil(lambda: rig.strip.model.rowCount() >= 3, timeout=20_000)
    rig.strip.model.set_current(1)
    first = rig.strip.node
    rig.studio.session.skip()
    rig.qtbot.waitUntil(lambda: len(rig.strip.tree) == 2, timeout=20_000)
    assert rig.strip.node is first
    assert rig.strip.model.current == 1
    rig.studio.session.stop_all()
    rig.idle()


def test_generate_shows_the_new_run_even_if_a_step_was_looked_at(rig):
    first = rig.make()
    rig.strip.model.set_current(2)
    second = rig.make(seed=4)
    assert second is not first
    assert len(rig.strip.tree) == 2


def test_with_reduced_motion_the_strip_grows_by_a_few_steps_at_a_time(rig):
    rig.studio.settings.set("reduced_motion", True)
    counts = []
    rig.strip.model.rowsInserted.connect(lambda *_: counts.append(rig.strip.model.rowCount()))
    rig.make(steps=12)
    assert rig.strip.model.rowCount() == 13
    grown = [b - a for a, b in zip([0, *counts], counts, strict=False)]
    assert all(count >= 5 for count in grown[:-1])


def fail(rig, **fields):
    """Generate with an engine that fails before its first frame."""

    def broken(request, **_):
        yield Status(stage=Stage.LOADING)
        raise StudioError("The model is broken.", "Get it again.")

    rig.engine.generate = broken
    rig.make(**fields)
    del rig.engine.generate


def test_a_run_that_fails_before_its_first_frame_leaves_nothing(rig):
    fail(rig)
    assert len(rig.strip.tree) == 0
    assert rig.strip.node is None
    assert rig.strip.model.columns == 0


def test_after_a_failed_run_the_take_before_it_is_shown_again(rig):
    first = rig.make()
    fail(rig, seed=9)
    assert rig.strip.node is first
    assert rig.strip.model.rowCount() == 7
    assert [node.state for node in rig.strip.tree.nodes()] == [NodeState.FINISHED]


def test_after_a_long_run_freed_memory_is_given_back(rig, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "give_back", lambda: asked.append(1) or True)
    monkeypatch.setattr(runs, "TIDY_EVERY", 40)
    rig.make(steps=runs.TIDY_FROM - 30)
    assert asked == []
    rig.make(steps=runs.TIDY_FROM + 10)
    while_made = len(asked)
    assert while_made >= 1
    rig.qtbot.waitUntil(lambda: len(asked) > while_made, timeout=3 * runs.TIDY_DELAY_MS)
