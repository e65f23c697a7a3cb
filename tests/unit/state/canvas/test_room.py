"""The canvas room: what Generate asks, what comes back, and the mask's commands."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect

from studio.engine.errors import InvalidRequest
from studio.state.canvas import masks
from studio.state.canvas.document import MASK, PAINT
from studio.state.canvas.room import VARIATIONS, CanvasRoom
from studio.state.canvas.toolbox import ToolName


@pytest.fixture
def room(ready) -> CanvasRoom:
    ready.canvas = CanvasRoom(ready)
    ready.canvas.document.open(np.full((64, 64, 3), 90, np.uint8))
    return ready.canvas


def spot(mask: np.ndarray) -> np.ndarray:
    new = mask.copy()
    new[20:30, 20:30] = 255
    return new


def test_generate_asks_the_canvas_only_while_painting(room) -> None:
    session = room._studio.session
    assert session.build_requests()[0].image is None
    room.set_active(True)
    with pytest.raises(InvalidRequest, match="Nothing is masked"):
        session.build_requests()
    room.document.change("Mask", MASK, spot)
    request = session.build_requests()[0]
    assert request.inpaint is not None
    assert request.inpaint.mask.sum() == 255 * 100
    room.set_active(False)
    assert session.build_requests()[0].image is None


def test_results_become_candidates_and_change_nothing(room, qtbot) -> None:
    studio = room._studio
    room.set_active(True)
    room.document.change("Mask", MASK, spot)
    studio.form.edit(batch=2)
    studio.session.generate()
    qtbot.waitUntil(lambda: len(room.candidates.items) == 2)
    assert (room.document.picture == 90).all()
    assert room.document.undo_stack.count() == 1
    paths = {item.path for item in room.candidates.items}
    assert len(paths) == 2
    assert all(path.exists() for path in paths)


def test_several_results_are_shown_side_by_side_when_the_last_has_come(room, qtbot) -> None:
    session, candidates = room._studio.session, room.candidates
    room.set_active(True)
    room.document.change("Mask", MASK, spot)
    session.form.edit(batch=3)
    seen = []
    candidates.side_by_side_changed.connect(lambda _is: seen.append(len(candidates.items)))
    session.generate()
    qtbot.waitUntil(lambda: candidates.is_side_by_side)
    assert seen == [3]
    session.generate()  # there is something new to watch
    assert not candidates.is_side_by_side
    room.document.change("More mask", MASK, masks.invert)  # the hand is at work again
    qtbot.waitUntil(lambda: len(candidates.items) == 6)
    assert not candidates.is_side_by_side
    session.form.edit(batch=1)
    session.generate()
    qtbot.waitUntil(lambda: len(candidates.items) == 7)
    assert not candidates.is_side_by_side  # one is shown on the canvas


def test_pictures_of_others_are_no_candidates(room, qtbot) -> None:
    session = room._studio.session
    with qtbot.waitSignal(session.run_ended):
        session.generate()
    assert room.candidates.items == []


def test_the_first_picture_comes_on_an_empty_canvas_while_painting(room, qtbot) -> None:
    session = room._studio.session
    room.document.open(np.zeros((0, 0, 3), np.uint8))
    for is_active, shape in ((False, (0, 0, 3)), (True, (64, 64, 3))):
        room.set_active(is_active)
        with qtbot.waitSignal(session.run_ended):
            session.generate()
        assert room.document.picture.shape == shape
    room.document.change("Mask", MASK, masks.filled)
    assert room.document.undo_stack.count() == 1  # nothing to undo but the mask


def test_variations_are_image_to_image_with_other_seeds(room, qtbot) -> None:
    room.vary()
    qtbot.waitUntil(lambda: len(room.candidates.items) == VARIATIONS)
    assert len({item.seed for item in room.candidates.items}) == VARIATIONS
    assert all(item.picture.shape == (64, 64, 3) for item in room.candidates.items)


def test_mask_commands_are_single_steps(room) -> None:
    document = room.document
    room.fill_mask()
    room.invert_mask()
    assert not document.has_mask()
    document.change("Mask", MASK, spot)
    before = document.mask.sum()
    room.grow_mask(3)
    assert document.mask.sum() > before
    room.feather_mask(4)
    assert len(np.unique(document.mask)) > 2
    room.clear_mask()
    assert not document.has_mask()
    for _ in range(4):
        document.undo_stack.undo()
    assert document.undo_stack.undoText() == "Invert mask" or document.has_mask()


def test_clearing_paint_leaves_the_mask(room) -> None:
    room.document.change("Mask", MASK, masks.filled)
    room.document.change("Paint", PAINT, lambda paint: np.full_like(paint, 200))
    room.clear_paint()
    assert not room.document.has_paint()
    assert room.document.has_mask()


def test_the_summary_says_what_generate_would_do(room) -> None:
    assert "Nothing is masked" in room.summary()
    room.tools.set_tool(ToolName.FRAME)
    assert "outwards to extend" in room.summary()
    room.document.change("Mask", MASK, spot)
    assert "mask" in room.summary()
    room.frame.set_rect(QRect(0, 0, 100, 64))
    assert "Extends" in room.summary()
    room.frame.set_rect(None)
    room.edit_options(mode="picture")
    assert "all of 64×64" in room.summary()
    room.document.open(np.zeros((0, 0, 3), np.uint8))
    assert "Open" in room.summary()


def test_a_fork_with_the_mask_needs_a_mask_and_a_step(room) -> None:
    told = []
    messages = room._studio.messages
    messages.listen()
    messages.message_added.connect(told.append)
    assert room.mask_for_fork() is None
    room.fork_shown()
    assert "Nothing is masked" in told[-1].text
    room.document.change("Mask", MASK, spot)
    room.fork_shown()
    assert len(told) == 2


def test_options_are_kept_in_the_settings(room) -> None:
    room.edit_options(strength=0.2, area="whole")
    assert not room.frame.is_around
    assert CanvasRoom(room._studio).options == room.options


def test_the_frame_knows_the_chosen_models_size(room) -> None:
    """The model is found after the room is made; another one may be chosen later."""
    info = room._studio.form.model
    assert room.frame.native_size == info.native_size


def test_a_scan_that_ends_later_is_heard(studio, qtbot) -> None:
    room = CanvasRoom(studio)
    studio.canvas = room
    assert studio.form.model is None
    with qtbot.waitSignal(studio.models.models_changed):
        studio.models.refresh()
    assert room.frame.native_size == studio.form.model.native_size != 256


def test_one_stop_ends_all_variations(room) -> None:
    batches = []
    room._studio.session.run_added.connect(lambda run: batches.append(run.batch))
    room.vary()
    assert len(batches) == VARIATIONS
    assert len(set(batches)) == 1


def test_the_known_part_is_left_out_of_previews(room, qtbot) -> None:
    """Only of the predicted picture; the other lanes are shown whole."""
    studio = room._studio
    room.set_active(True)
    room.document.change("Mask", MASK, spot)
    studio.session.generate()
    qtbot.waitUntil(lambda: bool(room.candidates.items))
    assert studio.filmstrip.lane == "x0"
    frame, mask = room.frame.shown(), room.preview_mask()
    assert mask.shape == (frame.height(), frame.width())
    assert (mask > 0).sum() == 100
    studio.filmstrip.lane = "noisy"
    assert room.preview_mask() is None


def test_pictures_of_other_origin_are_known(room, qtbot) -> None:
    studio = room._studio
    assert not room.is_another_shown()
    with qtbot.waitSignal(studio.session.run_ended):
        studio.session.generate()
    qtbot.waitUntil(room.is_another_shown)
    room.set_active(True)
    room.document.change("Mask", MASK, spot)
    studio.session.generate()
    qtbot.waitUntil(lambda: bool(room.candidates.items) and not room.is_another_shown())
    own = studio.filmstrip.node.request
    assert room.asked_of(own.edit(image=own.image.copy())) is room.asked_of(own)
    assert room.asked_of(own.edit(image=own.image + np.uint8(1))) is None
    other = own.image.copy()
    other[3, 5, 1] ^= 1  # not where the eye of a quick look falls
    assert room.asked_of(own.edit(image=other)) is None


def test_of_large_pictures_fewer_are_remembered(room, monkeypatch) -> None:
    from studio.state.canvas import room as module

    room.set_active(True)
    room.document.change("Mask", MASK, spot)
    request = room._studio.session.form.request
    kept = [room.prepare(request) for _ in range(module._LEAST + 4)]
    assert all(room.asked_of(one) is not None for one in kept)
    monkeypatch.setattr(module, "_ASKED_BYTES", kept[0].image.nbytes)
    kept.append(room.prepare(request))
    assert len(room._asked) == module._LEAST
    assert room.asked_of(kept[-1]) is not None
