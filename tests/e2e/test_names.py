"""Every name that the map promises to testers is there, in the real window."""

from __future__ import annotations

import json
import re

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QPushButton

from studio.state.messages import MessageAction
from tests.e2e.conftest import TINY
from tests.e2e.test_filmstrip_window import make, press
from tests.laws.source import ROOT


class Deed(QObject):
    """What a message's button does."""

    @Slot()
    def do(self) -> None:
        """Nothing more."""


def promised() -> set[str]:
    text = (ROOT / "studio" / "README.md").read_text(encoding="utf-8")
    part = text.partition("Stable object names:\n")[2].partition("\n\nA card's widgets")[0]
    assert part
    return {name for words in re.findall(r"`([^`]+)`", part) for name in words.split()}


def present() -> set[str]:
    return {widget.objectName() for widget in QApplication.allWidgets()}


def test_every_name_of_the_map_is_in_the_window(desk):
    assert len(promised()) > 100
    deed = Deed()
    actions = MessageAction("One", deed.do), (MessageAction("Two", deed.do),)
    desk.window.studio.messages.info("A question.", "", *actions)
    make(desk)
    press(desk, 2)
    desk.click("stripFork")
    desk.window.actions_of["strip.export"].trigger()
    for name in ("paint", "concepts", "library", "laboratory", "generate"):
        desk.window.workspaces.show(name)
        desk.qtbot.wait(30)
    missing = promised() - present()
    assert not missing


def test_no_button_takes_a_strangers_ampersand_for_a_key(make_desk, tmp_path):
    facts = tmp_path / "home" / "models" / TINY / "studio.json"
    told = json.loads(facts.read_text()) | {"example_prompts": ["fish & chips", "a & b", "c"]}
    facts.write_text(json.dumps(told))
    desk, deed = make_desk(), Deed()
    desk.window.studio.messages.info("?", "", MessageAction("Open rock & roll.png", deed.do))
    desk.wait(lambda: desk["examplePrompt1"].text() == "fish && chips")
    texts = [button.text() for button in desk.window.findChildren(QPushButton)]
    assert {"fish && chips", "a && b", "Open rock && roll.png"} <= set(texts)
