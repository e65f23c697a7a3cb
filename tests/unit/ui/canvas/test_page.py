"""The page around the view: painting begins with what is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, QSize, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QPushButton

from studio.state.canvas import masks
from studio.state.canvas.asking import Asked
from studio.state.canvas.candidates import Candidate
from studio.state.canvas.document import MASK
from studio.state.canvas.toolbox import ToolName
from studio.ui.canvas.drop_zones import Use
from studio.ui.canvas.page import CanvasPage
from studio.ui.canvas.view import CanvasView
from tests.unit.ui.canvas.stage import drag


@pytest.fixture
def page(room, qtbot) -> CanvasPage:
    made = CanvasPage(room, CanvasView())
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    return made


def image(value: int) -> QImage:
    made = QImage(40, 30, QImage.Format.Format_RGB32)
    made.fill(QColor(value, value, value))
    return made


def test_painting_begins_with_the_shown_picture(page, room) -> None:
    page.view.set_image(image(77))
    room.set_active(True)
    assert (room.document.picture == 77).all()
    assert page.view.scene() is page.scene
    assert page.strip.isVisible()
    room.set_active(False)
    assert page.view.scene() is None
    assert not page.strip.isVisible()


def test_a_step_comes_on_the_canvas_as_smooth_as_it_is_seen(page, room) -> None:
    step = QImage(2, 1, QImage.Format.Format_RGB32)
    step.setPixelColor(0, 0, QColor("black"))
    step.setPixelColor(1, 0, QColor("white"))
    page.view.set_image(step, QSize(64, 48))
    page.edit_shown()
    assert room.document.picture.shape == (48, 64, 3)
    assert len(np.unique(room.document.picture)) > 8  # squares would be two


def test_painting_leaves_no_result_marked_that_is_not_seen(page, room, qtbot) -> None:
    room.set_active(True)
    document = room.document
    other = np.full_like(document.picture, 200)
    asked = Asked(image=other, left=0, top=0, frame=QRect(0, 0, 64, 48), document=document.identity)
    room.candidates.add(Candidate(picture=other, asked=asked, path=Path("x.png"), seed=1))
    assert page.scene._candidate is not None
    drag(qtbot, page.view, [(20, 20), (30, 20)])
    assert room.candidates.index is None
    room.candidates.show(0)  # one click brings it back
    assert page.scene._candidate is not None


def test_the_empty_canvas_keeps_its_promise(room, qtbot) -> None:
    """Its words lay on the steps of the first picture, which then did not come onto the canvas."""
    room.document.open(np.zeros((0, 0, 3), np.uint8))
    page = CanvasPage(room, CanvasView())
    qtbot.addWidget(page)
    page.show()
    room.set_active(True)
    assert page.empty.isVisible()
    page.view.set_image(image(40))  # a step
    assert not page.empty.isVisible()
    assert room.document.is_empty()
    session = room._studio.session
    with qtbot.waitSignal(session.run_ended):
        session.generate()
    assert room.document.picture.shape == (64, 64, 3)
    assert page.view.scene() is page.scene
    assert not room.document.is_modified()
    page.view.set_image(None)
    room.document.open(np.zeros((0, 0, 3), np.uint8))
    assert page.empty.isVisible()


def test_a_canvas_with_work_on_it_is_not_replaced_but_the_new_is_offered(
    page, room, monkeypatch
) -> None:
    told = []
    room._studio.messages.listen()
    room._studio.messages.message_added.connect(told.append)
    room.document.change("Mask", MASK, masks.filled)
    monkeypatch.setattr(room, "is_another_shown", lambda: True)
    page.view.set_image(image(77))
    for is_active in (True, False, True):
        room.set_active(is_active)
    assert (room.document.picture == 90).all()
    assert len(told) == 1  # once for each picture
    told[0].action.run()
    assert (room.document.picture == 77).all()
    room.document.undo_stack.undo()
    assert (room.document.mask == 255).all()


def test_the_tool_in_the_hand_paints(page, room, qtbot) -> None:
    room.set_active(True)
    drag(qtbot, page.view, [(20, 20), (40, 20)])
    assert room.document.mask[20, 30] == 255
    room.tools.set_tool(ToolName.HAND)
    before = room.document.mask.copy()
    drag(qtbot, page.view, [(20, 40), (40, 40)])
    assert np.array_equal(room.document.mask, before)


def test_pictures_can_be_pasted_and_nothing_is_told(page, room) -> None:
    room.set_active(True)
    told = []
    room._studio.messages.listen()
    room._studio.messages.message_added.connect(told.append)
    page.paste(in_memory(5))
    assert (room.document.picture == 5).all()
    assert "old one's place" in told[-1].text
    page.paste(QMimeData())
    assert "no picture to paste" in told[-1].text


def test_a_copied_file_is_pasted_as_a_picture(page, room, tmp_path, qtbot) -> None:
    path = tmp_path / "a.png"
    image(7).save(str(path))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    with qtbot.waitSignal(room.files.pasted):
        page.paste(mime)
    assert (room.document.picture == 7).all()


def test_ctrl_1_is_100_percent_over_the_canvas_and_then_the_windows(page, room, qtbot) -> None:
    asked = []
    elsewhere = QShortcut(QKeySequence("Ctrl+1"), page)
    elsewhere.activated.connect(lambda: asked.append(page.view.transform.zoom))
    room.set_active(True)
    qtbot.waitExposed(page)
    page.activateWindow()
    page.view.setFocus()
    assert page.view.transform.zoom > 1  # fitted
    for expected in ([], [1.0]):
        qtbot.keyClick(page.view, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        assert page.view.transform.zoom == 1.0
        assert asked == expected
    room.set_active(False)
    page.view.fit()
    qtbot.keyClick(page.view, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert len(asked) == 2  # where nothing is painted, workspaces come first


def test_an_empty_canvas_copies_nothing(page, room) -> None:
    assert page.flat_image().width() == 64
    room.document.open(np.zeros((0, 0, 3), np.uint8))
    assert page.flat_image() is None
    room.set_active(True)
    assert page.view.scene() is None
    page.view.grab(page.view.rect().translated(QPoint(0, 0)))


class Drag:
    """A drag over the page, and its drop."""

    def __init__(self, page: CanvasPage, mime: QMimeData) -> None:
        self._page = page
        self._facts = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
                       Qt.KeyboardModifier.NoModifier)  # fmt: skip
        self.enter = QDragEnterEvent(QPoint(5, 5), *self._facts)
        page.dragEnterEvent(self.enter)

    def drop(self, use: Use) -> None:
        place = self._page.zones.place_of(use)
        self._page.dragMoveEvent(QDragMoveEvent(place.toPoint(), *self._facts))
        self._page.dropEvent(QDropEvent(place, *self._facts))


def in_memory(value: int, width: int = 64, height: int = 48) -> QMimeData:
    made = QImage(width, height, QImage.Format.Format_RGB32)
    made.fill(QColor(value, value, value))
    mime = QMimeData()
    mime.setImageData(made)
    return mime


def test_a_drop_never_moves_the_file_away(page, room) -> None:
    room.set_active(True)
    both, mime = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, in_memory(5)
    facts = (both, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    enter = QDragEnterEvent(QPoint(5, 5), *facts)
    page.dragEnterEvent(enter)
    drop = QDropEvent(QPointF(5, 5), *facts)
    assert drop.proposedAction() == Qt.DropAction.MoveAction
    page.dropEvent(drop)
    assert drop.isAccepted()
    assert drop.dropAction() == Qt.DropAction.CopyAction


def test_a_drag_asks_and_a_drag_that_leaves_does_nothing(page, room) -> None:
    room.set_active(True)
    drag_ = Drag(page, in_memory(5))
    assert drag_.enter.isAccepted()
    assert page.zones.isVisible()
    page.dragLeaveEvent(QDragLeaveEvent())
    assert not page.zones.isVisible()
    assert (room.document.picture == 90).all()


def test_outside_the_paint_workspace_the_window_gets_the_drag(page) -> None:
    assert not Drag(page, in_memory(5)).enter.isAccepted()


def test_the_zone_decides_what_a_drop_becomes(page, room) -> None:
    room.set_active(True)
    Drag(page, in_memory(200)).drop(Use.REFERENCE)
    assert len(room.document.references) == 1
    assert (room.document.picture == 90).all()
    Drag(page, in_memory(200)).drop(Use.MASK)
    assert (room.document.mask == 200).all()
    Drag(page, in_memory(31)).drop(Use.START)
    assert (room.document.picture == 31).all()
    assert room.options.mode == "picture"
    Drag(page, in_memory(32)).drop(Use.OPEN)
    assert room.options.mode == "mask"
    assert not page.zones.isVisible()


def test_a_mask_of_another_size_or_of_nothing_is_told(page, room) -> None:
    room.set_active(True)
    told = []
    room._studio.messages.listen()
    room._studio.messages.message_added.connect(told.append)
    Drag(page, in_memory(200, 32, 16)).drop(Use.MASK)
    assert "The mask is 32×16, the picture 64×48" in told[-1].text
    Drag(page, in_memory(0)).drop(Use.MASK)
    assert "all black" in told[-1].text
    assert room.document.undo_stack.count() == 0


def test_files_go_where_their_zone_says(page, room, tmp_path, qtbot) -> None:
    from PIL import Image

    path = tmp_path / "a.png"
    Image.new("RGB", (64, 48), (255, 0, 0)).save(path)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    room.set_active(True)
    for use, signal in ((Use.SETTINGS, room.settings_wanted), (Use.REFERENCE,
                        room.reference_wanted)):  # fmt: skip
        with qtbot.waitSignal(signal) as caught:
            Drag(page, mime).drop(use)
        assert caught.args == [path]
    Drag(page, mime).drop(Use.MASK)
    qtbot.waitUntil(lambda: room.document.has_mask())
    with qtbot.waitSignal(room.files.opened):
        Drag(page, mime).drop(Use.OPEN)
    assert (room.document.picture[..., 0] == 255).all()


def test_an_empty_canvas_says_what_to_do(page, room, qtbot) -> None:
    room.document.open(np.zeros((0, 0, 3), np.uint8))
    assert not page.empty.isVisible()  # not while making pictures
    room.set_active(True)
    assert page.empty.isVisible()
    with qtbot.waitSignal(page.empty.open_wanted):
        page.empty.findChild(QPushButton, "emptyOpen").click()
    with qtbot.waitSignal(page.empty.paste_wanted):
        page.empty.findChild(QPushButton, "emptyPaste").click()
    room.document.open(np.zeros((9, 9, 3), np.uint8))
    assert not page.empty.isVisible()
    room.document.open(np.zeros((0, 0, 3), np.uint8))
    assert page.empty.isVisible()
