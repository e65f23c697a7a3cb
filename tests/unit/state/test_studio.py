from __future__ import annotations

import threading
import time

from studio.jobs.job import JobState
from tests.unit.state.conftest import make_studio


def test_begin_reads_models_and_pictures_and_warms_up(studio, qtbot):
    studio.begin()
    qtbot.waitUntil(lambda: bool(studio.models.all))
    assert studio.form.model.id == "starter"


def test_close_during_a_run_is_quick_and_keeps_the_settings(home, qtbot):
    studio = make_studio(home)
    studio.form.edit(steps=1000, width=64, height=64, prompt="half done")
    studio.session.generate()
    qtbot.waitUntil(lambda: studio.session.progress.step > 2)
    job = studio.generation.running
    begin = time.monotonic()
    assert studio.close()
    assert time.monotonic() - begin < 5
    assert job.state is JobState.STOPPED
    assert "half done" in home.settings_file.read_text()


def test_a_broken_settings_file_is_said(home, qtbot):
    home.settings_file.parent.mkdir(parents=True)
    home.settings_file.write_text("{")
    studio = make_studio(home)
    assert "settings file could not be read" in studio.messages.listen()[0].text
    assert studio.close()


def test_a_failure_in_the_background_is_said(studio, qtbot):
    def task(stop):
        yield
        raise RuntimeError("boom")

    studio.background.submit(task, "Something")
    qtbot.waitUntil(lambda: studio.background.running is None)
    assert "RuntimeError" in studio.messages.listen()[0].text


def test_all_threads_together_have_the_time_that_closing_may_take(qapp, home):
    """Each queue used to wait in full for itself: a deaf worker here and there made it long."""
    studio = make_studio(home)
    over = threading.Event()

    def deaf(_stop):
        yield
        over.wait(20)

    for queue in (studio.generation, studio.background):
        queue.submit(deaf, "deaf")
    time.sleep(0.3)
    begin = time.monotonic()
    assert not studio.close(timeout_ms=600)
    assert time.monotonic() - begin < 2.0
    over.set()
