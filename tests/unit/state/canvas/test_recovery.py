"""Unsaved work is kept, offered and brought back; nothing is removed too early."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from studio.engine.errors import SaveFailed
from studio.library.project import Project, load_project, save_project
from studio.state import closing
from studio.state.canvas import masks, recovery
from studio.state.canvas.document import MASK
from studio.state.canvas.room import CanvasRoom
from studio.state.messages import Level
from tests.unit.state.conftest import make_studio

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)


@pytest.fixture
def room(studio) -> CanvasRoom:
    studio.canvas = CanvasRoom(studio)
    studio.canvas.document.open(PICTURE)
    return studio.canvas


@pytest.fixture
def later(home):
    """Start the program again."""
    made = []

    def make() -> CanvasRoom:
        studio = make_studio(home)
        studio.canvas = CanvasRoom(studio)
        studio.messages.listen()
        studio.told = []
        studio.messages.message_added.connect(studio.told.append)
        made.append(studio)
        return studio.canvas

    yield make
    for studio in made:
        assert studio.close()


def files_of(home) -> list[str]:
    return sorted(path.name.split("-")[0] for path in home.recovery.glob("*.studio"))


def leave(home, name: str, value: int, age: float = 0.0) -> None:
    """An earlier run's file; its mask tells it from others."""
    path = home.recovery / f"{name}.studio"
    save_project(path, Project(picture=PICTURE, mask=np.full(PICTURE.shape[:2], value, np.uint8)))
    os.utime(path, (time.time() - age, time.time() - age))


def test_autosave_writes_only_unsaved_work(room, qtbot, home) -> None:
    room.files.recovery.autosave()
    room.document.change("Mask", MASK, masks.filled)
    room.files.recovery.autosave()
    qtbot.waitUntil(lambda: files_of(home) == ["canvas"])
    room.document.undo_stack.undo()
    room.files.recovery.close()
    assert files_of(home) == []


def test_what_was_kept_comes_back_by_itself(room, qtbot, home, later) -> None:
    room.document.change("Mask", MASK, masks.filled)
    room.files.recovery.close()
    assert files_of(home) == ["kept"]
    again = later()
    with qtbot.waitSignal(again.files.opened):
        again.files.recovery.begin()
    assert (again.document.mask == 255).all()
    assert again.document.is_modified()
    qtbot.waitUntil(lambda: files_of(home) == ["canvas"])  # written anew before it was removed
    assert "as you left it" in again._studio.told[-1].text


def test_what_a_crash_left_is_offered_and_others_stay(qtbot, home, later) -> None:
    leave(home, "canvas-1", 10, age=20)
    leave(home, "canvas-2", 20)
    room = later()
    room.files.recovery.begin()
    assert room.document.is_empty()
    assert room._studio.told[-1].level is Level.WARNING  # stays until it is answered
    with qtbot.waitSignal(room.files.opened):
        room._studio.told[-1].action.run()
    assert (room.document.mask == 20).all()
    assert "One older canvas" in room._studio.told[-1].text
    qtbot.waitUntil(lambda: not (home.recovery / "canvas-2.studio").exists())
    with qtbot.waitSignal(room.files.opened):
        room._studio.told[-1].action.run()
    # What was on the canvas has been set aside, not lost.
    aside = next(home.recovery.glob("aside-*.studio"))
    assert (load_project(aside).mask == 20).all()


def test_quick_painters_are_not_overrun(qtbot, home, later) -> None:
    leave(home, "kept-1", 10)
    room = later()
    room.files.recovery.begin()
    room.document.open(PICTURE)
    room.document.change("Mask", MASK, masks.filled)
    qtbot.waitUntil(lambda: bool(room._studio.told))
    assert (room.document.mask == 255).all()
    assert room._studio.told[-1].action is not None
    assert (home.recovery / "kept-1.studio").exists()


def test_a_damaged_file_does_not_bar_the_way(qtbot, home, later) -> None:
    leave(home, "canvas-1", 10, age=20)
    (home.recovery / "canvas-2.studio").write_bytes(b"PK nothing")
    room = later()
    room.files.recovery.recover()
    qtbot.waitUntil(lambda: (home.recovery / "canvas-2.damaged").exists())
    with qtbot.waitSignal(room.files.opened):
        room.files.recovery.recover()
    assert (room.document.mask == 10).all()


def test_old_ones_are_not_offered_but_can_be_had(qtbot, home, later) -> None:
    leave(home, "canvas-1", 10, age=recovery.OFFERED_FOR + 60)
    room = later()
    room.files.recovery.begin()
    assert not room._studio.told
    with qtbot.waitSignal(room.files.opened):
        room.files.recovery.recover()


def test_nothing_waits(home, later) -> None:
    room = later()
    room.files.recovery.begin()
    assert not room._studio.told
    room.files.recovery.recover()
    assert "No unsaved canvas" in room._studio.told[-1].text


