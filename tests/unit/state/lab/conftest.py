"""A laboratory room with real threads, small data and few steps."""

from __future__ import annotations

import pytest
import torch  # noqa: F401 - imported here, so that no worker does while another one computes

from studio.state.lab.room import LabRoom
from studio.state.messages import Messages


@pytest.fixture
def messages(qapp):
    return Messages()


@pytest.fixture
def room(messages):
    made = LabRoom(messages)
    made.change(points=60, count=40, steps=5, sampler="DDIM", train_steps=60)
    yield made
    assert made.close(8000)
