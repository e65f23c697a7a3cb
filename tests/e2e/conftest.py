"""The real window with its worker on a tiny random model."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

TINY = "tiny-sd"
WAIT = 60_000  # ms; the first run imports torch


@dataclass
class Desk:
    """A window and what a user does with it."""

    window: Any
    qtbot: Any

    def __getitem__(self, name: str) -> Any:
        found = self.window.findChild(QWidget, name)
        assert found is not None, f"there is no {name}"
        return found

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self[name], Qt.MouseButton.LeftButton)

    def wait(self, condition, timeout: int = WAIT) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=timeout)

    def wait_idle(self) -> None:
        session, queue = self.window.studio.session, self.window.studio.background
        self.wait(lambda: not session.is_generating and queue.running is None)

    @property
    def pictures(self) -> list:
        return sorted(self.window.studio.home.pictures.rglob("*.png"))


def tiny_home(root) -> None:
    """Put the tiny model into a home."""
    from tests import tiny_models

    target = root / "models" / TINY
    shutil.copytree(tiny_models.folder("sd"), target)
    facts = {"name": "Tiny", "native_size": 64, "defaults": {"steps": 4, "guidance_scale": 3.0},
             "example_prompts": ["a fox", "a <b>bold</b> cat", "an owl"]}  # fmt: skip
    (target / "studio.json").write_text(json.dumps(facts))


@pytest.fixture
def make_desk(qtbot, tmp_path):
    """Open (again) the window on the test's home."""
    from studio.app import create_window

    root = tmp_path / "home"
    tiny_home(root)
    opened = []

    def make() -> Desk:
        window = create_window(root)
        opened.append(window)
        window.resize(1280, 800)
        window.show()
        desk = Desk(window, qtbot)
        desk.wait(lambda: window.studio.models.find(TINY) is not None)
        window.studio.form.edit(model=TINY)
        return desk

    yield make
    for window in opened:
        window.close()
        window.deleteLater()


@pytest.fixture
def desk(make_desk):
    return make_desk()


def pytest_collection_modifyitems(items):
    """The offscreen platform remarks on every window that it cannot pass on its size hints."""
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))
