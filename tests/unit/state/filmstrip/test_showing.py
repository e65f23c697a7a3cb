"""Export and replay check."""

from __future__ import annotations

import threading

import numpy as np
from PIL import Image
from PySide6.QtTest import QSignalSpy

from studio.engine.errors import Cancelled
from studio.library import strips
from studio.library.strips import Look
from tests.fakes import make_steps


def test_export_writes_the_strip_and_tells_progress(rig, tmp_path):
    rig.make()
    progress = QSignalSpy(rig.room.exporter.progress_changed)
    with rig.qtbot.waitSignal(rig.room.exporter.export_ended, timeout=20_000) as ended:
        rig.room.exporter.export(tmp_path / "strip.png", Look(height=16))
    assert ended.args == [tmp_path / "strip.png"]
    with Image.open(tmp_path / "strip.png") as image:
        assert image.width > 7 * 16
    assert progress.count() >= 1
    assert not rig.room.exporter.is_running


def test_export_can_be_cancelled(rig, tmp_path):
    rig.make(steps=60)
    with rig.qtbot.waitSignal(rig.room.exporter.export_ended, timeout=20_000) as ended:
        rig.room.exporter.export(tmp_path / "strip.webp", Look(height=256))
        rig.room.exporter.cancel()
    assert ended.args == [None]
    assert not (tmp_path / "strip.webp").exists()


def test_cancelling_is_heard_while_an_animation_is_encoded(rig, tmp_path, monkeypatch):
    rig.make(steps=60)
    began, heard, save = threading.Event(), [], strips._encoded

    def encoded(image, kind, **options):
        began.set()
        try:
            return save(image, kind, **options)
        except Cancelled:
            heard.append(kind)
            raise

    monkeypatch.setattr(strips, "_encoded", encoded)
    rig.room.exporter.export(tmp_path / "strip.gif", Look(height=256))
    rig.qtbot.waitUntil(began.is_set, timeout=20_000)
    with rig.qtbot.waitSignal(rig.room.exporter.export_ended, timeout=20_000) as ended:
        rig.room.exporter.cancel()
    assert (ended.args, heard) == ([None], ["GIF"])
    assert list(tmp_path.glob("strip*")) == []


def test_replay_of_an_unchanged_take_is_identical(rig):
    rig.make()
    with rig.qtbot.waitSignal(rig.room.replay.checked, timeout=20_000) as checked:
        rig.room.replay.check()
    assert checked.args[0].is_identical
    assert "Identical to the last bit: 7 steps compared." in rig.words[-1]
    assert rig.library.count() == 1  # a check makes no picture


def test_replay_names_the_step_and_the_reason(rig, monkeypatch):
    rig.make()

    def other_steps(total, *, seed=0):
        steps = make_steps(total, seed=seed)
        return [*steps[:4], *make_steps(total, seed=seed + 1)[4:]]

    monkeypatch.setattr("tests.unit.state.filmstrip.rig.make_steps", other_steps)
    changed = {"device": "cuda (X)"}
    monkeypatch.setattr(type(rig.engine), "conditions", lambda self, request: changed)
    with rig.qtbot.waitSignal(rig.room.replay.checked, timeout=20_000) as checked:
        rig.room.replay.check()
    assert checked.args[0].parting.index == 4
    assert "Different from step 5 on" in rig.words[-1]
    assert "another device" in rig.words[-1]


def test_nothing_to_check(rig):
    rig.room.replay.check()
    assert "no finished take" in rig.words[-1]


def test_an_exported_strip_ends_in_the_picture_itself(rig, tmp_path):
    """Of a take of another day the last lane is only a preview."""
    rig.make()
    node = rig.strip.node
    node.pixels = np.full((64, 64, 3), (200, 10, 20), np.uint8)
    look = Look(lanes=("x0",), height=64, has_captions=False)
    with rig.qtbot.waitSignal(rig.room.exporter.export_ended, timeout=20_000):
        rig.room.exporter.export(tmp_path / "s.gif", look)
    with Image.open(tmp_path / "s.gif") as image:
        image.seek(image.n_frames - 2)
        before = np.asarray(image.convert("RGB"))[32, -32]
        image.seek(image.n_frames - 1)
        last = np.asarray(image.convert("RGB"))[32, -32]
    assert np.abs(last.astype(int) - (200, 10, 20)).max() < 12
    assert np.abs(before.astype(int) - (200, 10, 20)).max() > 12
