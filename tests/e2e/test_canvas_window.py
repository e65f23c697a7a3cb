"""The canvas in the real window: mask a hat, inpaint "a crown", undo, redo, save, reopen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QPushButton

from studio.engine.errors import StudioError
from studio.state.canvas.document import PICTURE
from studio.ui.canvas.drop_zones import Use
from studio.ui.canvas.page import CanvasPage
from tests.e2e.canvas_stage import WAIT, generate, open_picture, view, window
from tests.unit.ui.canvas.stage import a_picture, drag, pen

# The offscreen platform says so of every window.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
__all__ = ["view", "window"]


def test_mask_inpaint_undo_redo_save_reopen(window, view, qtbot, tmp_path) -> None:
    room, document = window.studio.canvas, window.studio.canvas.document
    picture = a_picture(160, 120)
    path = open_picture(window, qtbot, picture, tmp_path)
    drag(qtbot, view, [(60, 30), (100, 30), (100, 45)])
    mask = document.mask.copy()
    assert mask.any()
    window.studio.form.edit(batch=2)
    generate(window, qtbot, 2)
    assert document.undo_stack.count() == 1  # results are candidates, not changes
    assert np.array_equal(document.picture, picture)
    first, second = room.candidates.items
    assert not np.array_equal(first.picture, second.picture)
    for item in (first, second):
        assert item.path.exists()
        assert np.array_equal(item.picture[mask == 0], picture[mask == 0])
    view.grab()
    room.candidates.show(0)
    qtbot.mouseClick(window.findChild(QPushButton, "takeCandidate"), Qt.MouseButton.LeftButton)
    assert np.array_equal(document.picture, first.picture)
    assert np.array_equal(document.mask, mask)  # retry keeps the mask
    window.actions_of["canvas.undo"].trigger()
    assert np.array_equal(document.picture, picture)
    window.actions_of["canvas.undo"].trigger()
    assert not document.has_mask()
    window.actions_of["canvas.redo"].trigger()
    window.actions_of["canvas.redo"].trigger()
    assert np.array_equal(document.picture, first.picture)
    assert first.path.exists()  # undo never deletes a picture
    assert np.array_equal(np.asarray(Image.open(path)), picture)  # nothing is overwritten
    project = tmp_path / "work.studio"
    room.files.save(project)
    qtbot.waitUntil(lambda: not document.is_modified(), timeout=WAIT)
    document.open(np.zeros((8, 8, 3), np.uint8))
    with qtbot.waitSignal(room.files.opened, timeout=WAIT):
        room.files.open(project)
    assert np.array_equal(document.picture, first.picture)
    assert np.array_equal(document.mask, mask)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_crown_for_the_hat_of_a_starter_picture(window, view, qtbot) -> None:
    """With the shipped model and a pen: the black hat becomes a golden crown, the rest stays."""
    studio, room = window.studio, window.studio.canvas
    hat = "a woman with red hair wearing a top hat in the desert"
    studio.form.edit(model="starter", prompt=hat, steps=14, seed=0, batch=1)
    window.workspaces.show("generate")
    with qtbot.waitSignal(studio.session.run_ended, timeout=300_000):
        window.actions_of["generate.start"].trigger()
    qtbot.waitUntil(lambda: room.is_another_shown(), timeout=WAIT)
    window.workspaces.show("paint")
    picture = room.document.picture.copy()
    room.tools.set_brush(replace(room.tools.brush, size=20.0, pressure_size=False))
    dark = picture.mean(axis=2) < 80  # the hat, wherever the model has drawn it
    dark[72:] = False
    rows, columns = np.nonzero(dark)
    (top, bottom), (left, right) = (np.percentile(v, (2, 98)) for v in (rows, columns))
    strokes = [(x, y) for y in np.arange(top, bottom + 8, 8) for x in (left, right)]
    pen(view, "press", *strokes[0], 0.6)
    for place in strokes[1:]:
        pen(view, "move", *place, 0.6)
    pen(view, "release", *strokes[-1], 0.0)
    mask = room.document.mask.copy()
    studio.form.edit(prompt="a crown", seed=1)
    window.actions_of["generate.start"].trigger()
    qtbot.waitUntil(lambda: bool(room.candidates.items), timeout=300_000)
    result = room.candidates.items[0].picture
    assert np.array_equal(result[mask == 0], picture[mask == 0])
    assert dark.sum() > 200
    red, _, blue = result[dark & (mask == 255)].mean(axis=0)
    assert red > 150
    assert blue < red - 60


def test_twenty_rounds_in_little_leave_the_rest_alone(window, view, qtbot, tmp_path) -> None:
    room, document = window.studio.canvas, window.studio.canvas.document
    picture = a_picture(130, 110)
    open_picture(window, qtbot, picture, tmp_path)
    drag(qtbot, view, [(50, 40), (70, 60)])
    kept = document.mask == 0
    window.studio.form.edit(steps=1)
    for _ in range(3):
        generate(window, qtbot)
        room.candidates.take()
    assert np.array_equal(document.picture[kept], picture[kept])
    assert (document.picture != picture).any()


def test_an_empty_mask_says_so_and_does_nothing(window, qtbot, tmp_path) -> None:
    open_picture(window, qtbot, a_picture(96, 96), tmp_path)
    told = []
    window.studio.messages.message_added.connect(told.append)
    window.actions_of["generate.start"].trigger()
    assert any("Nothing is masked" in message.text for message in told)
    assert window.studio.generation.running is None
    assert not window.studio.generation.waiting


def test_outpainting_by_dragging_the_frame(window, view, qtbot, tmp_path) -> None:
    room, document = window.studio.canvas, window.studio.canvas.document
    picture = a_picture(96, 96)
    open_picture(window, qtbot, picture, tmp_path)
    room.edit_options(overlap=0)
    window.actions_of["canvas.frame"].trigger()
    view.set_zoom(2.0)
    drag(qtbot, view, [(96, 48), (110, 48), (128, 48)])
    grown = room.frame.growth()[2]
    assert grown > 20
    generate(window, qtbot)
    assert document.picture.shape == (96, 96, 3)
    view.grab()
    room.candidates.take()
    assert document.picture.shape == (96, 96 + grown, 3)
    assert np.array_equal(document.picture[:, :96], picture)
    window.actions_of["canvas.undo"].trigger()
    assert np.array_equal(document.picture, picture)


def test_whole_picture_takes_paint_along(window, view, qtbot, tmp_path) -> None:
    room, document = window.studio.canvas, window.studio.canvas.document
    open_picture(window, qtbot, a_picture(96, 64), tmp_path)
    window.actions_of["canvas.paint"].trigger()
    drag(qtbot, view, [(30, 30), (60, 30)])
    assert document.has_paint()
    room.edit_options(mode="picture", picture_strength=0.4)
    generate(window, qtbot)
    room.candidates.take()
    assert document.picture.shape == (64, 96, 3)
    assert not document.has_paint()
    window.actions_of["canvas.undo"].trigger()
    assert document.has_paint()


def test_frames_of_the_strip_lie_on_the_canvas_and_a_fork_takes_the_mask(
    window, view, qtbot, tmp_path
) -> None:
    room, document = window.studio.canvas, window.studio.canvas.document
    picture = a_picture(96, 96)
    open_picture(window, qtbot, picture, tmp_path)
    window.studio.form.edit(steps=4)
    room.edit_options(strength=1.0)
    drag(qtbot, view, [(30, 30), (60, 30)])
    generate(window, qtbot)
    strip = window.studio.filmstrip
    qtbot.waitUntil(lambda: strip.model.rowCount() == 5, timeout=WAIT)
    strip.model.set_current(2)
    assert not room.preview_place().isNull()
    view.grab()
    room.clear_mask()
    drag(qtbot, view, [(30, 70), (60, 70)])
    mask = document.mask.copy()
    strip.model.set_current(2)
    qtbot.waitUntil(lambda: are_steps_at_hand(strip), timeout=WAIT)
    before = len(room.candidates.items)
    told = []
    window.studio.messages.message_added.connect(told.append)
    window.actions_of["canvas.fork_mask"].trigger()
    assert not told
    qtbot.waitUntil(lambda: len(room.candidates.items) > before, timeout=WAIT)
    forked = room.candidates.items[-1]
    assert np.array_equal(forked.picture[mask == 0], picture[mask == 0])
    assert (forked.picture[mask > 0] != picture[mask > 0]).any()


def are_steps_at_hand(strip) -> bool:
    """The strip reads a finished take's steps from disk, in the background."""
    try:
        strip.step(strip.node, 2)
    except StudioError:
        return False
    return True


