"""The laboratory's widgets over a real room."""

from __future__ import annotations

from tests.unit.state.lab.conftest import messages, room  # noqa: F401 - fixtures
