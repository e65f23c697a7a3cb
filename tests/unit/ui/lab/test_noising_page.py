"""The page that noises a picture."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QPushButton, QSlider

from studio.library.metadata import write_png
from studio.state.lab.noising_room import NoisingRoom, Trial
from studio.ui.lab import noising_page
from studio.ui.lab.noising_page import NoisingControls, NoisingView, change_picture
from tests.fakes import picture


def make_room(ready):
    return NoisingRoom(ready.session, ready.generation, ready.messages, ready.engine,
                       ready.background)  # fmt: skip


def test_what_changed_is_amber(ready):
    original, trial = picture(), Trial(0.5)
    assert change_picture(original, trial) is None
    trial.result = original.copy()
    trial.result[:8] = 255 - trial.result[:8]
    shown = change_picture(original, trial).astype(int)
    warmth = shown[..., 0] - shown[..., 2]
    assert warmth[8:].max() == 0
    assert warmth[:8].mean() > 40


def test_choose_and_start(ready, shown, qtbot, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(write_png(picture(80, 64)))
    room = make_room(ready)
    page = shown(NoisingControls(room, lambda: path), 340, 600)
    start = page.findChild(QPushButton, "labNoisingStart")
    assert not start.isEnabled()
    page.findChild(QPushButton, "labNoisingNewest").click()
    qtbot.waitUntil(start.isEnabled)
    qtbot.waitUntil(lambda: room.is_running)  # a picture that is taken is noised at once
    page.findChild(QDoubleSpinBox, "labNoisingSpin").setValue(0.8)
    assert room.strengths == (0.25, 0.75, 0.8, 1.0)
    assert page.findChild(QSlider, "labNoisingSlider").value() == 80
    start.click()
    qtbot.waitUntil(lambda: not room.is_running, timeout=20_000)
    assert all(trial.result is not None for trial in room.trials)
    monkeypatch.setattr(noising_page.QFileDialog, "getOpenFileName", lambda *args: (str(path), ""))
    page.findChild(QPushButton, "labNoisingOpen").click()
    qtbot.waitUntil(lambda: room.is_running)
    room.stop()
    page.newest = None


def test_the_view_paints_every_state(ready, shown):
    room = make_room(ready)
    view = shown(NoisingView(room), 500, 420)
    empty = view.grab().toImage()
    room.take(picture())
    chosen = view.grab().toImage()
    room.trials = [Trial(0.25, noisy=picture(16, 16), guess=picture(16, 16), result=picture()),
                   Trial(1.0, has_failed=True)]  # fmt: skip
    room.trials_changed.emit()
    assert len({empty.cacheKey(), chosen.cacheKey()}) == 2
    assert view.grab().toImage() != chosen
