"""The filmstrip on the real window with a real (tiny) model: generate, scrub, fork, undo."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt

from studio.library.compare import parting
from studio.library.takes import load_take
from studio.state.filmstrip.room import FilmstripRoom
from tests.unit.ui.canvas.stage import drag

LEFT = Qt.MouseButton.LeftButton


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).copy()


def make(desk, **fields):
    """Press Generate and wait until the take can be forked."""
    count = len(desk.pictures)
    desk.window.studio.form.edit(**{"prompt": "a red fox", "steps": 5, "seed": 7, **fields})
    desk.click("generateButton")
    return settled(desk, count)


def settled(desk, count):
    strip = desk.window.studio.filmstrip
    desk.wait(lambda: len(desk.pictures) == count + 1)
    desk.wait(lambda: strip.node is not None and strip.node.take is not None and not strip.is_live)
    desk.wait_idle()
    return strip.node


def press(desk, column, lane=1):
    view = desk["filmstripView"]
    g, scroll = view.geometry_now, view.horizontalScrollBar().value()
    at = QPoint(g.x_of(column, scroll) + g.thumb_width // 2, g.y_of(lane) + g.thumb_height // 2)
    desk.qtbot.mouseClick(view.viewport(), LEFT, pos=at)


def test_generate_scrub_fork_and_undo(desk):
    parent = make(desk)
    strip = desk.window.studio.filmstrip
    press(desk, 2)
    assert strip.model.current == 2
    assert desk["canvasView"].accessibleDescription().startswith("Step 3 of 5")
    desk.wait(lambda: strip.shown().is_sharp)
    assert desk["canvasView"].image().width() == 64

    desk.click("stripFork")
    assert desk["forkCard"].isVisible()
    desk["forkPrompt"].setPlainText("a blue whale")
    desk.click("forkButton")
    child = settled(desk, 1)
    assert child.parent == (parent.id, 2)
    assert strip.model.rowCount() == 6
    found = parting(load_take(parent.file).steps, load_take(child.file).steps)
    assert found.index == 2
    assert "with the prompt" in found.what

    tree = desk["takeTree"]
    tree.setFocus()
    desk.qtbot.keyClick(tree, Qt.Key.Key_Delete)
    desk.wait(lambda: strip.node is parent)
    assert not child.picture.exists()
    desk.window.actions_of["strip.undo"].trigger()
    desk.wait(lambda: strip.node is child)
    assert child.picture.exists()


@pytest.mark.parametrize("sampler", ["DPM++ 2M", "Euler a", "UniPC"])
def test_an_unchanged_fork_from_the_window_has_the_same_bytes(desk, sampler):
    parent = make(desk, sampler=sampler)
    press(desk, 3)
    desk.click("stripFork")
    desk.click("forkButton")
    child = settled(desk, 1)
    assert child.id != parent.id
    assert (pixels(child.picture) == pixels(parent.picture)).all()
    assert parting(load_take(parent.file).steps, load_take(child.file).steps) is None


def test_a_stopped_take_goes_on_to_the_end_of_its_steps(desk):
    strip = desk.window.studio.filmstrip
    desk.window.studio.form.edit(prompt="a red fox", steps=60, seed=7)
    desk.click("generateButton")
    desk.wait(lambda: strip.model.rowCount() > 5)
    desk.click("stopButton")
    stopped = settled(desk, 0)
    assert stopped.take.state == "cancelled"
    desk.window.actions_of["strip.continue"].trigger()
    ended = settled(desk, 1)
    assert ended.parent == (stopped.id, stopped.take.steps[-1].index)
    assert strip.model.frames[-1].index == 60
    whole = make(desk, steps=60)
    assert (pixels(whole.picture) == pixels(ended.picture)).all()


def test_forks_from_the_gallery_weeks_later(make_desk):
    first = make_desk()
    parent = make(first)
    original = pixels(parent.picture)
    first.window.close()
    desk = make_desk()
    desk.wait(lambda: desk["historyView"].model().rowCount() == 1)
    desk.window.studio.filmstrip.open_picture(parent.picture)
    strip = desk.window.studio.filmstrip
    desk.wait(lambda: strip.node is not None and strip.node.take is not None)
    assert strip.node.id == parent.id
    press(desk, 1)
    desk.click("stripFork")
    desk.click("forkButton")
    child = settled(desk, 1)
    assert child.parent == (parent.id, 1)
    assert (pixels(child.picture) == original).all()


def test_keep_compare_and_replay(desk):
    first = make(desk)
    second = make(desk, seed=8)
    strip, room = desk.window.studio.filmstrip, desk.window.findChild(FilmstripRoom)
    press(desk, 2)
    desk.click("stripKeep")
    desk.wait(lambda: len(desk.pictures) == 3)
    room.comparison.start(first)
    desk.wait(lambda: room.comparison.words != "")
    assert "part at step 1: the noisy latents are" in room.comparison.words
    assert desk["compareStrip"].isVisible()
    assert strip.node is second
    with desk.qtbot.waitSignal(room.replay.checked, timeout=60_000) as checked:
        desk.window.actions_of["strip.replay"].trigger()
    assert checked.args[0].is_identical


def test_guidance_off_says_so_in_the_strip(desk):
    make(desk, guidance_scale=1.0)
    from studio.library.strip_words import why_missing

    frames = desk["filmstripView"].model().frames
    assert why_missing("uncond", frames) == "CFG is 1: there is no pass without the prompt."
    desk["filmstripView"].grab()


def test_the_strip_never_takes_the_focus(desk):
    desk.window.activateWindow()
    prompt = desk["promptEdit"]
    prompt.setFocus()
    desk.wait(prompt.hasFocus)
    desk.qtbot.keyClicks(prompt, "a red fox")
    desk.qtbot.keyClick(prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settled(desk, 0)
    assert prompt.hasFocus()


def test_a_fork_repaints_only_what_is_masked(desk):
    parent = make(desk)
    strip, room = desk.window.studio.filmstrip, desk.window.studio.canvas
    desk.window.workspaces.show("paint")
    with desk.qtbot.waitSignal(room.files.opened, timeout=20_000):
        room.files.open(parent.picture)
    drag(desk.qtbot, desk["canvasView"], [(40, 12), (60, 12), (60, 50)])
    mask = room.document.mask.copy()
    assert 0 < (mask > 0).mean() < 0.8
    desk.window.workspaces.show("generate")
    strip.show(parent)
    press(desk, 1)
    desk.click("stripFork")
    assert desk["forkMask"].isEnabled()
    desk["forkMask"].setChecked(True)
    desk["forkPrompt"].setPlainText("a blue whale")
    desk.click("forkButton")
    child = settled(desk, 1)
    before, after = pixels(parent.picture), pixels(child.picture)
    assert (after[mask == 0] == before[mask == 0]).all()
    assert (after[mask > 128] != before[mask > 128]).any()
    assert "mask" in strip.tree.title(child)


def test_a_kept_frame_leads_back_to_its_step(desk):
    parent = make(desk)
    press(desk, 2)
    desk.click("stripKeep")
    desk.wait(lambda: len(desk.pictures) == 2)
    desk.wait_idle()
    make(desk, seed=8)
    kept = next(p for p in desk.pictures if not p.with_suffix(".take").exists())
    studio = desk.window.studio
    studio.show_picture(studio.library.at(kept))
    desk.wait(lambda: studio.filmstrip.node is parent)
    assert studio.filmstrip.model.current == 2


def test_what_the_fresh_noise_is_for_is_shown_from_the_settings(desk):
    studio, room = desk.window.studio, desk.window.findChild(FilmstripRoom)
    studio.form.edit(width=64, height=64)
    desk["noiseLesson"].click()
    desk.wait(lambda: room.comparison.node is not None)
    desk.wait_idle()
    samplers = [n.request.sampler for n in (room.comparison.node, studio.filmstrip.node)]
    assert samplers == ["DDPM", "DDPM, noise removed"]
    first, second = (n.take.steps[-1].x.std() for n in (room.comparison.node,
                                                        studio.filmstrip.node))  # fmt: skip
    assert second < first
    assert desk["compareStrip"].isVisible()
