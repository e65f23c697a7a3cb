"""The grid of found pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QMenu

from studio.concepts.search import Found, Hit
from studio.ui.concepts.hits_view import SIDE, HitsView
from studio.ui.concepts.keeping import KeepDialog
from tests.unit.state.concepts.conftest import hit


@pytest.fixture
def view(room, thumbs, qtbot):
    view = HitsView(room, thumbs)
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.show()
    room.hits.show_found(Found(tuple(hit(n, 9 - n) for n in range(1, 8)), 7, 1, 2, 0, None, 0.0))
    return view


@pytest.mark.parametrize("width", [300, 700, 1131])
def test_cells_fill_the_width(view, width):
    view.resize(width, 500)
    room = view.viewport().width()
    side = view.gridSize().width()
    assert SIDE <= side <= room
    assert room - side * (room // side) < room // side + 2


def test_nothing_chosen_means_all_for_a_collection_and_none_for_naming(view, room):
    view.name_these()
    assert room.bar.text == ""
    view.keep_these()
    dialog = view.findChild(KeepDialog, "collectionDialog")
    assert "7 pictures" in dialog.labelText()


def test_chosen_pictures_are_named_together(view, room):
    for row in (0, 2):
        view.selectionModel().select(
            room.hits.index(row), view.selectionModel().SelectionFlag.Select
        )
    view.name_these()
    assert [(term.value, term.factor) for term in room.bar.terms] == [
        ("/p/1.png", 0.5), ("/p/3.png", 0.5),
    ]  # fmt: skip


def test_the_menu_is_there_for_chosen_pictures_only(view, room, qtbot):
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QContextMenuEvent

    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(5, 5))
    view.contextMenuEvent(event)
    assert view.findChild(QMenu) is None
    view.setCurrentIndex(room.hits.index(0))
    view.contextMenuEvent(event)
    menu = view.findChild(QMenu)
    assert [action.text() for action in menu.actions()] == [
        "More like this", "Less like this", "Name these in words", "Keep as a collection…",
    ]  # fmt: skip
    menu.close()


def test_a_double_click_shows_the_picture(view, room, monkeypatch):
    opened = []
    monkeypatch.setattr(room.studio.filmstrip, "open_picture", opened.append)
    view.activated.emit(room.hits.index(1))
    assert [path.name for path in opened] == ["2.png"]


def test_a_double_click_on_a_step_goes_to_that_step(view, room, monkeypatch, tmp_path):
    opened, files = [], []
    strip = room.studio.filmstrip
    monkeypatch.setattr(strip, "open_picture", lambda *where: opened.append(where))
    monkeypatch.setattr(strip, "open_file", files.append)
    (tmp_path / "1.png").touch()
    items = [replace(hit(n, 5).item, file=str(tmp_path / f"{n}.take"), part=7) for n in (1, 2)]
    room.hits.show_found(Found(tuple(Hit(item, 0.5, 5.0) for item in items), 2, 1, 2, 0, None, 0.0))
    for row in range(2):
        view.activated.emit(room.hits.index(row))
    assert opened == [(tmp_path / "1.png", 7)]
    assert files == [tmp_path / "2.take"]  # its picture is gone
