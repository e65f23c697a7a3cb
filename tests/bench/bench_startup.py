"""From process start to a window that is painted, without torch; and to the first picture.

Run with: pytest -m bench -s tests/bench/bench_startup.py
Goals (issue 2): window ≤ 0.5 s; first starter picture ≤ 20 s on two idle cores. On a shared machine
look at the processor time, and at the ratio to a bare PySide6 window started side by side.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WINDOW_SECONDS, PICTURE_SECONDS, ROUNDS = 0.5, 20.0, 7
CLOCK = """
import json, os, sys, time
def born():  # seconds since this process was started, by the kernel's clock
    ticks = float(open("/proc/self/stat").read().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
def tell(**facts):
    print(json.dumps({"wall": born(), "cpu": time.process_time(), **facts}), flush=True)
    os._exit(0)
"""
NOTHING = CLOCK + "tell()"
BARE = (
    CLOCK
    + """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        QTimer.singleShot(0, tell)
application = QApplication([])
window = Window()
window.show()
application.exec()
"""
)
# What `studio` does until its window is painted for the first time, and not a line less.
WINDOW = (
    CLOCK
    + """
import gc
from studio.launch import why_no_window
assert not why_no_window()
gc.disable()
from studio import app
from PySide6.QtCore import QObject, Qt, Slot
from studio.ui.instance import SingleInstance
class Probe(QObject):
    @Slot()
    def painted(self):
        large = [name for name in ("torch", "numpy", "PIL") if name in sys.modules]
        tell(large=large, prompt=window.findChild(QObject, "promptEdit").isVisible())
application = app._application()
home = app.Home.from_environment()
instance = SingleInstance(home.data, application)
assert instance.take()
with app._log_to(home.logs):
    window = app.open_frame(home)
    probe = Probe()
    window.painted.connect(probe.painted, Qt.ConnectionType.QueuedConnection)
    runner = app.Runner(window, instance, [])
    runner.begin()
    window.show()
    application.exec()
"""
)
PICTURE = (
    CLOCK
    + """
from studio import app
from studio.ui.instance import SingleInstance
application = app._application()
home = app.Home.from_environment()
window = app.open_frame(home)
runner = app.Runner(window, SingleInstance(home.data, application), [])
runner.begin()
def ended(run):
    tell(state=run.job.state.value)
window.studio.session.run_ended.connect(ended)
window.studio.form.edit(prompt="a cat wearing a top hat on a blue background")
window.show()
window.studio.session.generate()  # pressed at once: done as soon as it can be
application.exec()
"""
)


def measure(code: str, home: Path) -> dict:
    # Bytecode is kept, as in every installation: the warm-up round compiles.
    environment = os.environ | {"STUDIO_HOME": str(home),
                                "PYTHONPYCACHEPREFIX": str(home.parent / "bytecode")}  # fmt: skip
    for name in ("OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True,
        text=True, timeout=250, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def middle(runs: list[dict], what: str) -> float:
    return statistics.median(run[what] for run in runs)


@pytest.mark.bench
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the start from /proc")
def test_window_is_up_in_half_a_second(tmp_path):
    codes = {"python -c pass": NOTHING, "bare PySide6 window": BARE, "studio, painted": WINDOW}
    runs: dict[str, list[dict]] = {name: [] for name in codes}
    for _ in range(ROUNDS + 1):  # side by side, so that they suffer alike
        for name, code in codes.items():
            runs[name].append(measure(code, tmp_path / "home"))
    print(f"\n{'median of ' + str(ROUNDS):24}{'wall s':>8}{'cpu s':>8}{'× bare':>8}{'goal':>7}")
    bare = middle(runs["bare PySide6 window"][1:], "cpu")
    for name, found in runs.items():
        wall, cpu = middle(found[1:], "wall"), middle(found[1:], "cpu")
        goal = f"{WINDOW_SECONDS:7.2f}" if "studio" in name else ""
        print(f"{name:24}{wall:8.2f}{cpu:8.2f}{cpu / bare:8.1f}{goal}")
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    mine = runs["studio, painted"][1:]
    assert not any(run["large"] for run in mine)
    assert all(run["prompt"] for run in mine)
    # The processor time is ours; the wall time on a busy machine is not.
    assert min(middle(mine, "cpu"), middle(mine, "wall")) <= WINDOW_SECONDS


@pytest.mark.bench
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the start from /proc")
def test_first_picture_comes_soon(tmp_path):
    if not (ROOT / "resources" / "models" / "starter").is_dir():
        pytest.skip("needs the starter model")
    run = measure(PICTURE, tmp_path / "home")
    seconds, cpu, goal = run["wall"], run["cpu"], PICTURE_SECONDS
    print(f"\n{'first finished picture':28}{'seconds':>9}{'cpu s':>8}{'goal':>7}{'ratio':>7}")
    print(f"{'starter, cold':28}{seconds:9.2f}{cpu:8.2f}{goal:7.2f}{seconds / goal:7.2f}")
    print(f"load: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    assert run["state"] == "finished"
    assert seconds <= goal
