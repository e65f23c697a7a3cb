"""How late the window's event loop is: at its start, and while pictures are made (RELIABILITY 2d).

Run with: pytest -m bench -s tests/bench/bench_lateness.py
Goals (issue 2): p99 ≤ 20 ms, max ≤ 50 ms on two cores that nobody else uses. On a shared machine
the control row (the same loop with an idle worker) shows what the machine itself adds; `own` is
what this process did to itself: the lateness without the time in which another process had the
processor, and never more than the processor time that a thread of ours took meanwhile, be it a
worker with Python's lock or the window's own (a collection of garbage, a layout).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QTimer, Slot

from tests.e2e.conftest import TINY, tiny_home

P99_MS, MAX_MS, TICK_MS = 20.0, 50.0, 10
PICTURES, MANY_STEPS = 6, 1000
ROOT = Path(__file__).parents[2]


class Ticks(QObject):
    """A 10 ms timer that notes how late it is, and how much of that is our own doing."""

    def __init__(self):
        super().__init__()
        self.late, self.own = [], []
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._wall, self._queued, self._taken = time.perf_counter(), _queued(), _taken()
        self._timer.start()

    @Slot()
    def tick(self):
        wall, queued, taken = time.perf_counter(), _queued(), _taken()
        late = max(0.0, 1000 * (wall - self._wall) - TICK_MS)
        busy = max(ran - self._taken.get(thread, 0.0) for thread, ran in taken.items())
        own = min(late - (queued - self._queued) / 1e6, busy / 1e6)
        self.late.append(late)
        self.own.append(max(0.0, own))
        self._wall, self._queued, self._taken = wall, queued, taken

    def summary(self):
        return [p99(self.late), max(self.late), p99(self.own), max(self.own)]


def _schedstat(thread) -> list[float]:
    with open(f"/proc/self/task/{thread}/schedstat", encoding="ascii") as file:
        return [float(word) for word in file.read().split()]


def _queued() -> float:
    """Nanoseconds that this thread was ready but waited for a processor."""
    return _schedstat(os.getpid())[1]


def _taken() -> dict[str, float]:
    """Nanoseconds of processor time of each thread of ours."""
    found = {}
    for thread in os.listdir("/proc/self/task"):
        try:
            found[thread] = _schedstat(thread)[0]
        except OSError:
            continue  # it has just ended
    return found


def p99(values):
    return sorted(values)[int(0.99 * (len(values) - 1))]


def head():
    print(f"\n{'ms late':26}{'p99':>8}{'max':>8}{'own p99':>9}{'own max':>9}{'ratio':>8}")


def row(name, summary):
    usual, worst, own, own_worst = summary
    print(f"{name:26}{usual:8.1f}{worst:8.1f}{own:9.1f}{own_worst:9.1f}{own / P99_MS:8.2f}")


START = """
import json, os, sys
from studio import app
from studio.ui.instance import SingleInstance
from tests.bench.bench_lateness import Ticks
application = app._application()
home = app.Home.from_environment()
window = app.open_frame(home)
runner = app.Runner(window, SingleInstance(home.data, application), [])
runner.begin()
found, ticks = [], Ticks()
def on_job(job):
    global ticks
    if job.title == "Getting ready" and job.state.value in ("queued", "finished"):
        found.append(ticks.summary())
        ticks = Ticks()
        if len(found) == 2:
            print(json.dumps(found), flush=True)
            os._exit(0)
window.studio.generation.job_changed.connect(on_job)
window.show()
application.exec()
"""


@pytest.mark.bench
@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="reads Linux's schedstat")
def test_the_window_lives_while_everything_is_imported(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True, timeout=300,
        env=os.environ | {"STUDIO_HOME": str(tmp_path)}, check=True,
    )  # fmt: skip
    rooms, warm = json.loads(done.stdout.splitlines()[-1])
    head()
    row("rooms open, window shown", rooms)
    row("torch and model come up", warm)
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    assert warm[2] <= P99_MS  # the rooms are open after some forty ticks: too few for a p99
    for summary in (rooms, warm):
        assert summary[3] <= MAX_MS


@pytest.fixture
def studio(qtbot, tmp_path):
    from studio.app import SWITCH_INTERVAL, create_window

    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    tiny_home(tmp_path / "home")
    window = create_window(tmp_path / "home")
    window.resize(1280, 800)
    window.show()
    yield window.studio
    window.close()
    sys.setswitchinterval(interval)


def measured(qtbot, studio, name, pictures):
    """Make pictures and print how late the window was meanwhile."""
    before = studio.history.rowCount()
    ticks = Ticks()
    studio.session.generate()
    qtbot.waitUntil(lambda: studio.history.rowCount() == before + pictures, timeout=550_000)
    row(name, ticks.summary())
    ticks.deleteLater()
    return ticks


@pytest.mark.bench
@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="reads Linux's schedstat")
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_window_stays_alive_while_pictures_are_made(qtbot, studio):
    starter = studio.models.find("starter")
    studio.form.edit(model="starter" if starter else TINY, steps=20, prompt="a red fox", batch=1)
    studio.session.generate()  # loads everything
    qtbot.waitUntil(lambda: studio.history.rowCount() == 1, timeout=200_000)
    head()
    control = Ticks()
    qtbot.wait(4000)
    row("idle worker (control)", control.summary())
    control.deleteLater()
    studio.form.edit(batch=PICTURES)
    some = measured(qtbot, studio, f"{PICTURES} pictures, strip on", PICTURES)
    studio.form.edit(batch=1, model=TINY, width=64, height=64, steps=MANY_STEPS)
    many = measured(qtbot, studio, f"{MANY_STEPS} steps, tiny model", 1)
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for ticks in (some, many):
        assert p99(ticks.own) <= P99_MS
        assert max(ticks.own) <= MAX_MS
