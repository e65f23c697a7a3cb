"""How late the window's event loop is while pictures are made (RELIABILITY 2d).

Run with: pytest -m bench -s tests/bench/bench_lateness.py
Goals (issue 2): p99 ≤ 20 ms, max ≤ 50 ms on two cores that nobody else uses. On a shared machine
the control row (the same loop with an idle worker) shows what the machine itself adds; `gil` is
the lateness of ticks at which this process, not another one, had the processor.
"""

from __future__ import annotations

import os
import time

import pytest
from PySide6.QtCore import QObject, Qt, QTimer, Slot

from tests.e2e.conftest import TINY, tiny_home

P99_MS, MAX_MS, TICK_MS = 20.0, 50.0, 10
PICTURES = 6


class Ticks(QObject):
    """A 10 ms timer that notes how late it is, and how much of that other processes took."""

    def __init__(self):
        super().__init__()
        self.late, self.gil = [], []
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._wall, self._queued = time.perf_counter(), _queued()
        self._timer.start()

    @Slot()
    def tick(self):
        wall, queued = time.perf_counter(), _queued()
        late = max(0.0, 1000 * (wall - self._wall) - TICK_MS)
        self.late.append(late)
        self.gil.append(max(0.0, late - (queued - self._queued) / 1e6))
        self._wall, self._queued = wall, queued


def _queued() -> float:
    """Nanoseconds that this thread was ready but waited for a processor."""
    with open(f"/proc/self/task/{os.getpid()}/schedstat", encoding="ascii") as file:
        return float(file.read().split()[1])


def p99(values):
    return sorted(values)[int(0.99 * (len(values) - 1))]


def row(name, ticks):
    worst = max(ticks.late)
    print(f"{name:26}{p99(ticks.late):8.1f}{worst:8.1f}{p99(ticks.gil):9.1f}{max(ticks.gil):9.1f}"
          f"{p99(ticks.gil) / P99_MS:8.2f}")  # fmt: skip


@pytest.mark.bench
@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="reads Linux's schedstat")
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_window_stays_alive_while_pictures_are_made(qtbot, tmp_path):
    import sys

    from studio.app import SWITCH_INTERVAL, create_window

    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    tiny_home(tmp_path / "home")
    window = create_window(tmp_path / "home")
    window.resize(1280, 800)
    window.show()
    studio = window.studio
    starter = studio.models.find("starter")
    studio.form.edit(model="starter" if starter else TINY, steps=20, prompt="a red fox", batch=1)
    studio.session.generate()  # loads everything
    qtbot.waitUntil(lambda: studio.history.rowCount() == 1, timeout=200_000)
    print(f"\n{'ms late':26}{'p99':>8}{'max':>8}{'gil p99':>9}{'gil max':>9}{'ratio':>8}")
    control = Ticks()
    qtbot.wait(4000)
    row("idle worker (control)", control)
    control.deleteLater()
    working = Ticks()
    studio.form.edit(batch=PICTURES)
    studio.session.generate()
    qtbot.waitUntil(lambda: studio.history.rowCount() == 1 + PICTURES, timeout=200_000)
    row(f"{PICTURES} pictures, strip on", working)
    working.deleteLater()
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    window.close()
    sys.setswitchinterval(interval)
    assert p99(working.gil) <= P99_MS
