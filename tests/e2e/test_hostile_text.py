"""Strangers' text is text in every widget of the real window."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QTextEdit, QWidget

HOSTILE = '<b>x</b><img src="file:///etc/hostname">&amp;'
BOMB = "<table><tr><td>" * 16


def rich_labels(window):
    for label in window.findChildren(QLabel):
        is_plain = label.textFormat() == Qt.TextFormat.PlainText
        if not is_plain and label.text() and Qt.mightBeRichText(label.text()):
            yield label


def raw_tips(window):
    for thing in (*window.findChildren(QWidget), *window.findChildren(QAction)):
        if "<b>x</b>" in thing.toolTip() or "<table" in thing.toolTip():
            yield thing


def test_hostile_words_are_shown_as_they_are(desk):
    studio = desk.window.studio
    studio.messages.error(HOSTILE, HOSTILE)
    studio.messages.warning(BOMB, BOMB)
    studio.form.edit(prompt=HOSTILE, negative_prompt=BOMB, seed=1)
    desk.click("generateButton")
    desk.wait(lambda: desk["historyView"].model().rowCount() == 1)
    desk.wait_idle()
    for name in ("paint", "concepts", "library", "laboratory", "generate"):
        desk.window.workspaces.show(name)
        desk.qtbot.wait(20)
    assert not list(rich_labels(desk.window))
    assert not list(raw_tips(desk.window))
    assert not desk.window.findChildren(QTextEdit)  # rich by birth
    cards = desk["messageBar"].cards
    texts = [label.text() for card in cards for label in card.findChildren(QLabel)]
    assert HOSTILE in texts


def test_bombs_do_not_hold_up_the_window(desk):
    begin = time.monotonic()
    desk.window.studio.messages.error(BOMB * 40, BOMB * 40)
    desk.window.studio.form.edit(prompt=BOMB * 20)
    desk.window.grab()
    assert time.monotonic() - begin < 2


def test_hostile_names_of_models_and_files(make_desk, tmp_path):
    desk = make_desk()
    models = tmp_path / "home" / "models"
    name = "<b>x<b>" + "y" * 40
    (models / f"{name}.safetensors").write_bytes(b"not a model")
    desk.window.studio.models.load()
    combo = desk["modelCombo"]
    rows = [combo.itemText(i) for i in range(combo.count())]
    assert any(name in row and "not usable" in row for row in rows)
    tips = [combo.itemData(i, Qt.ItemDataRole.ToolTipRole) for i in range(combo.count())]
    assert not any("<b>" in tip for tip in tips)
    dropped = tmp_path / f"{name}.xyz"
    dropped.write_bytes(b"?")
    desk.window.files_dropped.emit([dropped])
    assert name in desk["messageBar"].cards[-1].message.text
    assert not list(rich_labels(desk.window))


def test_hostile_names_of_lists_recent_files_and_keys(make_desk, tmp_path):
    desk = make_desk()
    studio = desk.window.studio
    studio.wording.folder.mkdir(parents=True)
    (studio.wording.folder / "b&lt;b.txt").write_text(HOSTILE)
    bad = tmp_path / "<b>x<b>&.png"
    bad.write_bytes(b"no picture")
    desk.window.files_dropped.emit([bad])
    desk.wait(lambda: desk["messageBar"].cards)
    desk.window.menu.aboutToShow.emit()
    desk.window.actions_of["help.keys"].trigger()
    studio.form.edit(prompt="<lora:&lt;b&gt;>")
    desk.click("generateButton")
    said = desk["messageBar"].cards[-1].message.text
    assert said.startswith("There is no LoRA called &lt;b&gt; on")
    assert not list(rich_labels(desk.window))
    assert not list(raw_tips(desk.window))