def drop(window, path: Path, use: Use | None = None) -> None:
    """Onto the zone of a use; beside all zones without one."""
    page = window.findChild(CanvasPage)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    facts = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
             Qt.KeyboardModifier.NoModifier)  # fmt: skip
    enter = QDragEnterEvent(QPoint(50, 50), *facts)
    page.dragEnterEvent(enter)
    assert enter.isAccepted()
    page.dropEvent(QDropEvent(page.zones.place_of(use) if use else QPointF(5, 5), *facts))


@pytest.mark.parametrize(
    ("name", "says"),
    [("text.png", "text, not a picture"), ("cut.png", "damaged"), ("bomb.png", "million pixels"),
     ("empty.png", "empty"), ("strange.studio", "no project")],
)  # fmt: skip
def test_hostile_drops_are_refused_in_a_sentence(window, qtbot, tmp_path, name, says) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.png")
    made = {
        "text.png": lambda p: p.write_text("hello"),
        "cut.png": lambda p: p.write_bytes((tmp_path / "whole.png").read_bytes()[:4000]),
        "bomb.png": lambda p: Image.new("1", (13_000, 13_000)).save(p),
        "empty.png": lambda p: p.write_bytes(b""),
        "strange.studio": lambda p: p.write_bytes(b"PK nothing"),
    }
    made[name](tmp_path / name)
    told = []
    window.studio.messages.message_added.connect(told.append)
    drop(window, tmp_path / name)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT)
    assert says in told[-1].text
    assert name in told[-1].text
    assert window.studio.canvas.document.is_empty()


