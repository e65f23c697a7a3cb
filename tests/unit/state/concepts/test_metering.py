"""The meter looks at decoded steps where it can, at previews where it must."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject

from studio.concepts.readings import Curve
from studio.engine.errors import BrokenFile, Cancelled
from studio.jobs.queue import JobQueue
from studio.library.forks import CannotFork
from studio.state.concepts.metering import COARSE_PX, STEPS_MAX, TITLE_MAX, Metering, title_of
from studio.state.filmstrip.model import FilmstripModel
from tests.fakes import make_frame

SHARP = np.full((200, 100, 3), 7, np.uint8)


class Node:
    id = "a"
    pixels = np.full((9, 9, 3), 5, np.uint8)


class Strip(QObject):
    """As much of a filmstrip as the meter sees."""

    def __init__(self):
        super().__init__()
        self.model = FilmstripModel(self)
        self.node, self.is_live, self.decoded, self.error = Node(), False, [], None

    def decode(self, node, index, lane):
        if isinstance(self.error, CannotFork):
            raise self.error

        def work():
            self.decoded.append((index, lane))
            if self.error:
                raise self.error
            return SHARP

        return work


class Door:
    def __init__(self):
        self.pictures = []

    def meter(self, text, steps, pictures):
        if text == "gone.png":
            raise BrokenFile("gone.png is not there any more.", "")
        self.pictures = pictures
        return Curve(text, tuple(steps), (0.0,) * len(steps), (0.0,) * len(steps), None)


@pytest.fixture
def strip(qtbot):
    return Strip()


@pytest.fixture
def meter(strip):
    queue = JobQueue("measuring", stop_error=Cancelled)
    metering = Metering(Door(), strip, queue)
    yield metering
    metering.close()
    queue.cancel_all()
    queue.close(2000)


def measured(meter, qtbot):
    qtbot.waitUntil(lambda: meter.curve is not None and not meter.is_busy, timeout=5000)
    return meter._concepts.pictures


def test_steps_are_decoded_and_the_finished_picture_is_taken_as_it_is(meter, strip, qtbot):
    strip.model.show_frames([make_frame(i, 4) for i in range(5)])
    meter.ask("hat")
    pictures = measured(meter, qtbot)
    assert strip.decoded == [(i, "x0") for i in range(4)]
    assert [picture.shape for picture in pictures] == [(200, 100, 3)] * 4 + [(9, 9, 3)]
    meter.ask("beard")
    qtbot.waitUntil(lambda: meter.curve.title == "beard", timeout=5000)
    assert len(strip.decoded) == 4  # not again for another question


@pytest.mark.parametrize("error", [CannotFork("It is gone.", ""), BrokenFile("No model.", "")])
def test_previews_stand_in_where_nothing_can_be_decoded(meter, strip, qtbot, error):
    strip.error = error
    frames = [make_frame(i, 4) for i in range(3)]
    strip.model.show_frames(frames)
    meter.ask("hat")
    pictures = measured(meter, qtbot)
    assert [p.shape for p in pictures] == [f.lanes["x0"].shape for f in strip.model.frames]


def test_a_running_strip_is_measured_by_its_previews_if_they_are_large(meter, strip, qtbot):
    strip.is_live = True
    strip.model.show_frames([make_frame(i, 4, side=COARSE_PX) for i in range(3)])
    meter.ask("hat")
    measured(meter, qtbot)
    assert strip.decoded == []
    assert not meter.is_waiting


def test_coarse_previews_claim_nothing_until_the_run_has_ended(meter, strip, qtbot):
    strip.is_live = True
    strip.model.show_frames([make_frame(i, 4, side=64) for i in range(3)])
    meter.ask("hat")
    qtbot.wait(100)
    assert (meter.curve, meter.is_busy, meter.is_waiting) == (None, False, True)
    strip.is_live = False
    meter.ask("hat")
    measured(meter, qtbot)
    assert not meter.is_waiting


def test_a_long_strip_is_sampled_with_its_ends(meter, strip, qtbot):
    strip.model.show_frames([make_frame(i, 200) for i in range(200)])
    meter.ask("hat")
    assert len(measured(meter, qtbot)) == STEPS_MAX
    assert (meter.curve.steps[0], meter.curve.steps[-1]) == (0, 199)


def test_no_expression_no_curve_and_errors_are_told(meter, strip, qtbot):
    strip.model.show_frames([make_frame(i, 4) for i in range(3)])
    meter.ask("hat")
    measured(meter, qtbot)
    meter.ask("")
    assert meter.curve is None
    with qtbot.waitSignal(meter.failed, timeout=5000) as told:
        meter.ask("gone.png")
    assert "not there" in str(told.args[0])
    assert meter.curve is None


def test_a_curve_of_the_question_before_is_not_taken_for_an_answer(meter, strip, qtbot):
    strip.model.show_frames([make_frame(i, 4) for i in range(3)])
    meter.ask("hat")
    measured(meter, qtbot)
    assert not meter.is_stale
    with qtbot.waitSignal(meter.changed):
        meter.doubt()  # the expression is being changed
    assert meter.is_stale
    meter.ask("hat")  # and changed back
    assert not meter.is_stale
    meter.ask("crown")
    assert (meter.curve.title, meter.is_stale) == ("hat", True)
    qtbot.waitUntil(lambda: meter.curve.title == "crown", timeout=5000)
    assert not meter.is_stale
    strip.model.show_frames([make_frame(i, 4) for i in range(2)])
    assert meter.is_stale


def test_sentences_name_pictures_without_their_folders():
    assert title_of("/p/ab/c.png - 0.5 hat") == "c.png − 0.5 hat"
    assert title_of('- "no hat" + "/p/a b.png"') == "− no hat + a b.png"
    many = title_of(" + ".join(f"/p/{number}.png" for number in range(30)))
    assert len(many) <= TITLE_MAX
    assert many.endswith("…")
