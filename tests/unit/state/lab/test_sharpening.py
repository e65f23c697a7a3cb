"""Real decodes of chosen steps, only where the decoder is quick."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from studio.engine.errors import InvalidRequest
from studio.engine.record import Stage
from studio.jobs.job import Job
from studio.jobs.queue import JobQueue
from studio.state.lab.sharpening import QUICK_SECONDS, Sharpener
from tests.fakes import make_result


class Decoder:
    """Pictures whose brightness is the step's index; the delta of step 1 is missing."""

    def sharp(self, step, lane, request):
        if (step.index, lane) == (1, "delta"):
            raise InvalidRequest("lane", "none", "")
        return np.full((4, 4, 3), step.index, np.uint8)


@pytest.fixture
def queue(qapp):
    made = JobQueue("test")
    yield made
    assert made.close()


def a_run(seconds=0.01):
    result = make_result()
    job = Job(lambda stop: iter(()))
    job.result = SimpleNamespace(take=result.take, seconds={Stage.DECODING.value: seconds})
    return SimpleNamespace(job=job, request=result.take.request)


def test_wanted_steps_come_back_under_their_key(queue, qtbot):
    sharpener = Sharpener(Decoder(), queue)
    with qtbot.waitSignal(sharpener.sharpened, timeout=10_000) as caught:
        assert sharpener.ask(0.5, a_run(), [(0, "x0"), (3, "noisy"), (1, "delta"), (99, "x0")])
    key, found = caught.args
    assert key == 0.5
    assert {wanted: int(pixels[0, 0, 0]) for wanted, pixels in found.items()} == {
        (0, "x0"): 0, (3, "noisy"): 3}  # fmt: skip


def test_a_slow_decoder_is_not_asked(queue):
    sharpener = Sharpener(Decoder(), queue)
    assert not sharpener.ask("a", a_run(seconds=QUICK_SECONDS * 2), [(0, "x0")])
    assert sharpener.ask("a", a_run(), [(0, "x0")])
    assert sharpener.ask("b", a_run(seconds=QUICK_SECONDS * 2), [(0, "x0")])  # a busy moment
    run = a_run()
    run.job.result.take = None
    assert not sharpener.ask("a", run, [(0, "x0")])
