"""The laboratory: milliseconds of the window's thread for each frame, seconds to learn a spiral."""

from __future__ import annotations

import time

import pytest
from PySide6.QtGui import QImage, QPainter

from studio.lab import views
from studio.lab.data import make_data
from studio.lab.laboratory import fields_task, items, run, sample_task
from studio.lab.process import Process
from studio.lab.settings import SampleSettings, TrainSettings
from studio.ui import theme
from studio.ui.lab.paint import ink_of, paint_figure

FRAME_MS = 1000 / 30
FRAMES = 40


def milliseconds(make):
    """Processor time of this thread for one frame, made and painted at 900 x 760."""
    image = QImage(900, 760, QImage.Format.Format_RGB32)
    began = time.thread_time()
    for i in range(FRAMES):
        painter = QPainter(image)
        paint_figure(painter, make(i / FRAMES), 900, 760)
        painter.end()
    return (time.thread_time() - began) / FRAMES * 1000


@pytest.mark.bench
def test_frames_of_the_plane(qapp):
    data, ink = make_data("spiral"), ink_of(theme.DARK)
    field = items(fields_task(data, Process(), [0.06]))[0]
    paths = run(sample_task(data, SampleSettings(sampler="DDPM", steps=40, count=1024)))
    rows = {
        "field, 729 arrows": milliseconds(lambda at: views.field_view(data, field, ink)),
        "1,024 points": milliseconds(lambda at: views.sampling_view(data, paths, 40 * at, ink)),
    }
    for name, spent in rows.items():
        print(f"{name:20s} {spent:6.1f} ms of {FRAME_MS:.1f} ms  ({spent / FRAME_MS:.0%})")
    assert sum(rows.values()) < FRAME_MS


@pytest.mark.bench
def test_a_spiral_is_learned_in_seconds(learn):
    report, seconds = learn
    print(f"1,500 steps: {seconds:.1f} s of processor time, loss {report.loss:.3f}")
    assert seconds < 10


@pytest.fixture
def learn():
    from studio.lab.training import train

    work = train(make_data("spiral"), TrainSettings())
    began = time.process_time()
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value, time.process_time() - began
