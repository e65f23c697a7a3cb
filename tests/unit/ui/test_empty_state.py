from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from studio.ui.empty_state import FALLBACK_PROMPTS, EmptyState
from tests.unit.state.conftest import Engine, make_studio, model


def chips(widget):
    return [b for b in widget.findChildren(QPushButton) if not b.isHidden()]


def test_the_models_own_prompts_are_offered_literally(home, shown, qtbot):
    prompts = ("a & b", "<b>bold</b>")
    studio = make_studio(home, Engine(model(example_prompts=prompts)))
    state = shown(EmptyState(studio.form))
    assert [chip.text() for chip in chips(state)] == list(FALLBACK_PROMPTS)
    with qtbot.waitSignal(studio.form.defaults_changed):
        studio.models.refresh()
    assert [chip.text() for chip in chips(state)] == ["a && b", "<b>bold</b>"]
    with qtbot.waitSignal(state.prompt_chosen) as heard:
        chips(state)[0].click()
    assert heard.args == ["a & b"]
    assert studio.close()