def test_a_full_disk_at_the_end_leaves_the_older_autosave(room, qtbot, home, monkeypatch) -> None:
    room.document.change("Mask", MASK, masks.filled)
    room.files.recovery.autosave()
    qtbot.waitUntil(lambda: files_of(home) == ["canvas"])

    def full(*_args) -> None:
        raise SaveFailed("The disk is full.", "Free some space.")

    monkeypatch.setattr(recovery, "save_project", full)
    room.files.recovery.close()
    assert files_of(home) == ["canvas"]


def test_what_cannot_be_kept_is_said_before_the_window_closes(room, studio, home) -> None:
    told, places = [], []
    studio.messages.listen()
    studio.messages.message_added.connect(told.append)
    room.files.recovery.place_wanted.connect(lambda: places.append(True))
    assert room.files.recovery.may_close()  # nothing is unsaved
    room.document.change("Mask", MASK, masks.filled)
    home.recovery.parent.mkdir(parents=True, exist_ok=True)
    home.recovery.write_text("a file where the folder should be")
    assert not room.files.recovery.may_close()
    assert told[-1].text.startswith("The canvas holds unsaved work that could not be kept: ")
    assert told[-1].text.count(".") == 1
    assert "again" in told[-1].hint
    told[-1].action.run()
    assert places == [True]
    assert room.files.recovery.may_close()  # the user was told and means it
    room.document.change("Mask", MASK, masks.invert)
    assert not room.files.recovery.may_close()  # there is new work
    home.recovery.unlink()
    home.recovery.mkdir()
    assert room.files.recovery.may_close()
    room.files.recovery.close()
    assert files_of(home) == ["kept"]


def test_a_disk_that_does_not_answer_leaves_the_window_alive(
    room, studio, home, qtbot, monkeypatch
) -> None:
    monkeypatch.setattr(closing, "PATIENCE", 0.1)
    answers, real = threading.Event(), recovery.save_project

    def slow(*saved) -> None:
        assert answers.wait(30)
        real(*saved)

    room.document.change("Mask", MASK, masks.filled)
    monkeypatch.setattr(recovery, "save_project", slow)
    began = time.monotonic()
    assert not studio.may_close()
    assert time.monotonic() - began < 5
    assert "closes when that is done" in studio.messages.listen()[-1].hint
    room.document.change("Mask", MASK, masks.invert)  # one goes on painting meanwhile
    assert not studio.may_close()
    assert studio.may_close()  # and leaves without it
    with qtbot.waitSignal(studio.may_close_now):
        answers.set()
    assert room.files.recovery.is_needed()
    monkeypatch.setattr(closing, "PATIENCE", 20.0)
    assert studio.may_close()
    assert not room.files.recovery.is_needed()
    assert files_of(home) == ["kept"]


def test_a_late_answer_that_the_disk_is_full_is_told(room, studio, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(closing, "PATIENCE", 0.1)
    answers = threading.Event()

    def full(*_saved) -> None:
        assert answers.wait(30)
        raise SaveFailed("x could not be saved: the disk is full.", "Free some space.")

    room.document.change("Mask", MASK, masks.filled)
    monkeypatch.setattr(recovery, "save_project", full)
    assert not studio.may_close()
    with qtbot.waitSignal(studio.may_close_now):
        answers.set()
    monkeypatch.setattr(closing, "PATIENCE", 20.0)
    assert not studio.may_close()
    assert "the disk is full." in studio.messages.listen()[-1].text
    assert studio.may_close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_canvas_that_cannot_be_packed_is_said_as_well(room, studio, monkeypatch) -> None:
    def breaks(*_saved) -> None:
        raise ValueError

    room.document.change("Mask", MASK, masks.filled)
    monkeypatch.setattr(recovery, "save_project", breaks)
    assert not studio.may_close()
    assert "something went wrong" in studio.messages.listen()[-1].text
    assert studio.may_close()


def test_a_folder_that_lets_nothing_be_removed_does_not_hold_up_the_end(
    room, studio, qtbot, home, monkeypatch
) -> None:
    room.document.change("Mask", MASK, masks.filled)
    room.files.recovery.autosave()
    qtbot.waitUntil(lambda: files_of(home) == ["canvas"])

    def refuses(*_args, **_options) -> None:
        raise PermissionError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuses)
    room.document.mark_saved()
    room.files.recovery.discard()
    room.files.recovery.close()
    assert files_of(home) == ["canvas"]


def test_no_autosave_during_a_stroke(room, qtbot, home, monkeypatch) -> None:
    monkeypatch.setattr(recovery, "SOON_MS", 50)
    room.document.change("Mask", MASK, masks.filled)
    edit = room.document.edit(MASK)
    room.files.recovery.autosave()
    qtbot.wait(120)
    assert files_of(home) == []
    room.document.cancel(MASK, edit)
    qtbot.waitUntil(lambda: files_of(home) == ["canvas"])
