"""A full disk costs no picture: it waits, and is saved once there is room."""

from __future__ import annotations

import tempfile
import threading
import time

import pytest

from studio.engine.errors import SaveFailed
from studio.library import trash
from studio.library.database import Library
from studio.library.metadata.read import read_settings
from studio.library.saving import NotSaved
from studio.state import closing
from tests.fakes import make_result


@pytest.fixture
def full(monkeypatch, tmp_path):
    """The disk is full until the test says otherwise."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # the last resort
    state = {"is_full": True}
    real = Library.save

    def save(self, result, **more):
        if state["is_full"]:
            raise SaveFailed("0001.png could not be saved: the disk is full.", "Free some space.")
        return real(self, result, **more)

    monkeypatch.setattr(Library, "save", save)
    return state


def failure():
    reason = SaveFailed("0001.png could not be saved: the disk is full.", "Free some space.")
    return NotSaved(reason, make_result())


def test_it_waits_and_is_saved_when_there_is_room(ready, full, qtbot):
    ready.rescue.keep(failure())
    message = ready.messages.listen()[-1]
    assert "disk is full" in message.text
    assert message.action.text == "Save again"
    message.action.run()
    qtbot.waitUntil(lambda: ready.rescue.count == 1 and not ready.background.running)
    assert ready.library.count() == 0  # still full: it goes on waiting
    full["is_full"] = False
    with qtbot.waitSignal(ready.rescue.picture_rescued):
        ready.rescue.save_again()
    assert ready.rescue.count == 0
    qtbot.waitUntil(lambda: ready.history.rowCount() == 1)


def test_a_deleted_picture_can_be_brought_back_after_a_rescue(ready, full, qtbot, monkeypatch):
    """The history was loaded as at a start, which hands deleted pictures to the system."""
    monkeypatch.setattr(trash, "send2trash", lambda file: file.unlink())
    full["is_full"] = False
    ready.session.generate()
    qtbot.waitUntil(lambda: ready.history.rowCount() == 1)
    path = ready.history.picture(0).path
    ready.history.delete([0])
    qtbot.waitUntil(lambda: ready.history.rowCount() == 0)
    ready.rescue.keep(failure())
    ready.rescue.save_again()
    qtbot.waitUntil(lambda: ready.history.rowCount() == 1)
    qtbot.waitUntil(lambda: not ready.background.running and not ready.background.waiting)
    ready.history.undo_delete()
    qtbot.waitUntil(lambda: ready.history.rowCount() == 2)
    assert path.exists()


def test_closing_is_refused_anew_for_what_waits_anew(ready, full, qtbot):
    """Who was told of two that were saved then has not been told of a third."""
    ready.rescue.keep(failure())
    ready.rescue.keep(failure())
    assert not ready.rescue.may_close()
    full["is_full"] = False
    with qtbot.waitSignal(ready.rescue.picture_rescued):
        ready.rescue.save_again()
    full["is_full"] = True
    ready.rescue.keep(failure())
    assert not ready.rescue.may_close()
    assert ready.rescue.may_close()
    full["is_full"] = False


def test_the_last_try_is_at_the_end(ready, full):
    ready.rescue.keep(failure())
    full["is_full"] = False
    ready.rescue.save_last()
    assert ready.rescue.count == 0
    assert ready.library.count() == 1
    ready.rescue.save_again()  # nothing left to do: no job
    assert ready.rescue.count == 0


def test_it_can_be_saved_elsewhere(ready, full, qtbot, tmp_path):
    ready.rescue.keep(failure())
    [elsewhere] = ready.messages.listen()[-1].more
    with qtbot.waitSignal(ready.rescue.folder_wanted):
        elsewhere.run()
    with qtbot.waitSignal(ready.rescue.picture_rescued):
        ready.rescue.save_into(tmp_path / "other")
    assert ready.rescue.count == 0
    [picture] = (tmp_path / "other").rglob("*.png")
    assert picture.with_suffix(".take").is_file()
    assert read_settings(picture).request is not None


def test_elsewhere_may_be_full_too(ready, full, qtbot, tmp_path):
    ready.rescue.keep(failure())
    (tmp_path / "file").write_text("no folder")
    ready.rescue.save_into(tmp_path / "file")
    qtbot.waitUntil(lambda: ready.rescue.count == 1 and not ready.background.running)
    assert ready.messages.listen()[-1].action.text == "Save again"


def test_closing_is_refused_once_and_then_the_pictures_go_where_there_is_room(
    ready, full, tmp_path
):
    """Ctrl+Q on a full disk took the picture along, which the message had said was kept."""
    assert ready.may_close()
    ready.rescue.keep(failure())
    ready.messages.listen()
    told = []
    ready.messages.message_added.connect(told.append)
    assert not ready.may_close()
    assert told[0].text == "1 picture is not saved: the disk is full."
    assert str(tmp_path) in told[0].hint
    assert told[0].action.text == "Save elsewhere…"
    ready.rescue.keep(failure())
    assert not ready.may_close()  # one more
    assert told[-1].text.startswith("2 pictures are not saved")
    assert ready.may_close()  # the user has been told and means it
    assert ready.rescue.count == 2
    ready.rescue.save_last()
    assert ready.rescue.count == 0
    assert len(list(tmp_path.rglob("*.png"))) == len(list(tmp_path.rglob("*.take"))) == 2


def test_closing_saves_what_waits_if_there_is_room_again(ready, full):
    ready.rescue.keep(failure())
    full["is_full"] = False
    assert ready.may_close()
    assert (ready.rescue.count, ready.library.count()) == (0, 1)


def test_what_could_not_be_saved_anywhere_is_logged(ready, full, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: str(tmp_path / "wall" / "x"))
    (tmp_path / "wall").write_text("no folder")
    ready.rescue.keep(failure())
    ready.rescue.save_last()
    assert ready.rescue.count == 1
    assert "1 pictures could not be saved" in caplog.text
    full["is_full"] = False


@pytest.fixture
def slow(full):
    """A disk that is at work on what the worker saves until the test lets it go on; then full."""
    gate, real = {"entered": threading.Event(), "open": threading.Event()}, Library.save

    def save(self, result, **more):
        if threading.current_thread().name != "closing":
            gate["entered"].set()
            assert gate["open"].wait(20)
        return real(self, result, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Library, "save", save)
        yield gate
        gate["open"].set()


def kept(folder):
    return sorted(path.suffix for path in folder.rglob("*") if path.suffix in (".png", ".take"))


def test_closing_before_saving_again_has_begun_forgets_nothing(ready, full, qtbot):
    """The job was taken out of the queue, and the picture with it."""
    release = threading.Event()

    def other(_stop):
        yield
        release.wait(20)

    ready.background.submit(other, "something long")
    ready.rescue.keep(failure())
    ready.rescue.save_again()
    assert ready.background.waiting[0].title == "Saving again"
    assert ready.rescue.count == 1
    full["is_full"] = False
    threading.Timer(0.2, release.set).start()
    assert ready.close()
    assert (ready.rescue.count, ready.library.count()) == (0, 1)


def test_closing_while_saving_again_fails_puts_the_picture_where_there_is_room(
    ready, slow, tmp_path
):
    """Its answer came when nobody was listening any more."""
    ready.rescue.keep(failure())
    ready.rescue.keep(failure())
    ready.rescue.save_again()
    assert slow["entered"].wait(20)
    assert ready.rescue.count == 2
    threading.Timer(0.2, slow["open"].set).start()
    assert ready.close()
    assert ready.rescue.count == 0
    assert kept(tmp_path) == [".png", ".png", ".take", ".take"]


def test_a_disk_that_never_answers_does_not_keep_the_picture(ready, slow, full, tmp_path):
    ready.rescue.keep(failure())
    ready.rescue.save_again()
    assert slow["entered"].wait(20)
    full["is_full"] = False
    ready.background.close(100)  # the worker hangs in it
    ready.rescue.save_last()
    assert ready.rescue.count == 0
    assert kept(tmp_path) == [".png", ".take"]


def test_asked_to_close_the_window_takes_over_what_the_worker_has_not_begun(ready, slow, full):
    for _ in range(3):
        ready.rescue.keep(failure())
    ready.rescue.save_again()
    assert slow["entered"].wait(20)
    full["is_full"] = False
    assert ready.may_close()
    assert (ready.rescue.count, ready.library.count()) == (1, 2)
    slow["open"].set()
    assert ready.close()
    assert (ready.rescue.count, ready.library.count()) == (0, 3)


def test_one_saved_before_the_disk_is_full_again_is_shown(ready, monkeypatch, qtbot, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _ in range(2):
        ready.rescue.keep(failure())
    real = Library.save

    def save(self, result, **more):
        if self.count():
            raise SaveFailed("0002.png could not be saved: the disk is full.", "Free some space.")
        return real(self, result, **more)

    monkeypatch.setattr(Library, "save", save)
    with qtbot.waitSignal(ready.rescue.picture_rescued):
        ready.rescue.save_again()
    qtbot.waitUntil(lambda: ready.rescue.count == 1)


def test_a_disk_that_does_not_answer_leaves_the_window_alive(ready, qtbot, monkeypatch, tmp_path):
    """It was saved on the window's own thread, which stood still for as long as the disk did."""
    monkeypatch.setattr(closing, "PATIENCE", 0.1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answers, real = threading.Event(), Library.save

    def save(self, result, **more):
        assert answers.wait(30)
        return real(self, result, **more)

    monkeypatch.setattr(Library, "save", save)
    ready.rescue.keep(failure())
    ready.rescue.keep(failure())
    began = time.monotonic()
    assert not ready.may_close()
    assert time.monotonic() - began < 5
    assert "2 pictures are being saved" in ready.messages.listen()[-1].text
    assert ready.rescue.count == 2
    with qtbot.waitSignal(ready.may_close_now):
        answers.set()
    assert ready.may_close()  # the window asks again by itself
    assert (ready.rescue.count, ready.library.count()) == (0, 2)


def test_who_does_not_wait_for_the_disk_finds_the_pictures_elsewhere(
    ready, monkeypatch, tmp_path
):
    monkeypatch.setattr(closing, "PATIENCE", 0.1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answers = threading.Event()
    monkeypatch.setattr(Library, "save", lambda *_: answers.wait(30))
    ready.rescue.keep(failure())
    assert not ready.may_close()
    assert ready.may_close()  # asked again at once
    monkeypatch.setattr(closing, "PATIENCE", 20.0)
    assert ready.close()
    assert ready.rescue.count == 0
    assert kept(tmp_path) == [".png", ".take"]
    answers.set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_save_that_breaks_in_another_way_is_no_reason_to_close(ready, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def breaks(*_):
        raise MemoryError

    monkeypatch.setattr(Library, "save", breaks)
    ready.rescue.keep(failure())
    assert not ready.rescue.may_close()
    assert ready.rescue.count == 1
    ready.rescue.save_last()
    assert kept(tmp_path) == [".png", ".take"]