def test_a_dropped_picture_opens_and_can_be_undone(window, qtbot, tmp_path) -> None:
    document = window.studio.canvas.document
    first = open_picture(window, qtbot, a_picture(64, 64), tmp_path)
    other = tmp_path / "other.png"
    Image.fromarray(a_picture(48, 40)).save(other)
    with qtbot.waitSignal(window.studio.canvas.files.opened, timeout=WAIT):
        drop(window, other)
    assert document.layer(PICTURE).shape == (40, 48, 3)
    document.undo_stack.undo()
    assert document.layer(PICTURE).shape == (64, 64, 3)
    assert first.exists()


def test_a_picture_made_here_gives_its_settings_or_becomes_a_reference(
    window, view, qtbot, tmp_path
) -> None:
    room, studio = window.studio.canvas, window.studio
    open_picture(window, qtbot, a_picture(64, 64), tmp_path)
    room.edit_options(mode="picture")
    generate(window, qtbot)
    made = room.candidates.items[-1].path
    studio.form.edit(prompt="something else")
    drop(window, made, Use.SETTINGS)
    qtbot.waitUntil(lambda: studio.form.request.prompt == "a crown", timeout=WAIT)
    with qtbot.waitSignal(room.document.references_changed, timeout=WAIT):
        drop(window, made, Use.REFERENCE)
    assert room.document.references[0].name == made.name
    assert window.workspaces.current == "paint"


def test_unsaved_work_comes_back_after_the_program_ended(window, view, qtbot, tmp_path) -> None:
    from studio.app import create_window

    room = window.studio.canvas
    picture = a_picture(80, 80)
    open_picture(window, qtbot, picture, tmp_path)
    drag(qtbot, view, [(20, 20), (50, 50)])
    mask = room.document.mask.copy()
    room.files.recovery.autosave()
    folder = window.studio.home.recovery
    qtbot.waitUntil(lambda: any(folder.glob("*.studio")), timeout=WAIT)
    left = next(folder.glob("*.studio"))
    left.rename(folder / "canvas-1.studio")  # as another process would have left it
    again = create_window(tmp_path / "home")
    files = again.studio.canvas.files
    files.recovery.begin()
    with qtbot.waitSignal(files.opened, timeout=WAIT):
        files.recovery.recover()
    assert np.array_equal(again.studio.canvas.document.picture, picture)
    assert np.array_equal(again.studio.canvas.document.mask, mask)
    assert again.studio.canvas.document.is_modified()
    again.close()
