"""A paste takes the picture's place, says so, and can become something else instead."""

from __future__ import annotations

import numpy as np
import pytest

from studio.state.canvas import masks
from studio.state.canvas.document import MASK
from studio.state.canvas.room import CanvasRoom

OLD = np.full((24, 32, 3), 40, np.uint8)
NEW = np.full((10, 12, 3), 200, np.uint8)


@pytest.fixture
def room(studio) -> CanvasRoom:
    studio.canvas = CanvasRoom(studio)
    studio.canvas.document.open(OLD)
    studio.canvas.document.change("Mask", MASK, masks.filled)
    return studio.canvas


@pytest.fixture
def told(room) -> list:
    heard = []
    room._studio.messages.listen()
    room._studio.messages.message_added.connect(heard.append)
    return heard


def paste(room) -> None:
    room.files.show_picture(NEW, "Pasted picture", is_in_file=False, is_pasted=True)


def press(message, text: str) -> None:
    next(a for a in (message.action, *message.more) if a.text == text).run()


def test_undo_brings_picture_and_mask_back_whatever_was_painted_since(room, told) -> None:
    paste(room)
    assert np.array_equal(room.document.picture, NEW)
    room.document.change("Mask", MASK, masks.filled)
    room.document.change("Clear", MASK, masks.cleared)
    press(told[-1], "Undo")
    assert np.array_equal(room.document.picture, OLD)
    assert (room.document.mask == 255).all()
    press(told[-1], "Undo")  # pressed again, it takes nothing more back
    assert (room.document.mask == 255).all()


def test_it_can_become_a_reference_instead(room, told) -> None:
    paste(room)
    press(told[-1], "Make it a reference")
    assert np.array_equal(room.document.picture, OLD)
    assert [r.name for r in room.document.references] == ["Pasted picture"]
    assert np.array_equal(room.document.references[0].pixels, NEW)


def test_it_can_be_the_start_of_image_to_image(room, told) -> None:
    paste(room)
    press(told[-1], "Start from it")
    assert room.options.mode == "picture"
    assert np.array_equal(room.document.picture, NEW)


def test_nothing_is_told_where_nothing_was_replaced(room, told) -> None:
    room.files.show_picture(NEW, "opened.png")
    assert not told
    room.document.open(np.zeros((0, 0, 3), np.uint8))
    paste(room)
    assert not told
    assert np.array_equal(room.document.picture, NEW)
