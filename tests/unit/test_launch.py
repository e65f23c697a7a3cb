from __future__ import annotations

import socket
import struct
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from studio import launch
from studio.launch import bad_pair, missing_packages, why_no_window

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("qt", "python", "is_bad"), [
    ("6.12.0", (3, 11), True), ("6.12.3", (3, 11), True), ("6.11.3", (3, 11), False),
    ("6.12.0", (3, 12), False), ("6.13.0", (3, 11), False),
])  # fmt: skip
def test_the_pair_that_crashes_is_refused_in_words(qt, python, is_bad):
    reason = bad_pair(qt, python)
    assert bool(reason) is is_bad
    if is_bad:
        assert qt in reason
        assert "Install" in reason


def test_platforms_without_a_screen_need_no_display():
    assert why_no_window({"QT_QPA_PLATFORM": "offscreen"}) == ""


def test_no_display_is_a_sentence_and_a_next_step():
    reason = why_no_window({})
    assert reason.startswith("There is no display")
    assert "studio generate" in reason


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="X11, Debian's packages")
X_ACCEPTS = struct.pack("<BBHHH", 1, 0, 11, 0, 8) + bytes(32)
X_REFUSES = struct.pack("<BBHHH", 0, 4, 11, 0, 1) + b"No!\0"


@contextmanager
def x_server(number, answer):
    """The greeting of an X server, and nothing more."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0/tmp/.X11-unix/X{number}")
        server.listen()

        def greet():
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=greet)
        thread.start()
        yield
        thread.join()


@needs_linux
def test_a_dead_display_is_told_from_a_living_one():
    assert "does not answer" in why_no_window({"DISPLAY": ":98765"})
    with x_server(98765, X_ACCEPTS):
        assert "does not answer" not in why_no_window({"DISPLAY": ":98765.0"})


@needs_linux
@pytest.mark.parametrize("display", ["garbage", "x:y", ":", "::", "no\nline:1", "é" * 300])
def test_a_display_that_is_none_is_a_sentence(display):
    """Qt aborted, with a core file: only names like :1 were looked at."""
    reason = why_no_window({"DISPLAY": display})
    assert "does not answer" in reason
    assert len(reason.splitlines()) == 1


@needs_linux
def test_a_display_of_somebody_else_is_a_sentence():
    with x_server(98766, X_REFUSES):
        assert "does not answer" in why_no_window({"DISPLAY": ":98766"})


@needs_linux
def test_wayland_counts_only_if_it_is_there(tmp_path):
    session = {"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert why_no_window(session).startswith("There is no display")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-9"))
        server.listen()
        assert why_no_window(session) == ""


@needs_linux
@pytest.mark.parametrize("name", [
    "nonsense", "no\nline", "cocoa;nonsense:x=1", "../xcb", "é" * 300, "a\0b",
])  # fmt: skip
def test_a_platform_that_qt_does_not_have_is_a_sentence(name):
    """Qt aborted with a core file, and its message spoke of reinstalling the application."""
    reason = why_no_window({"QT_QPA_PLATFORM": name, "DISPLAY": ":98765"})
    assert reason.startswith("QT_QPA_PLATFORM is ")
    assert "offscreen" in reason
    assert len(reason.splitlines()) == 1


@needs_linux
def test_platforms_that_qt_has_are_not_refused(monkeypatch):
    assert why_no_window({"QT_QPA_PLATFORM": "nonsense;Offscreen:size=9"}) == ""
    assert why_no_window({"QT_QPA_PLATFORM": "vnc"}) == ""
    other = {"QT_QPA_PLATFORM": "nonsense", "QT_PLUGIN_PATH": "/somewhere"}
    assert why_no_window(other).startswith("There is no display")  # perhaps there is one there
    for folder in ([], None):  # a distribution's PySide6, with the system's plug-ins
        spec = type("Spec", (), {"submodule_search_locations": folder})
        monkeypatch.setattr(launch.importlib.util, "find_spec", lambda _, spec=spec: spec)
        assert why_no_window({"QT_QPA_PLATFORM": "nonsense"}).startswith("There is no display")


@needs_linux
def test_a_chosen_platform_needs_its_own_display(tmp_path):
    """Qt aborted: the other kind of display was there, and that was enough."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-9"))
        server.listen()
        session = {"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": str(tmp_path)}
        assert why_no_window(session | {"QT_QPA_PLATFORM": "wayland-egl"}) == ""
        assert why_no_window(session | {"QT_QPA_PLATFORM": "xcb"}).startswith("There is no")
        assert why_no_window(session | {"QT_QPA_PLATFORM": "xcb;wayland"}) == ""
    assert why_no_window({"QT_QPA_PLATFORM": "wayland", "DISPLAY": ":1"}).startswith("There is no")


@needs_linux
def test_missing_libraries_are_named_all_at_once(monkeypatch):
    """Each alone would cost the user a round: a traceback for one, Qt's crash for the next."""
    assert missing_packages(is_x11=False) == []
    monkeypatch.setattr(launch, "_FOR_QT", {"libno-such.so.1": "libno1", "libc.so.6": "libc6"})
    monkeypatch.setattr(launch, "_FOR_X11", {"libnot-here.so.2": "libnot2"})
    assert missing_packages(is_x11=False) == ["libno1"]
    assert missing_packages(is_x11=True) == ["libno1", "libnot2"]
    reason = why_no_window({"QT_QPA_PLATFORM": "offscreen"})
    assert "`sudo apt install libno1`" in reason
    assert "studio generate" in reason
    assert len(reason.splitlines()) == 1


def test_the_readme_and_the_build_install_what_is_looked_for():
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split()
    assert {*launch._FOR_QT.values(), *launch._FOR_X11.values()} <= set(readme)
    build = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace('"', " ").split()
    assert set(launch._FOR_QT.values()) <= set(build)
