"""The strip's rig for these tests."""

from __future__ import annotations

from tests.unit.state.filmstrip.rig import rig as rig
