from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio.ui.instance import SingleInstance

ROOT = Path(__file__).parents[3]
SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from studio.ui.instance import SingleInstance
app = QCoreApplication([])
other = SingleInstance(Path(sys.argv[1]))
assert not other.take()
raise SystemExit(0 if other.call([Path("/x/y z.png")] * int(sys.argv[2])) else 5)
"""


@pytest.mark.parametrize(("path", "count"), [("data", 1), ("data", 20_000), ("link", 1)])
def test_a_second_start_is_told_and_its_files_are_handed_over(qtbot, tmp_path, path, count):
    """Also with more files than may be told, or when it names the same home otherwise."""
    first = SingleInstance(tmp_path / "data")
    assert first.take()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    with qtbot.waitSignal(first.called, timeout=20000) as heard:
        command = [sys.executable, "-c", SECOND, str(tmp_path / path), str(count)]
        second = subprocess.Popen(command, cwd=ROOT)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20000)
    assert heard.args[0][0] == Path("/x/y z.png")
    assert 1 <= len(heard.args[0]) <= count
    assert second.returncode == 0
    first.release()


def test_other_homes_are_other_programs(qapp, tmp_path):
    one, two = SingleInstance(tmp_path / "a"), SingleInstance(tmp_path / "b")
    assert one.take()
    assert two.take()
    one.release()
    again = SingleInstance(tmp_path / "a")
    assert again.take()
    again.release()
    two.release()


def test_a_home_that_cannot_be_made_does_not_keep_the_window_away(qapp, tmp_path):
    """On a read-only disk the program ended with a traceback."""
    (tmp_path / "file").write_bytes(b"")
    one = SingleInstance(tmp_path / "file" / "data")
    assert one.take()
    one.release()


def test_nobody_answers_when_nobody_is_there(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr("studio.ui.instance.TIMEOUT_MS", 50)
    assert not SingleInstance(tmp_path).call([])
