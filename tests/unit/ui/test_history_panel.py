from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from studio.state.form import RANDOM
from studio.ui.history_panel import GalleryPanel, HistoryPanel, use_settings


@pytest.fixture
def filled(ready, qtbot):
    ready.form.edit(prompt="a red fox", seed=5, steps=3, batch=2)
    ready.session.generate()
    qtbot.waitUntil(lambda: ready.history.rowCount() == 2)
    ready.form.edit(prompt="other", seed=99, steps=8, batch=1)
    return ready


@pytest.fixture
def panel(filled, shown):
    made = shown(HistoryPanel(filled), 280, 300)
    made.view.setCurrentIndex(made.view.model().index(0))
    return made


@pytest.mark.parametrize(("key", "prompt", "seed", "steps"), [
    ("s", "other", 6, 8), ("p", "a red fox", 99, 8),
    ("a", "a red fox", 6, 3), ("r", "a red fox", RANDOM, 3),
])  # fmt: skip
def test_settings_are_used_again(panel, filled, key, prompt, seed, steps):
    panel.view.key_pressed.emit(key)
    request = filled.form.request
    assert (request.prompt, request.seed, request.steps) == (prompt, seed, steps)


def test_delete_pin_and_copy(panel, filled, qtbot):
    QGuiApplication.clipboard().clear()
    panel.menu.copy()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().image().width() == 64)
    panel.view.key_pressed.emit(".")
    qtbot.waitUntil(lambda: filled.history.picture(0).is_favourite)
    panel.view.key_pressed.emit("del")
    qtbot.waitUntil(lambda: filled.history.rowCount() == 1)


def test_the_menu_says_its_keys(panel):
    texts = [action.text() for action in panel.menu.actions()]
    assert "Use all settings\tA" in texts
    assert "Delete\tDel" in texts


def test_a_chosen_picture_opens_its_strip(panel, filled, qtbot):
    panel.view.clicked.emit(panel.view.model().index(1))
    path, strip = filled.history.picture(1).path, filled.filmstrip
    qtbot.waitUntil(lambda: strip.node is not None and strip.node.picture == path)


def test_the_gallery_searches_and_resizes(filled, shown, qtbot):
    gallery = shown(GalleryPanel(filled), 700, 500)
    gallery.search.setText("nothing")
    qtbot.waitUntil(lambda: filled.history.rowCount() == 0)
    gallery.search.clear()
    qtbot.waitUntil(lambda: filled.history.rowCount() == 2)
    before = gallery.view._delegate.side
    gallery.findChild(object, "gallerySizeSlider").setValue(100)
    assert gallery.view._delegate.side < before


def test_the_gallery_does_not_take_its_first_page_for_everything(filled, shown, monkeypatch):
    monkeypatch.setattr(filled.history, "canFetchMore", lambda _parent: True)
    gallery = shown(GalleryPanel(filled), 700, 500)
    assert gallery._count.text() == "at least 2 pictures"
    monkeypatch.undo()
    filled.history.modelReset.emit()
    assert gallery._count.text() == "2 pictures"


def test_using_settings_can_be_undone(panel, filled):
    panel.view.key_pressed.emit("a")
    message = filled.messages.listen()[-1]
    assert message.text == "All settings of the picture are in the form."
    message.action.run()
    request = filled.form.request
    assert (request.prompt, request.seed, request.steps) == ("other", 99, 8)


def test_a_model_that_is_gone_stays_unchosen(panel, filled):
    request = filled.history.picture(0).request.edit(model="gone<b>")
    use_settings(filled, request, "a")
    assert filled.form.request.model != "gone<b>"
    assert "gone<b>" in filled.messages.listen()[-1].hint


def test_ctrl_c_copies_the_picture_not_its_words(panel, filled, qtbot):
    QGuiApplication.clipboard().setText("before")
    qtbot.keyClick(panel.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().image().width() == 64)


@pytest.mark.parametrize("harm", ["gone", "no picture"])
def test_what_cannot_be_copied_is_told_and_the_clipboard_stays(panel, filled, qtbot, harm):
    path, said = filled.history.picture(0).path, []
    filled.messages.listen()
    filled.messages.message_added.connect(said.append)
    if harm == "gone":
        path.unlink()
    else:  # Qt would have drawn it, and whatever else an SVG may ask for
        path.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    QGuiApplication.clipboard().setText("before")
    panel.menu.copy()
    qtbot.waitUntil(lambda: bool(said))
    assert path.name in said[-1].text + said[-1].hint
    assert QGuiApplication.clipboard().text() == "before"
