"""What the laboratory gives to the window."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog, QMainWindow

from studio.ui.actions import Actions
from studio.ui.lab import panels


@pytest.fixture
def built(studio, qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = Actions(window)
    return panels.build_panels(studio, actions), actions


def test_three_panels_of_one_workspace(built, studio):
    made, actions = built
    assert [panel.name for panel in made] == ["lab", "labcontrols", "labtours"]
    assert all(panel.workspaces == {"laboratory"} for panel in made)
    widgets = [panel.build() for panel in made]
    assert widgets[0].objectName() == "labPanel"
    assert {"lab.play", "lab.save", "lab.train"} <= {entry.id for entry in actions.entries()}
    assert studio.lab.board.view == "data"
    for widget in widgets:
        widget.deleteLater()


@pytest.mark.parametrize("view", ["noising", "samplers", "grid", "space"])
def test_pages_on_pictures_are_saved_too(built, studio, monkeypatch, tmp_path, view):
    made, actions = built
    page = made[0].build()
    page.resize(400, 300)
    studio.lab.change(view=view)
    for name, start in (("a.svg", b"<"), ("b.png", b"\x89PNG")):
        path = tmp_path / name
        monkeypatch.setattr(QFileDialog, "getSaveFileName",
                            lambda *args, path=path: (str(path), ""))  # fmt: skip
        actions["lab.save"].trigger()
        assert path.read_bytes().startswith(start)
        assert b"<svg" in path.read_bytes() or name == "b.png"
    page.deleteLater()


def test_a_figure_is_saved_under_the_chosen_name(built, studio, monkeypatch, tmp_path):
    made, actions = built
    page = made[0].build()
    for name, start in (("a.svg", b"<svg"), ("b.png", b"\x89PNG")):
        path = tmp_path / name
        monkeypatch.setattr(QFileDialog, "getSaveFileName",
                            lambda *args, path=path: (str(path), ""))  # fmt: skip
        actions["lab.save"].trigger()
        assert path.read_bytes().startswith(start)
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda *args: (str(tmp_path / "c.bmp"), ""))  # fmt: skip
    actions["lab.save"].trigger()
    assert (tmp_path / "c.bmp.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "c.bmp").exists()
    page.deleteLater()


def test_a_film_is_written_in_the_background(built, studio, monkeypatch, tmp_path, qtbot):
    made, actions = built
    page = made[0].build()
    path = tmp_path / "film.gif"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    said = []
    studio.messages.message_added.connect(said.append)
    actions["lab.film"].trigger()
    qtbot.waitUntil(path.exists, timeout=20_000)
    qtbot.waitUntil(lambda: studio.background.running is None)
    assert path.read_bytes().startswith(b"GIF")
    page.deleteLater()


def test_a_clicked_strip_opens_its_take_and_shows_the_way_there(studio, qtbot, tmp_path):
    window = QMainWindow()
    qtbot.addWidget(window)
    actions, triggered = Actions(window), []
    desk = panels.LabDesk(panels.LabRoom(studio.messages, studio), studio, actions)
    desk._to_generate()  # no such action here: nothing happens
    actions.add("view.generate", "Generate", lambda: triggered.append(1))
    desk._open_picture(tmp_path / "a.png")
    message = studio.messages._waiting[-1]
    assert "take is open" in message.text
    message.action.run()
    assert triggered == [1]
