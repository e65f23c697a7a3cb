"""The bar: typing, chips, dropping, mistakes."""

from __future__ import annotations

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage, QWheelEvent
from PySide6.QtWidgets import QLabel, QLineEdit

from studio.state.filmstrip.filmstrip import NAMES_MIME
from studio.ui.concepts.chips import SIGN_WIDTH, Chip
from studio.ui.concepts.dropping import NAMES_MAX, has_pictures, names_of
from studio.ui.concepts.expression_panel import ChipBoard, ExpressionPanel


@pytest.fixture
def panel(qtbot, room, thumbs):
    panel = ExpressionPanel(room, thumbs)
    qtbot.addWidget(panel)
    panel.resize(340, 300)
    panel.show()
    return panel


def chips(panel):
    return sorted((c for c in panel.findChildren(Chip) if c.isVisible()), key=lambda c: c.place)


def test_typing_makes_chips(panel, qtbot):
    edit = panel.findChild(QLineEdit, "conceptExpressionEdit")
    qtbot.keyClicks(edit, "hat - 0.5 beard")
    assert [chip.term.value for chip in chips(panel)] == ["hat", "beard"]
    assert "minus beard, weight 0.5" in chips(panel)[1].accessibleName()


def test_the_sign_flips_the_wheel_weighs_the_cross_removes(panel, room, qtbot):
    room.bar.type_text("hat + beard")
    chip = chips(panel)[1]
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(SIGN_WIDTH // 2, 10))
    assert room.bar.text == "hat - beard"
    chip = chips(panel)[1]
    turn = QWheelEvent(QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -240),
                       Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                       Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    chip.wheelEvent(turn)
    assert room.bar.text == "hat - 0.8 beard"
    chip = chips(panel)[1]
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(chip.width() - 6, 10))
    assert room.bar.text == "hat"


def test_deleting_the_last_chip_leaves_the_keyboard_with_the_one_before(panel, room, qtbot):
    room.bar.type_text("hat + cap")
    panel.activateWindow()
    chips(panel)[1].setFocus()
    qtbot.waitUntil(chips(panel)[1].hasFocus)
    qtbot.keyClick(chips(panel)[1], Qt.Key.Key_Delete)
    assert room.bar.text == "hat"
    assert chips(panel)[0].hasFocus()


def test_weights_are_shown_as_they_are(panel, room):
    room.bar.type_text("1.05 hat + 1.25 cap + 10 crown + 0.5 sea + sky")
    assert [chip._weight() for chip in chips(panel)] == ["×1.05", "×1.25", "×10", "×0.5", ""]


def test_everything_works_by_keyboard(panel, room, qtbot):
    room.bar.type_text("hat + beard")
    for key, text in ((Qt.Key.Key_Space, "- hat + beard"), (Qt.Key.Key_Minus, "- 0.9 hat + beard"),
                      (Qt.Key.Key_Delete, "beard")):  # fmt: skip
        qtbot.keyClick(chips(panel)[0], key)
        assert room.bar.text == text


def test_the_line_takes_back_what_chips_have_done(panel, room, qtbot):
    edit = panel.findChild(QLineEdit, "conceptExpressionEdit")
    qtbot.keyClicks(edit, "hat")
    room.bar.weigh(0, -2)
    assert edit.text() == "0.8 hat"
    qtbot.keyClick(edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert edit.text() == room.bar.text == "hat"
    shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(edit, Qt.Key.Key_Z, shift)
    assert edit.text() == "0.8 hat"


def test_dropped_files_become_pictures(panel, room):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/p/a b.png"), QUrl.fromLocalFile("/p/notes.txt")])
    assert has_pictures(data)
    board = panel.findChild(ChipBoard)
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                       Qt.KeyboardModifier.NoModifier)  # fmt: skip
    board.dropEvent(event)
    assert [(t.kind, t.value) for t in room.bar.terms] == [("picture", "/p/a b.png")]


def test_a_drop_of_too_many_is_cut_and_told(room):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(f"/p/{n}.png") for n in range(1200)])
    said = []
    room.studio.messages.message_added.connect(said.append)
    room.studio.messages.listen()
    assert names_of(room, data) == [f"/p/{n}.png" for n in range(NAMES_MAX)]
    assert [m.text for m in said] == ["The first 50 of 1,200 dropped pictures were taken."]


