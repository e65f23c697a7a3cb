"""The room of the state tests, for widgets."""

from __future__ import annotations

import pytest

from studio.ui.concepts.thumbs import Thumbs
from tests.unit.state.concepts.conftest import door, reading, room, studio

__all__ = ["door", "reading", "room", "studio"]


@pytest.fixture
def thumbs(room):
    return Thumbs(room)


@pytest.fixture
def show(qtbot):
    def build(widget, width=340, height=420):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        return widget

    return build
