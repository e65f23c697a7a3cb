"""Widgets over a real Studio with a FakeEngine."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.unit.state.conftest import ready, studio  # noqa: F401 - fixtures of the state


def pytest_collection_modifyitems(items):
    """The offscreen platform remarks on every window that it cannot pass on its size hints."""
    for item in items:
        if "ui" in item.path.parts:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))


@pytest.fixture(autouse=True)
def _dressed(qapp):
    """Every widget test wears the dark theme."""
    from studio.ui import theme

    theme.switch().apply("dark")


@pytest.fixture
def shown(qtbot):
    """Show a widget for the length of the test."""

    def show(widget, width: int = 330, height: int = 600):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        return widget

    return show


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Five seconds are little on a machine that others use too."""
    monkeypatch.setitem(QtBot.waitUntil.__kwdefaults__, "timeout", 30_000)
    monkeypatch.setitem(QtBot.waitSignal.__kwdefaults__, "timeout", 30_000)
