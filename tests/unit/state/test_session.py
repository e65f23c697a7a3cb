from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from studio.engine.errors import InvalidRequest, OutOfMemory, SaveFailed
from studio.jobs.job import JobState
from studio.library.database import Library
from studio.state.session import title_of
from tests.unit.state.conftest import Engine, make_studio


class Listener:
    def __init__(self, session):
        self.frames, self.ended, self.refused = {}, [], []
        session.frames_added.connect(self.on_frames)
        session.run_ended.connect(self.on_ended)
        session.field_refused.connect(self.on_refused)

    def on_frames(self, run, frames):
        self.frames.setdefault(run, []).extend(frames)

    def on_ended(self, run):
        self.ended.append(run)

    def on_refused(self, field, words):
        self.refused.append((field, words))


def test_a_run_gives_frames_and_a_file(ready, qtbot):
    heard = Listener(ready.session)
    ready.session.generate()
    qtbot.waitUntil(lambda: len(heard.ended) == 1)
    run = heard.ended[0]
    assert run.job.state is JobState.FINISHED
    assert [f.index for f in heard.frames[run]] == [0, 1, 2, 3, 4]
    with Image.open(run.job.result.path) as picture:
        assert picture.size == (64, 64)
    assert not ready.session.is_generating


def test_random_becomes_a_real_seed_and_is_remembered(ready, qtbot):
    heard = Listener(ready.session)
    ready.session.generate()
    qtbot.waitUntil(lambda: len(heard.ended) == 1)
    seed = heard.ended[0].request.seed
    assert 0 <= seed < 2**32
    assert ready.session.last_seed == seed
    assert ready.form.request.seed == -1


def test_a_batch_is_that_many_jobs_with_following_seeds(ready, qtbot):
    heard = Listener(ready.session)
    ready.form.edit(batch=3, seed=2**32 - 2)
    ready.session.generate()
    qtbot.waitUntil(lambda: len(heard.ended) == 3)
    assert [r.request.seed for r in heard.ended] == [2**32 - 2, 2**32 - 1, 0]
    assert len({r.job.result.path for r in heard.ended}) == 3


def test_next_goes_before_everything_that_waits(ready, qtbot):
    ready.generation.pause(True)
    ready.session.generate()
    ready.form.edit(prompt="urgent", batch=2, seed=10)
    ready.session.generate_next()
    titles = [job.title for job in ready.generation.waiting]
    assert titles == ["urgent", "urgent", "a red fox"]
    seeds = [ready.session.run_of(job).request.seed for job in ready.generation.waiting[:2]]
    assert seeds == [10, 11]
    ready.session.stop_all()


def test_stop_ends_the_batch_and_keeps_the_frames(ready, qtbot):
    heard = Listener(ready.session)
    ready.form.edit(batch=3, steps=1000)
    ready.session.generate()
    qtbot.waitUntil(lambda: any(len(f) > 2 for f in heard.frames.values()))
    ready.session.stop()
    qtbot.waitUntil(lambda: len(heard.ended) == 3)
    assert {run.job.state for run in heard.ended} == {JobState.STOPPED}
    stopped = next(run for run in heard.ended if run in heard.frames)
    assert stopped.take.state == "cancelled"
    assert len(stopped.take.frames) >= len(heard.frames[stopped])


def test_a_stopped_run_that_cannot_be_kept_is_told(ready, qtbot, monkeypatch):
    def full(*_args):
        raise SaveFailed("The take could not be saved: the disk is full.", "Free some space.")

    monkeypatch.setattr(Library, "save_unfinished", full)
    heard = Listener(ready.session)
    ready.form.edit(steps=1000)
    ready.session.generate()
    qtbot.waitUntil(lambda: any(len(f) > 2 for f in heard.frames.values()))
    ready.session.stop()
    qtbot.waitUntil(lambda: len(heard.ended) == 1)
    told = ready.messages.listen()[-1]
    assert told.text == "The steps of the run that ended early could not be saved."
    assert told.hint == "The take could not be saved: the disk is full. Free some space."


def test_skip_ends_one_picture_and_the_batch_goes_on(ready, qtbot):
    heard = Listener(ready.session)
    ready.form.edit(batch=2, steps=300)
    ready.session.generate()
    qtbot.waitUntil(lambda: bool(heard.frames))
    ready.session.skip()
    qtbot.waitUntil(lambda: len(heard.ended) == 2, timeout=20000)
    assert [r.job.state for r in heard.ended] == [JobState.STOPPED, JobState.FINISHED]


def test_an_impossible_setting_names_its_field(ready):
    heard = Listener(ready.session)
    ready.form.edit(width=67)
    ready.session.generate()
    assert heard.refused[0][0] == "width"
    assert not ready.session.is_generating
    assert ready.messages.listen()[-1].text == "A width of 67 pixels is impossible for this model."


def test_a_failure_is_said_and_the_next_run_works(home, qtbot):
    studio = make_studio(home, Engine(fail=OutOfMemory("Too large.", "Try less.")))
    heard = Listener(studio.session)
    studio.form.edit(steps=2, width=64, height=64)
    studio.session.generate()
    qtbot.waitUntil(lambda: len(heard.ended) == 1)
    assert [m.text for m in studio.messages.listen()] == ["Too large."]
    studio.engine.fail = None
    studio.session.generate()
    qtbot.waitUntil(lambda: len(heard.ended) == 2)
    assert heard.ended[1].job.state is JobState.FINISHED
    assert studio.close()


def test_preparers_may_change_or_refuse_a_request(ready):
    def prepare(request):
        if not request.prompt:
            raise InvalidRequest("prompt", "Say something.")
        return request.edit(negative_prompt="added")

    ready.session.preparers.append(prepare)
    assert ready.session.build_requests()[0].negative_prompt == "added"
    ready.form.edit(prompt="")
    with pytest.raises(InvalidRequest):
        ready.session.build_requests()


def test_a_title_is_one_short_line(ready):
    assert title_of(ready.form.request.edit(prompt="a\n b  " + "x" * 500)).startswith("a b xxx")
    assert len(title_of(ready.form.request.edit(prompt="x" * 500))) == 80
    assert title_of(ready.form.request.edit(prompt="")) == "(no prompt)"


def test_generate_fills_in_each_picture_of_a_batch(ready, tmp_path):
    ready.wording.folder.mkdir(parents=True)
    (ready.wording.folder / "n.txt").write_text("\n".join(map(str, range(1000))))
    ready.form.edit(prompt="__n__", batch=4, seed=5)
    prompts = [request.prompt for request in ready.session.build_requests()]
    assert len(set(prompts)) == 4
    assert ready.form.request.prompt == "__n__"


def test_other_roads_to_a_run_say_what_is_missing_and_go_on(ready):
    ready.generation.pause(True)
    run = ready.session.submit(replace(ready.form.request, prompt="a __gone__", seed=1))
    assert run.request.prompt == "a __gone__"
    assert "no list called gone" in ready.messages.listen()[-1].text
    ready.session.stop_all()
