"""What a user does in the first minutes, on the real window with a real (tiny) model."""

from __future__ import annotations

import json
import time

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QTabBar, QWidget

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


def _unnamed(window):
    for widget in window.findChildren(QWidget):
        is_reached = widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if not is_reached or isinstance(widget, (QScrollArea, QTabBar)):
            continue
        is_qts_own = widget.objectName().startswith("qt_")
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not is_qts_own and not widget.accessibleName() and not text:
            yield f"{type(widget).__name__} {widget.objectName()}"


def test_everything_that_takes_keys_says_what_it_is(desk):
    nameless = set()
    for name in ("paint", "concepts", "library", "laboratory", "generate"):
        desk.window.workspaces.show(name)
        desk.qtbot.wait(30)
        nameless.update(_unnamed(desk.window))
    assert not nameless
    buttons = desk.window.findChildren(QAbstractButton)
    assert not [b.objectName() for b in buttons if b.isVisible() and not b.text()
                and not b.toolTip() and not b.objectName().startswith("qt_")]  # fmt: skip


def test_tab_goes_from_the_prompt_round_the_whole_window(desk):
    desk.window.activateWindow()
    desk["promptEdit"].setFocus()
    seen = []
    for _ in range(150):
        desk.qtbot.keyClick(desk.window.focusWidget(), Qt.Key.Key_Tab)
        seen.append(desk.window.focusWidget().objectName())
        if seen[-1] == "promptEdit":
            break
    assert seen[-1] == "promptEdit"
    assert {"negativePromptEdit", "generateButton", "batchSpin", "samplerCombo", "seedSpin",
            "canvasView", "filmstripView", "historyView", "modelCombo"} <= set(seen)  # fmt: skip


def test_ctrl_enter_always_adds_and_the_queue_is_changed_by_key(desk):
    control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
    desk.window.studio.form.edit(steps=900)
    for name in ("one", "two", "three"):
        desk.window.studio.form.edit(prompt=name)
        desk.qtbot.keyClick(desk["promptEdit"], Qt.Key.Key_Return, control)
    queue = desk["queueView"]

    def titles():
        model = queue.model()
        return [model.index(row).data() for row in range(model.rowCount())]

    desk.wait(lambda: titles() == ["one", "two", "three"])
    queue.setCurrentIndex(queue.model().index(2))
    desk.qtbot.keyClick(queue, Qt.Key.Key_Up, alt)
    assert titles() == ["one", "three", "two"]
    desk.qtbot.keyClick(queue, Qt.Key.Key_Delete)
    assert titles() == ["one", "two"]
    desk.window.studio.session.stop_all()
    desk.wait_idle()


def test_a_photo_can_be_the_start_of_a_picture(desk, tmp_path):
    photo = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 64), (200, 40, 40)).save(photo)
    desk.window.files_dropped.emit([photo])
    desk.wait(lambda: desk["messageBar"].cards)
    desk.click("messageAction")  # Start from it
    assert desk.window.workspaces.current == "paint"
    document = desk.window.studio.canvas.document
    desk.wait(lambda: not document.is_empty())
    [request] = desk.window.studio.session.build_requests()
    assert request.image is not None
    assert request.inpaint is None
    assert 0 < request.strength < 1


def test_lists_of_words_reach_the_file_and_the_form_keeps_its_own(desk):
    folder = desk.window.studio.wording.folder
    folder.mkdir(parents=True)
    (folder / "animals.txt").write_text("lynx\n")
    desk.window.studio.form.edit(prompt="a __animals__", steps=2, seed=1)
    desk.click("generateButton")
    desk.wait(lambda: desk["historyView"].model().rowCount() == 1)
    with Image.open(desk.pictures[0]) as picture:
        assert picture.text["parameters"].startswith("a lynx\n")
    assert desk["promptEdit"].toPlainText() == "a __animals__"


def test_chosen_keys_work_at_the_next_start(make_desk):
    first = make_desk()
    first.window.actions_of.set_keys("view.library", ["F8"])
    first.window.close()
    second = make_desk()
    second.window.activateWindow()
    second.wait(second.window.isActiveWindow)
    second.qtbot.keyClick(second.window, Qt.Key.Key_F8)
    assert second.window.workspaces.current == "library"
