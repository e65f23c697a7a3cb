"""Starting the program: what is imported, what is refused, who comes second."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from studio.app import create_window
home = Path(sys.argv[1])
window = create_window(home)
heavy = {"torch", "diffusers", "transformers", "open_clip", "torchvision"} & set(sys.modules)
assert not heavy, heavy
assert window.findChild(object, "promptEdit") is not None
window.studio.begin = None
window.shown.disconnect()
window.show()
QApplication.processEvents()
assert not {"torch"} & set(sys.modules)
window.close()
print("built")
"""


def run(*words, timeout=120, **environment):
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, cwd=ROOT, timeout=timeout,
        check=False, env=os.environ | environment,
    )  # fmt: skip


def test_the_window_is_built_and_shown_without_torch(tmp_path):
    done = run("-c", BUILD, str(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    assert "built" in done.stdout


def test_without_a_display_there_is_one_sentence(tmp_path):
    without = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    done = run("-m", "studio", STUDIO_HOME=str(tmp_path), **without)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no display")
    assert "Traceback" not in done.stderr


def test_a_display_that_does_not_answer_is_one_sentence(tmp_path):
    gone = {"QT_QPA_PLATFORM": "", "DISPLAY": ":987", "WAYLAND_DISPLAY": ""}
    done = run("-m", "studio", STUDIO_HOME=str(tmp_path), **gone)
    assert done.returncode == 1
    assert "does not answer" in done.stderr


def test_commands_do_not_import_qt():
    code = "import sys; from studio.__main__ import main\ntry: main(['--help'])\n"
    code += "except SystemExit: pass\nassert not any(m.startswith('PySide6') for m in sys.modules)"
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    assert "generate" in done.stdout


@pytest.fixture
def started(tmp_path):
    """The program in a process of its own, until its window is there."""
    environment = os.environ | {"STUDIO_HOME": str(tmp_path / "home")}
    process = subprocess.Popen(
        [sys.executable, "-m", "studio"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    log = tmp_path / "home" / "data" / "logs" / "studio.log"
    deadline = time.monotonic() + 90
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1.0)
    yield process, environment
    process.terminate()
    process.communicate(timeout=30)


def test_a_second_start_hands_over_and_the_first_ends_well(started, tmp_path):
    process, environment = started
    begin = time.monotonic()
    second = subprocess.run(
        [sys.executable, "-m", "studio", str(tmp_path)], cwd=ROOT, env=environment, timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert second.returncode == 0, second.stderr
    assert time.monotonic() - begin < 30
    assert process.poll() is None
    process.terminate()  # asks the window to close; the worker may be importing torch
    begin = time.monotonic()
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert time.monotonic() - begin < 15
