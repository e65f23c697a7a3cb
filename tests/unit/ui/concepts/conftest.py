"""The room of the state tests, for widgets."""

from __future__ import annotations

import pytest

from studio.ui.concepts.thumbs import Thumbs
from tests.unit.state.concepts.conftest import door, room, studio

__all__ = ["door", "room", "studio"]


@pytest.fixture
def thumbs(room):
    return Thumbs(room)
