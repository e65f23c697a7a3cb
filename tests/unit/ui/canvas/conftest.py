"""A desk with a canvas on it, for the tests of the tools."""

from __future__ import annotations

import pytest

from tests.unit.ui.canvas.stage import Desk


@pytest.fixture
def desk(qtbot) -> Desk:
    return Desk(qtbot)
