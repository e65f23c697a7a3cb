"""Real decodes in the strip, where they are quick."""

from __future__ import annotations

import pytest

from studio.state.filmstrip import polish
from tests.unit.state.filmstrip.rig import flat


@pytest.fixture
def quick(monkeypatch):
    """FakeEngine's runs tell no decoding time; count any decoder as quick or slow by hand."""

    def learn(rig, is_quick):
        rig.room.polisher._quick = {rig.studio.form.request.model: is_quick}

    return learn


def test_a_quick_decoder_sharpens_the_whole_strip(rig, quick):
    quick(rig, True)
    node = rig.make()
    rig.room.polisher.consider()
    rig.idle()
    assert {index for index, lane in rig.engine.decoded if lane == "x0"} == set(range(7))
    assert rig.strip.model.frame(2).lanes["x0"].shape == (64, 64, 3)
    assert rig.strip.model.frame(2).lanes["delta"].shape == (32, 32, 3)  # heat maps as they were
    assert rig.strip.model.frame(6).lanes["noisy"].shape == (64, 64, 3)  # nothing noisy is left
    assert rig.strip.model.current == 6
    rig.room.polisher.consider()
    rig.idle()
    lanes = [lane for _, lane in rig.engine.decoded]
    assert lanes[:7] == ["x0"] * 7  # what is looked at most comes first
    assert {lane: lanes.count(lane) for lane in set(lanes)} == {
        "x0": 7, "cond": 6, "uncond": 6, "noisy": 6,
    }  # fmt: skip
    assert rig.strip.model.frame(2).lanes["cond"].shape == (64, 64, 3)
    kept = sum(len(b) for b in node.own[3].lanes._over._encoded.values())
    assert kept < 64 * 64 * 3  # of three or four pictures: packed
    assert node.own[3].lanes["x0"].shape == (64, 64, 3)


def test_a_slow_decoder_is_left_in_peace(rig, quick):
    quick(rig, False)
    rig.make()
    rig.room.polisher.consider()
    rig.idle()
    assert rig.engine.decoded == []


def test_a_decoder_that_proves_slow_is_asked_once(rig, quick, monkeypatch):
    monkeypatch.setattr(polish, "QUICK_SECONDS", -1.0)
    quick(rig, True)
    rig.make()
    rig.room.polisher.consider()
    rig.idle()
    assert len(rig.engine.decoded) == 1


def test_learns_from_the_runs_own_clock(rig):
    class Ended:
        def __init__(self, seconds):
            self.request = rig.studio.form.request
            self.job = self
            self.result = self
            self.seconds = {"Developing the picture": seconds}

    rig.room.polisher._on_run_ended(Ended(3.0))
    assert rig.room.polisher._quick == {rig.studio.form.request.model: False}
    rig.room.polisher._on_run_ended(Ended(0.6))  # a busy machine: the decodes themselves will tell
    assert rig.room.polisher._quick == {rig.studio.form.request.model: True}


def test_long_and_large_takes_are_left_as_they_are(rig, quick):
    quick(rig, True)
    rig.make(steps=polish.STEPS_MAX + 2)
    rig.idle()
    rig.make(width=512, height=512)
    rig.idle()
    assert rig.engine.decoded == []


def test_overlaid_lanes():
    lanes = polish.Overlaid({"x0": flat(1), "noisy": flat(2)}, {"x0": flat(9)})
    assert lanes["x0"][0, 0, 0] == 9
    assert lanes["noisy"][0, 0, 0] == 2
    assert list(lanes) == ["x0", "noisy"]
    assert "cond" not in lanes


def test_a_take_that_is_compared_is_sharpened_too(rig, quick):
    """Two equal takes differed by the blur of the one that had not been sharpened."""
    quick(rig, False)
    other = rig.make()
    shown = rig.make(seed=8)
    quick(rig, True)
    rig.room.polisher._done[shown.id] = len(polish.PASSES)  # sharpened when it was made
    rig.room.comparison.start(other)
    assert rig.room.comparison.model.frame(2).lanes["x0"].shape == (32, 32, 3)
    rig.idle()
    row = rig.room.comparison.model.frame(2)
    assert row.lanes["x0"].shape == (64, 64, 3)
    assert "difference" in row.lanes


def test_a_strip_of_another_day_is_sharpened_once_its_decoder_is_at_hand(rig):
    """No run had told how quick the decoder is: it stayed blurred for the whole session."""
    rig.make()
    with rig.qtbot.waitSignal(rig.strip.sharp.decoded, timeout=10_000):
        rig.strip.model.set_current(3)
    rig.idle()
    assert rig.strip.model.frame(1).lanes["x0"].shape == (64, 64, 3)
