from __future__ import annotations

import pytest

from studio.engine.record import Stage, Status
from studio.state.progress import ProgressMeter, duration
from tests.fakes import make_frame


def test_stage_words_then_steps_with_time_left():
    meter = ProgressMeter()
    assert meter.add(Status(stage=Stage.LOADING, detail="weights")).text == (
        "Loading the model: weights"
    )
    for index in range(4):
        progress = meter.add(make_frame(index, 1000))
    assert (progress.step, progress.total) == (4, 1000)
    assert progress.fraction == pytest.approx(0.004)
    assert progress.seconds_left == pytest.approx(0.01 * 996)
    assert progress.text == "Denoising · step 4 of 1000 · 10 s left"
    assert meter.add(Status(stage=Stage.DECODING)).text == "Developing the picture"


def test_the_last_frame_does_not_count_beyond_the_end():
    meter = ProgressMeter()
    assert meter.add(make_frame(8, 8)).step == 8
    assert "left" not in meter.progress.text


def test_a_repeated_stage_does_not_hide_the_step():
    meter = ProgressMeter()
    meter.add(make_frame(2, 8))
    assert meter.add(Status(stage=Stage.DENOISING, fraction=0.3)).step == 3


@pytest.mark.parametrize(("seconds", "words"), [
    (0.4, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (125, "2 min 5 s"), (3780, "1 h 3 min"),
])  # fmt: skip
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words
