"""What the filmstrip costs: memory of long takes, scrubbing, opening. `pytest -m bench -s`.

Times are seconds of this process on the processor: on a shared machine only those mean something.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from studio.engine.request import GenerationRequest
from studio.library.takes import load_take, save_take
from studio.state.filmstrip.model import FilmstripModel
from studio.ui.canvas.view import CanvasView
from studio.ui.filmstrip.view import FilmstripView
from studio.ui.qimage import to_qimage
from tests.fakes import make_take

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

MEMORY_MB = 200  # a 1,000-step take may cost the window so much more than a 20-step one
SCRUB_MS = 16
OPEN_SECONDS = 0.3

_CHILD = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtWidgets import QApplication
import psutil
app = QApplication([])
from studio.state.filmstrip.model import FilmstripModel
from studio.ui.filmstrip.view import FilmstripView
from tests.unit.state.filmstrip.frames import make_frames
total = int(sys.argv[1])
model = FilmstripModel()
view = FilmstripView(model)
view.resize(1300, 300)
view.show()
model.begin(total)
pattern = make_frames(20, size=128)
from dataclasses import replace
for index in range(total + 1):
    frame = replace(pattern[index % 20], index=index, total=total,
                    lanes={k: p.copy() for k, p in pattern[index % 20].lanes.items()})
    model.append([frame])
    del frame
    if index % 10 == 0:
        app.processEvents()
for row in range(0, total, max(1, total // 50)):
    model.set_current(row)
    view.grab()
print(psutil.Process().memory_info().rss)
"""


def resident(steps: int) -> float:
    """MB that a process with a window of a live take of so many steps holds."""
    done = subprocess.run([sys.executable, "-c", _CHILD, str(steps)], capture_output=True,
                          text=True, check=True)  # fmt: skip
    return int(done.stdout) / 1e6


def test_memory_of_a_thousand_steps(capsys):
    short, long = resident(20), resident(1000)
    with capsys.disabled():
        print(
            f"\nlive take, 128 px previews, 6 lanes: 20 steps {short:.0f} MB, "
            f"1,000 steps {long:.0f} MB, {long - short:+.0f} MB (at most {MEMORY_MB})"
        )
    assert long - short <= MEMORY_MB


def test_scrubbing_a_thousand_steps_from_disk(qapp, tmp_path, capsys):
    path = tmp_path / "long.take"
    save_take(path, make_take(GenerationRequest(steps=1000), steps=1000, side=128), keep="previews")
    model, canvas = FilmstripModel(), CanvasView()
    view = FilmstripView(model)
    for widget in (view, canvas):
        widget.resize(1300, 300)
        widget.show()
    model.show_frames(load_take(path).frames)
    times = []
    for row in range(300, 420):
        began = time.process_time()
        model.set_current(row)
        canvas.set_image(to_qimage(model.frame(row).lanes["x0"]))
        QApplication.processEvents()
        view.viewport().repaint()
        canvas.repaint()
        times.append(1000 * (time.process_time() - began))
    middle, high = statistics.median(times), sorted(times)[int(0.95 * len(times))]
    with capsys.disabled():
        print(
            f"\nscrubbing 1,000 steps: p50 {middle:.1f} ms, p95 {high:.1f} ms a frame "
            f"(at most {SCRUB_MS})"
        )
    assert middle <= SCRUB_MS


def test_opening_a_take_of_thirty_steps(tmp_path, capsys):
    path = tmp_path / "a.take"
    take = make_take(GenerationRequest(steps=30), steps=30, shape=(1, 4, 64, 64), side=256)
    save_take(path, take)
    began = time.perf_counter()
    opened = load_take(path)
    frames = [replace(f) for f in opened.frames]
    for frame in frames:
        for lane in ("noisy", "x0", "delta"):
            _ = frame.lanes[lane].shape
    seconds = time.perf_counter() - began
    with capsys.disabled():
        print(
            f"\nopening 30 steps at 64x64 latents, three lanes decoded: {seconds:.3f} s "
            f"(at most {OPEN_SECONDS}), file {path.stat().st_size / 1e6:.1f} MB"
        )
    assert seconds <= OPEN_SECONDS


def test_memory_is_given_back(qapp, capsys):
    """Showing many takes one after the other does not pile up."""
    from tests.unit.state.filmstrip.frames import make_frames

    model = FilmstripModel()
    view = FilmstripView(model)
    view.resize(1300, 300)
    view.show()
    sizes = []
    for number in range(60):
        model.show_frames(make_frames(20, size=128, seed=number))
        view.grab()
        if number in (19, 59):
            sizes.append(psutil.Process().memory_info().rss / 1e6)
    with capsys.disabled():
        print(f"\n40 further takes shown: {sizes[1] - sizes[0]:+.1f} MB")
    assert sizes[1] - sizes[0] < 25
