"""The strip's model: rows, scrub position, following, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy

from studio.library.lanes import StoredLanes
from studio.state.filmstrip.loading import picture_frame
from studio.state.filmstrip.model import (
    BUDGET_BYTES,
    FilmstripModel,
    FrameRole,
    PackedLanes,
    fitting,
)
from tests.unit.state.filmstrip.frames import make_frames
from tests.unit.state.filmstrip.rig import flat


@pytest.fixture
def model(qapp):
    return FilmstripModel()


def test_is_a_sound_qt_model(model, qtmodeltester):
    tester = QAbstractItemModelTester(model)
    model.begin(8)
    model.append(make_frames(8, count=3))
    model.append(make_frames(8)[3:])
    model.show_frames(make_frames(4))
    model.show_frames(())
    assert tester.model() is model


def test_rows_grow_and_say_which_step(model):
    model.begin(8)
    assert (model.rowCount(), model.columns, model.current) == (0, 9, -1)
    model.append(make_frames(8, count=3))
    assert model.rowCount() == 3
    assert model.data(model.index(2)) == "Step 3 of 8 · σ 8.21 · 41 ms"
    assert model.data(model.index(2), FrameRole) is model.frame(2)
    assert model.rowCount(model.index(0)) == 0
    assert model.data(QModelIndex()) is None


def test_position_follows_the_newest_until_the_user_chooses(model):
    frames = make_frames(8)
    model.begin(8)
    model.append(frames[:3])
    assert model.current == 2
    model.set_current(1)
    model.append(frames[3:5])
    assert model.current == 1
    assert model.is_pinned
    model.follow()
    assert model.current == 4
    model.append(frames[5:])
    assert model.current == 8
    assert model.current_frame is model.frame(8)


def test_position_is_clamped_and_signalled_once(model):
    model.show_frames(make_frames(4))
    spy = QSignalSpy(model.current_changed)
    model.set_current(99)  # already at the end
    model.set_current(-3)
    model.set_current(0)
    assert [spy.at(i)[0] for i in range(spy.count())] == [0]


def test_nothing_to_scrub_in_an_empty_strip(model):
    model.set_current(3)
    assert model.current == -1
    assert not model.is_pinned
    assert model.current_frame is None


def test_another_take_is_not_pinned(model):
    model.show_frames(make_frames(4))
    model.set_current(1)
    model.show_frames(make_frames(6))
    assert (model.current, model.total, model.is_pinned) == (6, 6, False)


def test_row_of_finds_the_step_or_the_one_before(model):
    model.show_frames(make_frames(8)[3:])  # a fork's strip may begin later
    assert model.row_of(3) == 0
    assert model.row_of(5) == 2
    assert model.row_of(0) == 0


def test_a_thousand_steps_stay_within_the_budget():
    frame = make_frames(1000, count=2, size=128)[1]
    small = fitting(frame)
    assert isinstance(small.lanes, PackedLanes)
    assert small.lanes.nbytes * 1001 <= BUDGET_BYTES
    assert set(small.lanes) == set(frame.lanes)
    away = small.lanes["x0"].astype(int) - frame.lanes["x0"]
    assert np.abs(away).mean() < 3  # to the eye the same
    assert fitting(small) is small
    short = make_frames(20, count=1, size=128)[0]
    assert fitting(short) is short


def test_damaged_previews_do_not_stop_the_strip(model):
    def broken(begin, end):
        return b"no jpeg"

    frame = make_frames(4)[0]
    bad = replace(frame, lanes=StoredLanes({"x0": (0, 7)}, broken))
    model.show_frames([bad, *make_frames(4)[1:]])
    assert model.aspect == 1.0


def test_a_picture_without_a_strip_has_one_place(qapp):
    model = FilmstripModel()
    model.show_frames([picture_frame(flat(7))])
    assert (model.rowCount(), model.columns) == (1, 1)
