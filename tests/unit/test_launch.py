from __future__ import annotations

import socket

import pytest

from studio.launch import bad_pair, why_no_window


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
