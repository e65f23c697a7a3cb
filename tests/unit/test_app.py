from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

from studio import app
from studio.ui.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def window(qapp, tmp_path, qtbot):
    made = app.create_window(tmp_path / "home")
    made.shown.disconnect()  # no torch in here
    yield made
    made.close()
    made.deleteLater()


def test_the_door_builds_the_real_window_below_a_home(window, tmp_path):
    assert isinstance(window, MainWindow)
    assert window.studio.home.root == tmp_path / "home"
    assert not window.isVisible()
    assert all(dock.content is not None for dock in window.docks)


def test_closing_ends_the_threads_and_writes_the_settings(window, qtbot):
    window.show()
    window.studio.form.edit(prompt="kept")
    window.close()
    assert window.has_ended
    assert "kept" in window.studio.home.settings_file.read_text()


def test_the_log_is_written_below_the_home(tmp_path, qapp):
    with app._log_to(tmp_path / "logs"):
        logging.getLogger("studio.probe").info("a line")
    assert "a line" in (tmp_path / "logs" / "studio.log").read_text()


def test_a_place_that_cannot_be_written_does_not_keep_the_window_away(tmp_path, qapp, capsys):
    """One sentence; the lines of the log, tracebacks among them, are nothing for a terminal."""
    (tmp_path / "wall").write_text("")
    with app._log_to(tmp_path / "wall" / "logs"):
        logging.getLogger("studio.probe").error("a line")
    [said] = capsys.readouterr().err.splitlines()
    assert said.startswith("The studio runs without a log")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_costs_log_lines_and_nothing_else(tmp_path, qapp, capsys):
    """Each line was a traceback, and the exit code of the program was 1."""
    (tmp_path / "studio.log").symlink_to("/dev/full")
    with app._log_to(tmp_path):
        logging.getLogger("studio.probe").warning("a line")
    assert "Traceback" not in capsys.readouterr().err


def test_the_runner_takes_and_gives_back_the_process(window, tmp_path, qtbot):
    instance = app.SingleInstance(tmp_path / "lock")
    before = (sys.getswitchinterval(), sys.excepthook)
    runner = app.Runner(window, instance, [])
    runner.begin()
    try:
        assert sys.getswitchinterval() == pytest.approx(0.001)
        runner._on_failed(RuntimeError("x"))
        assert "RuntimeError" in window.centre.messages.cards[-1].message.text
        runner._on_called([tmp_path / "odd.xyz"])
        assert "odd.xyz" in window.centre.messages.cards[-1].message.text
    finally:
        runner.end()
        sys.setswitchinterval(before[0])
        sys.excepthook = before[1]
