from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
import tracemalloc

import pytest

from studio.jobs.queue import JobQueue
from studio.state import settings as module
from studio.state.settings import Settings


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config" / "settings.json"


@pytest.fixture
def settings(qapp, file):
    return Settings(file)


def test_only_what_differs_is_written_and_comes_back(settings, file):
    settings.set("theme", "light")
    settings.set("batch", 3)
    settings.set("batch", 1)
    settings.save_now()
    assert json.loads(file.read_text()) == {"theme": "light"}
    assert Settings(file).get("theme") == "light"


def test_a_change_is_written_soon_without_being_asked(settings, file, qtbot):
    settings.set("theme", "dark")
    qtbot.waitUntil(file.exists, timeout=3000)
    assert "dark" in file.read_text()


def test_what_the_worker_writes_late_is_not_the_last_word(qapp, file, qtbot, monkeypatch):
    """A change made while it wrote was saved at closing, and then overwritten by the older one."""
    real, begun = module.write_atomic, threading.Event()

    def slow(path, data):
        if threading.current_thread() is not threading.main_thread():
            begun.set()
            time.sleep(0.3)
        real(path, data)

    monkeypatch.setattr(module, "write_atomic", slow)
    queue = JobQueue("settings")
    settings = Settings(file, writer=queue)
    settings.set("theme", "dark")
    qtbot.waitUntil(begun.is_set)
    settings.set("theme", "light")
    settings.save_now()
    assert queue.close()
    assert Settings(file).get("theme") == "light"


def test_a_full_disk_is_told_once_while_one_works(ready, home, qtbot):
    qtbot.waitUntil(home.settings_file.exists)
    shutil.rmtree(home.config)
    home.config.write_text("in the way")
    ready.messages.listen()
    told = []
    ready.messages.message_added.connect(lambda message: told.append(message.text))
    for steps in (7, 8, 9):
        ready.form.edit(steps=steps)
        qtbot.waitUntil(lambda: bool(told))
        qtbot.wait(2 * module.WRITE_DELAY_MS)
    assert len(told) == 1
    assert "settings" in told[0]
    home.config.unlink()
    ready.form.edit(steps=10)
    qtbot.waitUntil(home.settings_file.exists)
    assert len(told) == 1


def test_a_setter_tells_once(settings, qtbot):
    seen = []
    settings.setting_changed.connect(lambda key, value: seen.append((key, value)))
    settings.set("theme", "light")
    settings.set("theme", "light")
    assert seen == [("theme", "light")]


@pytest.mark.parametrize("text", ["{", "[1]", '"x"', "\x00", "[" * 100_000])
def test_a_broken_file_is_moved_aside_with_a_word(qapp, file, text):
    file.parent.mkdir()
    file.write_text(text)
    settings = Settings(file)
    assert settings.get("theme") == "system"
    assert "could not be read" in settings.problem
    kept = list(file.parent.glob("settings.broken-*.json"))
    assert [k.read_text() for k in kept] == [text]
    settings.set("theme", "dark")
    settings.save_now()
    assert Settings(file).problem == ""


def test_a_huge_file_is_kept_aside_unread(qapp, file):
    file.parent.mkdir()
    with open(file, "wb") as sparse:
        sparse.truncate(200_000_000)
    tracemalloc.start()
    settings = Settings(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    assert settings.get("theme") == "system"
    assert "starts with fresh settings" in settings.problem
    [kept] = file.parent.glob("settings.broken-*.json")
    assert kept.stat().st_size == 200_000_000


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes in folders")
def test_a_pipe_and_a_folder_of_that_name_hold_nothing_up(qapp, file):
    """Reading the pipe waited for ever for somebody to write."""
    file.parent.mkdir()
    for number, make in enumerate((os.mkfifo, os.mkdir)):
        make(file)
        settings = Settings(file)
        assert "starts with fresh settings" in settings.problem
        settings.set("theme", "dark")
        settings.save_now()
        assert Settings(file).get("theme") == "dark"
        [kept] = file.parent.glob("settings.broken-*.json")
        kept.rename(file.parent / f"aside-{number}")
        file.unlink()


def test_values_of_a_wrong_type_fall_back_one_by_one(qapp, file):
    file.parent.mkdir()
    file.write_text('{"theme": 7, "batch": true, "workspace": "paint", "unknown": 1}')
    settings = Settings(file)
    assert settings.get("theme") == "system"
    assert settings.get("batch") == 1
    assert settings.get("workspace") == "paint"


def test_rooms_declare_their_own(settings):
    settings.declare("brush_size", 12.0)
    assert settings.get("brush_size") == 12.0
    settings.set("brush_size", 20)
    assert settings.get("brush_size") == 20.0


def test_a_disk_that_takes_nothing_is_told_not_raised(qapp, tmp_path, qtbot):
    (tmp_path / "wall").write_text("a file where a folder is needed")
    settings = Settings(tmp_path / "wall" / "settings.json")
    settings.set("theme", "dark")
    with qtbot.waitSignal(settings.write_failed):
        settings.save_now()
    assert settings.get("theme") == "dark"
