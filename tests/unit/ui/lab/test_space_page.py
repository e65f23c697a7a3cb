"""The page of the image space."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton

from studio.lab.figure import Ink
from studio.lab.space import make_space
from studio.state.lab.space_room import SpaceRoom
from studio.ui.lab import space_page
from studio.ui.lab.space_page import SpacePage
from tests.fakes import make_frame, picture


@pytest.fixture
def space(studio):
    return SpaceRoom(
        studio.background, studio.messages, lambda: [make_frame(i, 4) for i in range(5)]
    )


def test_path_slider_and_figure(space, shown):
    page = shown(SpacePage(space, list), 600, 600)
    assert page.view.figure(Ink()) is None
    space.space = make_space([(f"{i}.png", picture(seed=i)) for i in range(6)])
    space.refresh_path()
    assert page._slider.maximum() == 4
    page._slider.setValue(2)
    assert space.at == 2
    assert "step 2" in page.view.figure(Ink()).note
    assert not page.view.grab().toImage().isNull()


def test_buttons_read_the_library_or_a_folder(space, shown, tmp_path, monkeypatch):
    asked = []
    space.use = asked.append
    space.use_folder = asked.append
    page = shown(SpacePage(space, lambda: ["a", "b"]), 600, 500)
    page.findChild(QPushButton, "labSpaceOwn").click()
    monkeypatch.setattr(space_page.QFileDialog, "getExistingDirectory",
                        lambda *args: str(tmp_path))  # fmt: skip
    page.findChild(QPushButton, "labSpaceFolder").click()
    assert asked == [["a", "b"], tmp_path]
