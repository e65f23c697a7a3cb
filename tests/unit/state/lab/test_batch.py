"""Pictures asked for together: only those are followed, and a new batch gives up the old one."""

from __future__ import annotations

import pytest

from studio.state.lab.batch import Batch, without_words
from tests.unit.state.conftest import ready, studio  # noqa: F401 - fixtures


@pytest.fixture
def batch(ready):  # noqa: F811
    made = Batch(ready.session, ready.generation)
    made.seen, made.ended = [], []
    made.frames_added.connect(lambda key, frames: made.seen.append((key, len(frames))))
    made.run_ended.connect(lambda key, run: made.ended.append((key, run.request.seed)))
    return made


def test_each_run_is_known_by_its_key_and_others_are_not_looked_at(batch, ready, qtbot):  # noqa: F811
    ready.session.generate()
    request = ready.session.build_requests()[0]
    batch.start({"a": request.edit(seed=3), "b": request.edit(seed=4)})
    assert batch.waiting == 2
    qtbot.waitUntil(lambda: batch.waiting == 0, timeout=20_000)
    assert batch.ended == [("a", 3), ("b", 4)]
    frames = {key: sum(n for k, n in batch.seen if k == key) for key in "ab"}
    assert frames == {"a": 5, "b": 5}
    assert len(ready.engine.requests) == 3


def test_a_new_batch_gives_up_the_old_one(batch, ready, qtbot):  # noqa: F811
    request = ready.session.build_requests()[0]
    batch.start({n: request.edit(seed=n) for n in range(30)})
    batch.start({"new": request})
    qtbot.waitUntil(lambda: batch.waiting == 0, timeout=20_000)
    assert [key for key, _ in batch.ended][-1] == "new"
    assert len(ready.engine.requests) < 10


def test_without_words_nothing_steers():
    from studio.engine.request import GenerationRequest

    bare = without_words(GenerationRequest(prompt="a fox", negative_prompt="x", guidance_scale=7))
    assert (bare.prompt, bare.negative_prompt, bare.guidance_scale) == ("", "", 1.0)
