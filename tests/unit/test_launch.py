from __future__ import annotations

import socket
import sys
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


def test_a_dead_display_is_told_from_a_living_one(tmp_path):
    assert "does not answer" in why_no_window({"DISPLAY": ":98765"})
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X98765")
        server.listen()
        assert "does not answer" not in why_no_window({"DISPLAY": ":98765.0"})


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="Debian's packages")


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
