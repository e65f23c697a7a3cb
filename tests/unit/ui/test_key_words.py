from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QMainWindow, QMenu

from studio.ui.actions import Actions
from studio.ui.key_words import FOLLOWED, KeyWords
from studio.ui.prompt_panel import PromptPanel
from studio.ui.top_bar import TopBar

KEYS = {"generate.start": ("Ctrl+Return", "Ctrl+Enter"), "generate.next": "Ctrl+Shift+Return",
        "generate.stop": "Esc", "generate.skip": "Alt+Return", "help.palette": "Ctrl+K"}


@pytest.fixture
def window(ready, shown):
    made = shown(QMainWindow(), 1280, 700)
    made.menu = QMenu(made)
    bar = TopBar(ready.form, ready.models, ready.generation, made.menu)
    made.setMenuWidget(bar)
    made.actions_of = Actions(made)
    for id_ in FOLLOWED:
        made.actions_of.add(id_, id_, made.raise_, shortcut=KEYS[id_])
    made.key_words = KeyWords(made.actions_of, bar, made)
    made.setCentralWidget(
        PromptPanel(ready.form, ready.session, ready.tokens, ready.wording, ready.messages)
    )
    made.key_words.say()
    return made


def said(window, name):
    button = window.findChild(QAbstractButton, name)
    return button.text(), button.toolTip()


def test_the_buttons_name_the_keys_they_have(window):
    text, tip = said(window, "generateButton")
    assert text == "Generate   Ctrl+↵"
    assert "(Ctrl+Enter; Ctrl+Shift+Enter: before all others)" in tip
    assert "(Esc; Alt+Enter: skip this one only)" in said(window, "stopButton")[1]
    assert said(window, "paletteButton")[0] == "Ctrl+K"


def test_they_follow_what_the_user_chooses(window):
    window.actions_of.set_keys("generate.start", ["F9"])
    assert said(window, "generateButton")[0] == "Generate   F9"
    assert "(F9; Ctrl+Shift+Enter: before all others)" in said(window, "generateButton")[1]
    window.actions_of.set_keys("generate.start", [])
    assert said(window, "generateButton")[0] == "Generate"
    window.actions_of.set_keys("help.palette", ["F3"])
    assert said(window, "paletteButton")[0] == "F3"
    assert "(F3)" in said(window, "paletteButton")[1]
    window.actions_of.set_keys("generate.stop", [])
    window.actions_of.set_keys("generate.skip", [])
    assert "(" not in said(window, "stopButton")[1]
    window.actions_of.reset_keys()
    assert said(window, "generateButton")[0] == "Generate   Ctrl+↵"