def test_a_dragged_frame_without_a_file_is_kept(room):
    image = QImage(8, 8, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.red)
    data = QMimeData()
    data.setImageData(image)
    [name] = names_of(room, data)
    assert name.endswith(".png")
    steps = QMimeData()
    steps.setText("/p/run.take#4")
    assert names_of(room, steps) == ["/p/run.take#4"]
    data.setData(NAMES_MIME, "/p/ä b.take#4".encode())  # the strip's: sharper than its preview
    assert names_of(room, data) == ["/p/ä b.take#4"]
    data.setData(NAMES_MIME, b"/p/\xff\xe2\x80\xa8.take#4\n/p/2.png")  # bytes, as names are
    assert names_of(room, data) == ["/p/\udcff\u2028.take#4", "/p/2.png"]
    assert not has_pictures(QMimeData())


def test_a_mistake_is_marked_and_said(panel, room, qtbot):
    edit = panel.findChild(QLineEdit, "conceptExpressionEdit")
    qtbot.keyClicks(edit, "hat + + x")
    said = panel.findChild(QLabel, "conceptProblem")
    assert edit.property("invalid")
    assert "Two signs" in said.text()
    assert said.isVisible()
    place = edit.place_of(room.bar.mistake.position, 1)
    assert 0 < place.left() < edit.width()
    edit.grab()
    edit.setText("hat")
    assert not said.isVisible()
    assert not edit.property("invalid")


def test_no_hat_gets_advice_but_the_classic_difference_does_not(panel, room):
    said = panel.findChild(QLabel, "conceptProblem")
    room.bar.type_text('portrait - "no hat"')
    assert not said.isVisible()
    room.bar.type_text('portrait + "no hat"')
    assert "− hat" in said.text()
    assert said.isVisible()
    assert said.property("role") == "muted"
    room.bar.type_text('portrait + + "no hat"')
    assert said.property("role") == "warning"


def test_a_missing_picture_keeps_its_chip_and_says_so(panel, room, thumbs, qtbot):
    room.bar.type_text("./gone.png + hat")
    panel.grab()
    qtbot.waitUntil(lambda: thumbs.is_broken("./gone.png"), timeout=5000)
    panel.grab()
    assert chips(panel)[0].term.value == "./gone.png"


def test_saved_searches_come_back(panel, room):
    room.bar.type_text("hat - beard")
    panel._save()
    room.bar.type_text("other")
    panel._fill_menu()
    saved = [action for action in panel._menu.actions() if action.text() == "hat − beard"]
    saved[0].trigger()
    assert room.bar.text == "hat - beard"


def test_the_saved_menu_names_pictures_without_their_folders(panel, room):
    room.kept.save_search("/long/way/to/man.png + 0.5 hat")
    room.kept.save_search("by hand - - broken +")
    room.kept.keep_collection("hats", ["/p/1.png"])
    panel._fill_menu()
    rows = [(action.text(), action.isEnabled()) for action in panel._menu.actions()]
    assert ("man.png + 0.5 hat", True) in rows
    assert ("by hand - - broken +", True) in rows
    assert ("hats · 1 picture", True) in rows
    assert [text for text, is_enabled in rows if not is_enabled] == ["Searches", "Collections"]


def test_markup_is_never_interpreted(panel, room):
    room.bar.type_text('"<b>x</b><img src=a>"')
    assert "&lt;b&gt;" in chips(panel)[0].toolTip()


def test_a_picture_that_has_come_back_is_seen_again(panel, room, thumbs, door, qtbot):
    room.bar.type_text("./gone.png + hat")
    panel.grab()
    qtbot.waitUntil(lambda: thumbs.is_broken("./gone.png"), timeout=5000)
    found = Image.new("RGB", (32, 24))
    door.picture = lambda name: found
    panel.grab()
    qtbot.wait(50)
    assert thumbs.is_broken("./gone.png")  # looked for once, not with each painting
    room.bar.flip(1)
    panel.grab()
    assert thumbs.is_broken("./gone.png")  # and no other sign in between
    qtbot.waitUntil(lambda: not thumbs.is_broken("./gone.png"), timeout=5000)
    assert thumbs.get("./gone.png") is not None
