"""What a user does in the first minutes, on the real window with a real (tiny) model."""

from __future__ import annotations

import json
import time

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from studio.jobs.job import JobState

NAMES = [
    "promptEdit", "negativePromptEdit", "modelCombo", "samplerCombo", "scheduleCombo", "stepsSpin",
    "guidanceSpin", "seedSpin", "widthSpin", "heightSpin", "batchSpin", "generateButton",
    "stopButton", "canvasView", "filmstripView", "historyView", "queueView", "messageBar",
]  # fmt: skip


def test_everything_has_its_name_and_words_for_those_who_do_not_see(desk):
    for name in NAMES:
        assert desk[name] is not None
    for name in ("promptEdit", "modelCombo", "stepsSpin", "seedSpin", "historyView", "queueView"):
        assert desk[name].accessibleName()


def test_prompt_to_file_to_settings(desk):
    desk.qtbot.keyClicks(desk["promptEdit"], "a red fox")
    desk["stepsSpin"].setValue(5)
    desk["seedSpin"].setValue(4_000_000_000)
    desk["samplerCombo"].setCurrentText("Euler a")
    desk.qtbot.keyClick(desk["promptEdit"], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: desk["historyView"].model().rowCount() == 1)
    assert desk["filmstripView"].model().rowCount() == 6
    assert desk["canvasView"].image is not None
    [path] = desk.pictures
    with Image.open(path) as picture:
        assert picture.size == (64, 64)
        assert "Steps: 5, Sampler: Euler a" in picture.text["parameters"]
        assert "Seed: 4000000000" in picture.text["parameters"]


def test_settings_and_pictures_come_back_at_the_next_start(make_desk):
    first = make_desk()
    first.window.studio.form.edit(prompt="remember me", steps=7, width=128)
    first.click("generateButton")
    first.wait(lambda: first["historyView"].model().rowCount() == 1)
    first.window.close()
    second = make_desk()
    assert second["promptEdit"].toPlainText() == "remember me"
    assert second["stepsSpin"].value() == 7
    assert second["widthSpin"].value() == 128
    second.wait(lambda: second["historyView"].model().rowCount() == 1)


def test_stop_keeps_the_frames(desk):
    desk.window.studio.form.edit(steps=500)
    desk.click("generateButton")
    model = desk["filmstripView"].model()
    desk.wait(lambda: model.rowCount() > 3)
    run = desk.window.studio.session.current_run
    desk.click("stopButton")
    desk.wait(lambda: run.job.state is JobState.STOPPED, timeout=5000)
    assert 3 < model.rowCount() < 500
    desk.wait_idle()
    assert not desk["stopButton"].isEnabled()


def test_escape_stops_from_the_prompt(desk):
    desk.window.activateWindow()
    desk.window.studio.form.edit(steps=500)
    desk.click("generateButton")
    desk.wait(lambda: desk["filmstripView"].model().rowCount() > 1)
    desk["promptEdit"].setFocus()
    desk.qtbot.keyClick(desk["promptEdit"], Qt.Key.Key_Escape)
    desk.wait(lambda: not desk.window.studio.session.is_generating, timeout=5000)


def test_a_batch_waits_in_the_queue_and_makes_that_many_files(desk):
    desk["batchSpin"].setValue(3)
    desk["seedSpin"].setValue(10)
    desk.click("generateButton")
    assert desk["queueView"].model().rowCount() >= 3
    desk.wait(lambda: desk["historyView"].model().rowCount() == 3)
    assert desk["queueView"].model().rowCount() == 0
    seeds = {json.loads(_own(path))["request"]["seed"] for path in desk.pictures}
    assert seeds == {10, 11, 12}


def _own(path) -> str:
    from studio.library.metadata.read import read_settings

    request = read_settings(path).request
    return json.dumps({"request": {"seed": request.seed}})


def test_a_dropped_picture_brings_its_settings(desk):
    desk.window.studio.form.edit(prompt="the first", seed=77, steps=3)
    desk.click("generateButton")
    desk.wait(lambda: desk["historyView"].model().rowCount() == 1)
    desk.wait_idle()
    desk.window.studio.form.edit(prompt="another", seed=1, steps=9)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(desk.pictures[0]))])
    drop = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                      Qt.KeyboardModifier.NoModifier, QEvent.Type.Drop)  # fmt: skip
    desk.window.dropEvent(drop)  # an event that is sent needs a whole drag before it
    desk.wait(lambda: desk["promptEdit"].toPlainText() == "the first")
    assert (desk["seedSpin"].value(), desk["stepsSpin"].value()) == (77, 3)


def test_closing_during_a_run_is_quick_and_loses_nothing(desk):
    studio = desk.window.studio
    studio.form.edit(steps=800, prompt="half done")
    desk.click("generateButton")
    desk.wait(lambda: desk["filmstripView"].model().rowCount() > 2)
    begin = time.monotonic()
    desk.window.close()
    assert time.monotonic() - begin < 5
    assert desk.window.has_ended
    assert "half done" in studio.home.settings_file.read_text()


def test_guidance_one_switches_the_negative_prompt_off_and_says_why(desk):
    assert desk["negativePromptEdit"].isEnabled()
    desk["guidanceSpin"].setValue(1.0)
    assert not desk["negativePromptEdit"].isEnabled()
    assert "CFG scale is 1" in desk["negativePromptEdit"].accessibleDescription()
    desk["guidanceSpin"].setValue(4.0)
    assert desk["negativePromptEdit"].isEnabled()


def test_an_example_prompt_makes_the_first_picture(desk):
    desk.click("examplePrompt1")
    assert desk["promptEdit"].toPlainText() == "a fox"
    desk.wait(lambda: desk["historyView"].model().rowCount() == 1)
    assert not desk["emptyState"].isVisible()


def test_an_impossible_size_is_said_beside_its_field(desk):
    desk.window.studio.form.edit(width=70)
    desk.click("generateButton")
    assert "width of 70" in desk["messageBar"].cards[-1].message.text
    assert not desk.window.studio.session.is_generating


def test_a_deleted_model_is_one_message_and_the_program_goes_on(desk):
    import shutil

    studio = desk.window.studio
    shutil.rmtree(studio.models.find("tiny-sd").path)
    desk.click("generateButton")
    desk.wait(lambda: desk["messageBar"].cards)
    assert desk["messageBar"].cards[-1].message.hint
    desk.wait_idle()


@pytest.mark.parametrize("key", range(1, 6))
def test_workspaces_by_key(desk, key):
    desk.window.activateWindow()
    desk.qtbot.keyClick(
        desk.window, Qt.Key(Qt.Key.Key_0 + key), Qt.KeyboardModifier.ControlModifier
    )
    names = ["generate", "paint", "concepts", "library", "laboratory"]
    assert desk.window.workspaces.current == names[key - 1]


def test_a_prompt_of_100000_characters_costs_a_sentence_not_the_window(desk):
    begin = time.monotonic()
    desk.window.studio.form.edit(prompt="wort " * 20_000)
    desk.click("generateButton")
    assert time.monotonic() - begin < 3
    assert "longer than" in desk["messageBar"].cards[-1].message.text
