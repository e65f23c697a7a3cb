"""Collections get their names in a small dialog that holds nothing up."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio.ui.concepts.keeping import KeepDialog, keep_pictures
from tests.unit.state.concepts.test_room import said


def test_pictures_are_kept_under_the_chosen_name(room, qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    room.bar.type_text("hat - beard")
    room.kept.keep_collection("old", ["/x.png"])
    keep_pictures(parent, room, ["/a.png", "/b.png"])
    dialog = parent.findChild(KeepDialog, "collectionDialog")
    assert dialog.comboBoxItems() == ["hat - beard", "old"]
    dialog.setTextValue("old")
    dialog.accept()
    assert room.kept.collections["old"] == ["/x.png", "/a.png", "/b.png"]
    assert "3 pictures" in said(room)


def test_nothing_to_keep_asks_nothing(room, qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    keep_pictures(parent, room, [])
    assert parent.findChild(KeepDialog) is None
