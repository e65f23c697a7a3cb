"""Results side by side: what is seen, and what keys and the mouse do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from studio.state.canvas.asking import Asked
from studio.state.canvas.candidates import Candidate
from studio.ui.canvas.page import CanvasPage
from studio.ui.canvas.view import CanvasView
from studio.ui.canvas.wall import CandidateWall

Key = Qt.Key


def candidate(room, value: int, *, left: int = 0, width: int = 64) -> Candidate:
    asked = Asked(image=room.document.picture, left=left, top=0, frame=QRect(20, 10, 24, 24),
                  document=room.document.identity)  # fmt: skip
    return Candidate(picture=np.full((48, width, 3), value, np.uint8), asked=asked,
                     path=Path("x.png"), seed=100 + value)  # fmt: skip


@pytest.fixture
def page(room, qtbot) -> CanvasPage:
    made = CanvasPage(room, CanvasView())
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    room.set_active(True)
    for value in (120, 160, 200):
        room.candidates.add(candidate(room, value))
    room.candidates.show_side_by_side(True)
    return made


@pytest.fixture
def wall(page) -> CandidateWall:
    return page.wall


def middle_of(wall: CandidateWall, tile: int) -> tuple[int, int, int]:
    at = wall.tiles()[tile].center()
    image = wall.grab().toImage()
    return image.pixelColor(at * image.devicePixelRatio()).getRgb()[:3]


def test_before_and_all_results_are_seen_large(page, wall) -> None:
    assert wall.isVisible()
    assert not page.view.isVisible()
    assert len(wall.tiles()) == 4
    assert [middle_of(wall, tile)[0] for tile in range(4)] == [90, 120, 160, 200]
    assert wall.tiles()[0].width() > 200


def test_arrows_numbers_and_ends_choose(room, wall, qtbot) -> None:
    assert room.candidates.index == 2
    for key, expected in ((Key.Key_Left, 1), (Key.Key_1, 0), (Key.Key_3, 2), (Key.Key_9, 2),
                          (Key.Key_Home, 0), (Key.Key_End, 2), (Key.Key_0, None),
                          (Key.Key_Right, 0)):  # fmt: skip
        qtbot.keyClick(wall, key)
        assert room.candidates.index == expected
    assert wall.accessibleDescription() == "Result 1 of 3, seed 220"


def test_enter_takes_as_one_step_and_shows_the_canvas(room, page, wall, qtbot) -> None:
    qtbot.keyClick(wall, Key.Key_2)
    qtbot.keyClick(wall, Key.Key_Return)
    assert (room.document.picture == 160).all()
    assert page.view.isVisible()
    assert not wall.isVisible()
    assert len(room.candidates.items) == 3  # another one can still be taken
    room.document.undo_stack.undo()
    assert (room.document.picture == 90).all()


def test_escape_goes_back_and_takes_nothing(room, page, wall, qtbot) -> None:
    qtbot.keyClick(wall, Key.Key_Escape)
    assert page.view.isVisible()
    assert (room.document.picture == 90).all()
    assert room.candidates.current.seed == 300  # it lies over the canvas, as before
    assert not room.document.undo_stack.canUndo()


def test_enter_on_the_picture_before_goes_back_to_it(room, page, wall, qtbot) -> None:
    qtbot.keyClick(wall, Key.Key_0)
    qtbot.keyClick(wall, Key.Key_Return)
    assert page.view.isVisible()
    assert (room.document.picture == 90).all()


def test_space_shows_the_picture_before_in_place(room, wall, qtbot) -> None:
    qtbot.keyPress(wall, Key.Key_Space)
    assert middle_of(wall, 3)[0] == 90
    assert middle_of(wall, 2)[0] == 160
    qtbot.keyRelease(wall, Key.Key_Space)
    assert middle_of(wall, 3)[0] == 200


def test_the_mouse_chooses_and_a_double_click_takes(room, page, wall, qtbot) -> None:
    qtbot.mouseClick(wall, Qt.MouseButton.LeftButton, pos=wall.tiles()[1].center())
    assert room.candidates.index == 0
    qtbot.mouseDClick(wall, Qt.MouseButton.LeftButton, pos=wall.tiles()[2].center())
    assert (room.document.picture == 160).all()
    assert page.view.isVisible()


def test_the_end_of_a_double_click_chooses_nothing_again(room, wall, qtbot) -> None:
    """The taken result lay over the canvas once more, and the mask was hidden below it."""
    at, left = wall.tiles()[2].center(), Qt.MouseButton.LeftButton
    qtbot.mouseDClick(wall, left, pos=at)
    qtbot.mouseRelease(wall, left, pos=at)
    assert (room.document.picture == 160).all()
    assert room.candidates.index is None


def test_undo_leaves_it_and_shows_what_it_does(room, page, wall) -> None:
    room.candidates.show_side_by_side(False)
    room.fill_mask()
    room.candidates.show_side_by_side(True)
    room.document.undo_stack.undo()
    assert page.view.isVisible()
    assert not room.candidates.is_side_by_side


def test_dragging_moves_all_pictures_and_chooses_nothing(room, wall, qtbot) -> None:
    tile = wall.tiles()[1]
    at, none = QPointF(tile.center()), Qt.MouseButton.NoButton
    keys, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    for _ in range(8):
        event = QWheelEvent(at, wall.mapToGlobal(at), QPoint(), QPoint(0, 120), none, keys, phase,
                            False)  # fmt: skip
        QApplication.sendEvent(wall, event)
    part = wall._seen.part
    assert part.width() < 24
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(wall, left, pos=tile.center())
    qtbot.mouseMove(wall, tile.center() + QPoint(30, 20))
    qtbot.mouseRelease(wall, left, pos=tile.center() + QPoint(30, 20))
    assert wall._seen.part.topLeft() != part.topLeft()
    assert room.candidates.index == 2


def test_an_extended_result_lies_in_its_place(room, page, wall) -> None:
    room.candidates.add(candidate(room, 230, left=32, width=96))
    wall.choice.chosen.emit(1)  # the whole picture
    tile = wall.tiles()[4]
    image = wall.grab().toImage()
    y = tile.center().y()
    assert image.pixelColor(tile.left() + tile.width() // 6, y).red() == 230
    old = wall.tiles()[1]
    assert image.pixelColor(old.left() + old.width() // 6, y if old.y() == tile.y() else
                            old.center().y()).red() != 120  # nothing of it lies there


def test_a_tool_or_another_workspace_leaves_it(room, page, wall) -> None:
    room.tools.tool_changed.emit()
    assert page.view.isVisible()
    room.candidates.show_side_by_side(True)
    room.set_active(False)
    assert not room.candidates.is_side_by_side


def test_another_picture_leaves_it(room, page, wall) -> None:
    room.document.open(np.full((20, 30, 3), 7, np.uint8))
    assert page.view.isVisible()
    assert room.candidates.shown is None
    room.document.replace("Open", {"picture": np.zeros((9, 9, 3), np.uint8)})
    room.document.undo_stack.undo()
    assert page.view.isVisible()
