"""The window in two halves: what is seen first, and what follows."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from itertools import chain
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from studio.engine.request import GenerationRequest
from studio.library.database import Library
from studio.library.home import Home
from studio.rooms import LATE, Below, open_frame, open_late, open_late_rooms, open_rooms
from tests.fakes import make_result

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
    for _ in open_rooms(window, Below(window.studio.home)):
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
    for _ in chain(open_rooms(window, Below(window.studio.home)), open_late_rooms(window)):
        qtbot.wait(1)
        assert window.focusWidget() is found(window, "promptEdit")


def test_closing_before_the_rooms_are_open(window):
    steps = open_rooms(window, Below(window.studio.home))
    next(steps)
    window.close()
    assert window.has_ended


def test_a_late_workspace_that_was_left_open_comes_back_complete(qtbot, tmp_path):
    room = "laboratory"
    assert room in LATE
    home = Home(tmp_path / "home")
    for _ in range(2):
        window = open_frame(home)
        for _ in open_rooms(window, Below(window.studio.home)):
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


def test_the_gallery_is_full_when_its_list_appears(qtbot, tmp_path):
    home = Home(tmp_path / "home")
    library = Library(home)
    library.save(make_result(GenerationRequest(prompt="a fox", width=64, height=64), steps=2))
    library.close()
    window = open_frame(home)
    below = Below(home)
    for _ in below(threading.Event()):  # as the worker does it
        pass
    asked, page = [], below.library().page
    below.library().page = lambda *a: asked.append(a) or page(*a)
    for _ in open_rooms(window, below):
        if hasattr(window.studio, "history"):
            assert window.studio.history.rowCount() == 1
    assert below.library() is window.studio.library
    assert not asked
    window.show()
    wait_idle(window.studio.background, qtbot)
    window.close()


def test_the_first_half_imports_no_large_library():
    code = textwrap.dedent("""
        import sys, studio.app
        large = {"numpy", "PIL", "torch", "tokenizers", "sqlite3", "defusedxml", "safetensors"}
        assert not large & set(sys.modules), large & set(sys.modules)
    """)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=200, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
