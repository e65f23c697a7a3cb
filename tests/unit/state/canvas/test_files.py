"""Open, save, autosave and recovery of the canvas, on the real background queue."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from studio.library.project import load_project
from studio.state.canvas import masks
from studio.state.canvas.document import MASK
from studio.state.canvas.room import CanvasRoom
from tests.unit.state.conftest import make_studio

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


def test_pasted_bytes_open_and_references_are_read(room, qtbot, tmp_path) -> None:
    opened(room, qtbot, tmp_path)
    with qtbot.waitSignal(room.files.opened):
        room.files.paste((tmp_path / "in.png").read_bytes())
    with qtbot.waitSignal(room.document.references_changed):
        room.files.add_reference(tmp_path / "in.png")
    assert room.document.references[0].name == "in.png"


def test_autosave_never_touches_the_users_file(room, qtbot, tmp_path) -> None:
    opened(room, qtbot, tmp_path)
    room.files.autosave()  # nothing to save
    room.document.change("Mask", MASK, masks.filled)
    room.files.autosave()
    folder = room._studio.home.recovery
    qtbot.waitUntil(lambda: len(list(folder.glob("*.studio"))) == 1)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "in.png")), PICTURE)


def test_unsaved_work_is_kept_at_the_end_and_offered_at_the_next_start(
    room, qtbot, tmp_path, home
) -> None:
    opened(room, qtbot, tmp_path)
    room.document.change("Mask", MASK, masks.filled)
    room.files.close()
    kept = next(home.recovery.glob("*.studio"))
    kept.rename(home.recovery / "canvas-1.studio")
    later = make_studio(home)
    later.canvas = CanvasRoom(later)
    messages = later.messages
    later.canvas.files.offer_recovery()
    offer = messages.listen()[-1]
    assert offer.action is not None
    with qtbot.waitSignal(later.canvas.files.opened):
        offer.action.run()
    assert (later.canvas.document.mask == 255).all()
    assert later.canvas.document.is_modified()
    qtbot.waitUntil(lambda: not (home.recovery / "canvas-1.studio").exists())
    assert later.close()
