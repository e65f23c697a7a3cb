"""The window in two halves: what is seen first, and what follows."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from itertools import chain
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from studio.library.home import Home
from studio.rooms import LATE, open_frame, open_late, open_late_rooms, open_rooms

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def window(qtbot, tmp_path):
    made = open_frame(Home(tmp_path / "home"))
    made.show()
    yield made
    made.close()


def wait_idle(queue, qtbot):
    """It may be importing torch for the room."""
    qtbot.waitUntil(lambda: not queue.running and not queue.waiting, timeout=90_000)


def found(window, name):
    return window.findChild(QWidget, name)


def test_the_frame_has_the_prompt_and_a_place_for_everything(window):
    for name in ("promptEdit", "generateButton", "modelCombo", "parameterPanel", "emptyState"):
        assert found(window, name).isVisible(), name
    for name in ("historyDock", "filmstripDock", "takesDock"):
        assert found(window, name) is not None
    assert found(window, "filmstripView") is None


def test_completing_the_window_moves_nothing(window, qtbot):
    qtbot.waitExposed(window).__enter__()
    qtbot.wait(50)
    before = {dock.panel.name: dock.geometry() for dock in window.docks
              if dock.isVisible() and not dock.visibleRegion().isEmpty()}  # fmt: skip
    for _ in open_rooms(window):
        qtbot.wait(1)
    qtbot.wait(50)
    assert window.is_complete
    for name in ("filmstripView", "historyView", "canvasView"):
        assert found(window, name).isVisible(), name
    for name, old in before.items():
        new = window.dock(name).geometry()
        moved = max(abs(old.x() - new.x()), abs(old.y() - new.y()),
                    abs(old.width() - new.width()), abs(old.height() - new.height()))  # fmt: skip
        assert moved <= 2, (name, old, new)


def test_the_cursor_stays_in_the_prompt_while_the_rooms_open(window, qtbot):
    qtbot.waitExposed(window).__enter__()
    window.activateWindow()
    qtbot.wait(50)
    assert window.focusWidget() is found(window, "promptEdit")
    for _ in chain(open_rooms(window), open_late_rooms(window)):
        qtbot.wait(1)
        assert window.focusWidget() is found(window, "promptEdit")


def test_closing_before_the_rooms_are_open(window):
    steps = open_rooms(window)
    next(steps)
    window.close()
    assert window.has_ended


def test_a_late_workspace_that_was_left_open_comes_back_complete(qtbot, tmp_path):
    room = "laboratory"
    assert room in LATE
    home = Home(tmp_path / "home")
    for _ in range(2):
        window = open_frame(home)
        for _ in open_rooms(window):
            pass
        if room not in window.rooms:
            window.workspaces.show(room)
            open_late(window, room)
        window.show()
        page = window.centre.stack.currentWidget()
        assert page is not None
        assert page.isVisible()
        wait_idle(window.studio.background, qtbot)
        window.close()
        assert window.has_ended
    assert window.workspaces.current == room


def test_the_first_half_imports_no_large_library():
    code = textwrap.dedent("""
        import sys, studio.app
        large = {"numpy", "PIL", "torch", "tokenizers", "sqlite3", "defusedxml", "safetensors"}
        assert not large & set(sys.modules), large & set(sys.modules)
    """)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=200, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
