"""Open and save the canvas, on the real background queue."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from studio.library.project import Project, load_project, save_project
from studio.state.canvas import masks
from studio.state.canvas.document import MASK
from studio.state.canvas.room import CanvasRoom

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)


@pytest.fixture
def room(studio) -> CanvasRoom:
    studio.canvas = CanvasRoom(studio)
    return studio.canvas


def opened(room, qtbot, tmp_path) -> None:
    path = tmp_path / "in.png"
    Image.fromarray(PICTURE).save(path)
    with qtbot.waitSignal(room.files.opened):
        room.files.open(path)


def test_save_and_reopen(room, qtbot, tmp_path) -> None:
    opened(room, qtbot, tmp_path)
    room.document.change("Mask", MASK, masks.filled)
    room.edit_options(strength=0.33)
    with qtbot.waitSignal(room.files.path_changed):
        room.files.save(tmp_path / "work")
    assert room.files.path == tmp_path / "work.studio"
    assert not room.document.is_modified()
    room.document.open(np.zeros((4, 4, 3), np.uint8))
    room.edit_options(strength=0.9)
    with qtbot.waitSignal(room.files.opened):
        room.files.open(tmp_path / "work.studio")
    assert np.array_equal(room.document.picture, PICTURE)
    assert (room.document.mask == 255).all()
    assert room.options.strength == 0.33


def test_painting_during_a_save_stays_unsaved(room, qtbot, tmp_path) -> None:
    opened(room, qtbot, tmp_path)
    room.document.change("Mask", MASK, masks.filled)
    room.files.save(tmp_path / "work.studio")
    room.document.change("Mask", MASK, masks.cleared)
    qtbot.waitUntil(lambda: room.files.path is not None)
    assert room.document.is_modified()
    assert (load_project(tmp_path / "work.studio").mask == 255).all()


def test_a_picture_opened_during_a_save_is_not_the_saved_project(room, qtbot, tmp_path) -> None:
    """It got the project's path, and the next Ctrl+S put it in the project's place, unasked."""
    opened(room, qtbot, tmp_path)
    room.files.save(tmp_path / "work.studio")
    room.files.show_picture(np.zeros((4, 4, 3), np.uint8), "another")
    qtbot.waitUntil(lambda: len(room._studio.messages._waiting) == 1)  # it is saved
    assert (tmp_path / "work.studio").exists()
    assert room.files.path is None
    assert room.document.is_modified()


def test_a_failed_save_is_told_and_keeps_everything(room, qtbot, tmp_path) -> None:
    opened(room, qtbot, tmp_path)
    room.document.change("Mask", MASK, masks.filled)
    (tmp_path / "file").write_text("in the way")
    told = room._studio.messages
    told.listen()
    with qtbot.waitSignal(told.message_added):
        room.files.save(tmp_path / "file" / "work.studio")
    assert room.document.is_modified()
    assert room.files.path is None


def test_undone_and_painted_anew_during_a_save_is_unsaved(room, qtbot, tmp_path) -> None:
    opened(room, qtbot, tmp_path)
    room.document.change("Mask", MASK, masks.filled)
    room.files.save(tmp_path / "work.studio")
    room.document.undo_stack.undo()
    room.document.change("Mask", MASK, lambda mask: mask + 7)  # the same place in the history
    qtbot.waitUntil(lambda: room.files.path is not None)
    assert room.document.is_modified()


def test_a_pasted_picture_is_in_no_file(room) -> None:
    room.files.show_picture(PICTURE, "Pasted picture", is_in_file=False)
    assert room.document.is_modified()


def test_a_project_opened_over_unsaved_work_sets_it_aside(room, qtbot, tmp_path) -> None:
    opened(room, qtbot, tmp_path)
    room.document.change("Mask", MASK, masks.filled)
    save_project(tmp_path / "other.studio", Project(picture=PICTURE[:8, :8].copy()))
    messages = room._studio.messages
    messages.listen()
    with qtbot.waitSignal(messages.message_added) as told:
        room.files.open(tmp_path / "other.studio")
    assert room.document.picture.shape == (8, 8, 3)
    assert room.files.path == tmp_path / "other.studio"
    with qtbot.waitSignal(room.files.opened):
        told.args[0].action.run()
    assert (room.document.mask == 255).all()
    assert room.files.path is None  # it must not be saved over the other project


def test_references_are_read(room, qtbot, tmp_path) -> None:
    opened(room, qtbot, tmp_path)
    with qtbot.waitSignal(room.document.references_changed):
        room.files.add_reference(tmp_path / "in.png")
    assert room.document.references[0].name == "in.png"
