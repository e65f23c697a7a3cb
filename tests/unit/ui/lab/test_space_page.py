"""The page of the image space."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QPushButton

from studio.lab.figure import Ink
from studio.lab.space import Source, make_space, vector_of
from studio.state.lab.space_room import SpaceRoom, TakePath
from studio.ui.lab import space_page
from studio.ui.lab.space_page import SpaceControls, SpacePage, way_steps
from tests.fakes import picture


@pytest.fixture
def opened():
    return []


@pytest.fixture
def space(studio):
    return SpaceRoom(studio.background, studio.messages, list)


def fill(room):
    pictures = [picture(seed=i) for i in range(6)]
    room.space = make_space([(Source(f"{i}.png", lambda: None, Path(f"{i}.png")), p)
                             for i, p in enumerate(pictures)])  # fmt: skip
    import numpy as np

    vectors = np.stack([vector_of(picture(seed=20 + i)) for i in range(5)])
    room.paths = [TakePath("a", pictures[:5], vectors)]
    room.space_changed.emit()


def test_path_slider_figure_and_the_way(space, shown, opened, qtbot, monkeypatch):
    monkeypatch.setattr(space, "refresh_path", lambda: None)
    page = shown(SpacePage(space, opened.append), 600, 600)
    assert page.view.figure(Ink()) is None
    assert not page._slider.isVisible()
    fill(space)
    assert page._slider.maximum() == 4
    page._slider.setValue(2)
    assert space.at == 2
    assert "6 pictures" in page.view.figure(Ink()).note
    assert not page.view.grab().toImage().isNull()
    box, step = page.view._columns[-1]
    qtbot.mouseClick(page.view, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert space.at == step == 4
    place = page.view._viewport.px(space.space.points[[3]])[0]
    far = page.view._viewport.px(space.space.lay(space.path.vectors))
    if abs(far - place).sum(axis=1).min() > 40:
        spot = QPoint(round(place[0]), round(place[1]))
        qtbot.mouseClick(page.view, Qt.MouseButton.LeftButton, pos=spot)
        assert opened == [Path("3.png")]


def test_steps_of_the_way_keep_both_ends():
    assert way_steps(21, 8) == [0, 3, 6, 9, 11, 14, 17, 20]
    assert way_steps(3, 8) == [0, 1, 2]
    assert way_steps(50, 1) == [0, 49]


def test_controls_choose_the_set_and_the_space(space, shown, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(space, "use", asked.append)
    monkeypatch.setattr(space, "use_folder", asked.append)
    monkeypatch.setattr(space, "choose_kind", asked.append)
    page = shown(SpaceControls(space, lambda: ["a", "b"]), 340, 700)
    page.findChild(QPushButton, "labSpaceOwn").click()
    monkeypatch.setattr(space_page.QFileDialog, "getExistingDirectory",
                        lambda *args: str(tmp_path))  # fmt: skip
    page.findChild(QPushButton, "labSpaceFolder").click()
    combo = page.findChild(QComboBox, "labSpaceKind")
    combo.setCurrentIndex(combo.findData("clip"))
    combo.activated.emit(combo.currentIndex())
    assert asked == [["a", "b"], tmp_path, "clip"]
    assert "First choose pictures" in page._way.text()
    fill(space)
    assert "turns most" in page._reason.text()
    assert page._graph.isVisible()
