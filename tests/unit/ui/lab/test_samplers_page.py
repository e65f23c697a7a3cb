"""The page of samplers compared."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton

from studio.state.lab.samplers_room import RECIPES, SamplersRoom, Strip
from studio.ui.lab.samplers_page import SamplersControls, SamplersView
from tests.fakes import make_frame, picture


@pytest.fixture
def opened():
    return []


@pytest.fixture
def room(ready, opened):
    return SamplersRoom(ready.session, ready.generation, ready.messages, ready.engine,
                        ready.background, opened.append)  # fmt: skip


def test_rows_are_aligned_by_noise_and_open_their_takes(room, shown, opened, qtbot, tmp_path):
    view = shown(SamplersView(room), 700, 500)
    empty = view.grab().toImage()
    few, many = Strip(RECIPES[2]), Strip(RECIPES[4])
    for strip, count in ((few, 5), (many, 20)):
        strip.frames = [make_frame(i, count, lanes=("x0", "noisy")) for i in range(count + 1)]
        strip.picture, strip.path = picture(seed=count), tmp_path / f"{count}.png"
    room.strips = [few, many]
    room.strips_changed.emit()
    assert view.grab().toImage() != empty
    cells = [(box.x(), words) for box, _, words in view._cells]
    columns = sorted({x for x, _ in cells})
    assert len(columns) == room.columns + 1
    assert len(cells) == 2 * len(columns)
    words = [text for _, text in cells if text.startswith("DDIM, step")]
    assert len(set(words[: room.columns])) < room.columns  # five steps last over several levels
    assert len(set(words[room.columns :])) > len(set(words[: room.columns]))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=view._rows[1].center().toPoint())
    assert opened == [tmp_path / "20.png"]


def test_a_wider_view_shows_more_levels(room, shown):
    view = shown(SamplersView(room), 500, 400)
    few = room.columns
    view.resize(900, 400)
    assert room.columns > few


def test_controls_choose_and_compare(room, shown, ready, qtbot):
    page = shown(SamplersControls(room), 340, 700)
    checks = page.findChildren(QCheckBox)
    assert [check.isChecked() for check in checks] == [at in room.chosen
                                                       for at in range(len(RECIPES))]  # fmt: skip
    flow = next(at for at, recipe in enumerate(RECIPES) if recipe.is_flow)
    assert not checks[flow].isEnabled()
    assert page._no_flow.isVisible()
    for at in list(room.chosen):
        checks[at].click()
    checks[2].click()
    assert room.chosen == {2}
    words = page.findChild(QComboBox, "labSamplersWords")
    words.setCurrentIndex(1)
    words.activated.emit(1)
    assert not room.has_words
    page.findChild(QPushButton, "labSamplersStart").click()
    assert page.findChild(QPushButton, "labSamplersStop").isEnabled()
    qtbot.waitUntil(lambda: not room.is_running, timeout=20_000)
    assert [r.sampler for r in ready.engine.requests] == ["DDIM"]
    lane = page.findChild(QComboBox, "labSamplersLane")
    lane.setCurrentIndex(1)
    lane.activated.emit(1)
    assert room.lane == "noisy"
