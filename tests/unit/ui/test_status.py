from __future__ import annotations

import sys

import pytest

from studio.state.progress import Progress
from studio.ui.status import StatusLine


@pytest.fixture
def line(ready, shown):
    return shown(StatusLine(ready), 900, 24)


def test_progress_in_words_then_ready(line, ready):
    ready.session.progress_changed.emit(
        Progress(words="Denoising", step=3, total=8, seconds_left=12, is_running=True)
    )
    assert line._progress.text() == "Denoising · step 3 of 8 · 12 s left"
    ready.session.progress_changed.emit(Progress())
    assert line._progress.text() == "Ready"


def test_the_file_is_named_below_the_users_folder(line, ready, tmp_path):
    line.show_file(ready.home.pictures / "2026-11-21" / "0007.png", 12)
    assert line._file.text() == "Saved to Pictures/2026-11-21/0007.png · seed 12"
    line.show_file(tmp_path.parent / "elsewhere.png", 1)
    assert line._file.text().endswith("elsewhere.png · seed 1")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read from /proc")
def test_memory_is_told(line):
    line._measure()
    assert line._machine.text().endswith(" MB")
