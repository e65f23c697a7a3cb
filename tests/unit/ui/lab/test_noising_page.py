"""The page that noises a picture."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from studio.library.metadata import write_png
from studio.state.lab.noising_room import NoisingRoom, Trial
from studio.ui.lab import noising_page
from studio.ui.lab.noising_page import NoisingPage, NoisingView
from tests.fakes import picture


def test_choose_and_start(ready, shown, qtbot, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(write_png(picture(80, 64)))
    room = NoisingRoom(ready.session, ready.generation, ready.messages)
    page = shown(NoisingPage(room, lambda: path), 700, 600)
    start = page.findChild(QPushButton, "labNoisingStart")
    assert not start.isEnabled()
    page.findChild(QPushButton, "labNoisingNewest").click()
    assert start.isEnabled()
    start.click()
    qtbot.waitUntil(lambda: not room.is_running, timeout=20_000)
    assert all(trial.result is not None for trial in room.trials)
    monkeypatch.setattr(noising_page.QFileDialog, "getOpenFileName", lambda *args: (str(path), ""))
    page.findChild(QPushButton, "labNoisingOpen").click()
    assert room.trials == []


def test_the_view_paints_every_state(ready, shown):
    room = NoisingRoom(ready.session, ready.generation, ready.messages)
    view = shown(NoisingView(room), 500, 420)
    empty = view.grab().toImage()
    room.take(picture())
    chosen = view.grab().toImage()
    room.trials = [Trial(0.25, noisy=picture(16, 16), guess=picture(16, 16), result=picture()),
                   Trial(1.0, has_failed=True)]  # fmt: skip
    room.trials_changed.emit()
    assert len({empty.cacheKey(), chosen.cacheKey()}) == 2
    assert view.grab().toImage() != chosen
