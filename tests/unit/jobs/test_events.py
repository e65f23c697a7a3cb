from __future__ import annotations

import dataclasses

import pytest

from studio.jobs.events import Advanced, Stopped


def test_events_are_values_that_cannot_change_on_their_way():
    event = Advanced(3, "frame")
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.item = "other"
    assert event == Advanced(3, "frame")
    assert Stopped(3).error is None
