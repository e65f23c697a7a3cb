from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt

from studio.state.tokens import TokenCount
from studio.ui.prompt_panel import PromptPanel

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def panel(ready, shown):
    return shown(
        PromptPanel(ready.form, ready.session, ready.tokens, ready.wording, ready.messages)
    )


def test_typing_edits_the_form(panel, ready, qtbot):
    panel.prompt.clear()
    qtbot.keyClicks(panel.prompt, "an owl")
    qtbot.keyClicks(panel.negative, "blur")
    assert (ready.form.request.prompt, ready.form.request.negative_prompt) == ("an owl", "blur")


def test_history_goes_back_and_returns_to_the_draft(panel, ready, qtbot):
    for prompt in ("first", "second"):
        ready.form.remember_prompt(prompt)
    ready.form.edit(prompt="draft")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(panel.prompt, key, ALT)
        seen.append(panel.prompt.toPlainText())
    assert seen == ["second", "first", "first", "second", "draft"]


def test_generate_and_stop(panel, ready, qtbot):
    assert not panel.bar.stop_button.isEnabled()
    ready.form.edit(steps=500)
    panel.bar.generate_button.click()
    assert panel.bar.stop_button.isEnabled()
    qtbot.waitUntil(lambda: ready.session.progress.step > 0)
    panel.bar.stop_button.click()
    qtbot.waitUntil(lambda: not panel.bar.stop_button.isEnabled())


def test_the_count_is_shown_and_a_long_one_stands_out(panel, ready):
    ready.tokens.counted.emit(TokenCount(14))
    assert panel._count.text() == "14 / 75 tokens"
    ready.tokens.counted.emit(TokenCount(100))
    assert panel._count.property("role") == "changed"


def test_how_many_stands_beside_generate(panel, ready, qtbot):
    panel.bar.batch_spin.setValue(3)
    assert ready.form.batch == 3
    ready.form.edit(batch=2)
    assert panel.bar.batch_spin.value() == 2
    assert panel.bar.batch_spin.text() == "× 2"


def test_a_paste_that_is_cut_is_told_and_an_ordinary_one_is_not(panel, ready):
    heard = []
    ready.messages.message_added.connect(heard.append)
    ready.messages.listen()
    for length in (30_000, 100_000):
        data = QMimeData()
        data.setText("a fox, " + "x" * (length - 7))
        panel.prompt.clear()
        panel.prompt.insertFromMimeData(data)
        assert bool(heard) is (length == 100_000)
    assert "100,000" in heard[0].text
    assert f"{len(panel.prompt.toPlainText()):,}" in heard[0].text
    ready.session.generate()
    assert "longer than 20,000" in heard[1].text
