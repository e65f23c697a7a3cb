"""From a run to files."""

import dataclasses

import numpy as np
import pytest

from studio.engine.errors import SaveFailed
from studio.engine.request import GenerationRequest
from studio.library import saving
from studio.library.images import read_picture
from studio.library.metadata import read_settings
from studio.library.saving import facts_of, last_look, save_picture, save_take_beside
from tests.fakes import make_take, picture, snapshot

REQUEST = GenerationRequest(prompt="a fox", width=64, height=32)


def test_a_picture_under_a_fresh_name(tmp_path):
    first = save_picture(tmp_path, picture(), REQUEST)
    second = save_picture(tmp_path, picture(seed=1), REQUEST)
    assert [p.name for p in (first, second)] == ["0001.png", "0002.png"]
    assert np.array_equal(read_picture(second), picture(seed=1))


def test_a_failed_save_leaves_no_name_behind(tmp_path, monkeypatch):
    def full(path, _data):
        raise SaveFailed(f"{path.name} could not be saved: the disk is full.", "")

    monkeypatch.setattr(saving, "write_atomic", full)
    with pytest.raises(SaveFailed):
        save_picture(tmp_path, picture(), REQUEST)
    assert snapshot(tmp_path) == {}


def test_the_take_lies_beside_its_picture(tmp_path):
    path, warning = save_take_beside(tmp_path / "0007.png", make_take())
    assert (path, warning) == (tmp_path / "0007.take", "")
    assert path.exists()


def test_a_take_that_does_not_fit_is_a_warning_not_a_loss(tmp_path, monkeypatch):
    def full(*_args):
        raise SaveFailed("0007.take could not be saved: the disk is full.", "Free some space.")

    monkeypatch.setattr(saving, "save_take", full)
    path, warning = save_take_beside(tmp_path / "0007.png", make_take())
    assert path is None
    assert "filmstrip is not" in warning
    assert "disk is full" in warning


def test_the_facts_are_readable_from_the_picture(tmp_path):
    take = make_take(REQUEST, take_id="t9", parent=("t1", 4))
    path = save_picture(tmp_path, picture(), REQUEST, facts_of(take, label="kept"))
    got = read_settings(path)
    assert (got.take_id, got.parent, got.label, got.state) == ("t9", ("t1", 4), "kept", "finished")


def test_the_last_look_of_an_unfinished_run():
    take = make_take(REQUEST, steps=3)
    look = last_look(take)
    assert look.shape == (32, 64, 3)
    small = take.frames[-1].lanes["x0"]
    assert abs(float(look.mean()) - float(small.mean())) < 3
    assert last_look(dataclasses.replace(take, frames=[])) is None
