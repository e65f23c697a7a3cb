"""The image space in the window: files become points, the shown take a path."""

from __future__ import annotations

import pytest

from studio.jobs.queue import JobQueue
from studio.library.metadata import write_png
from studio.state.lab.space_room import SpaceRoom
from studio.state.messages import Messages
from tests.fakes import make_frame, picture


@pytest.fixture
def queue(qapp):
    made = JobQueue("test")
    yield made
    assert made.close()


@pytest.fixture
def folder(tmp_path):
    for i in range(5):
        (tmp_path / f"{i}.png").write_bytes(write_png(picture(64, 48, seed=i)))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "broken.png").write_bytes(b"no picture either")
    return tmp_path


def test_a_folder_becomes_points_and_the_take_a_path(queue, folder, qtbot):
    frames = [make_frame(i, 4) for i in range(5)]
    space = SpaceRoom(queue, Messages(), lambda: frames)
    space.use_folder(folder)
    qtbot.waitUntil(lambda: space.space is not None, timeout=20_000)
    assert space.space.names == tuple(f"{i}.png" for i in range(5))
    assert space.path.shape == (5, 768)
    space.go_to(3)
    assert space.at == 3
    space.go_to(99)
    assert space.at == 3
    frames.clear()
    space.refresh_path()
    assert space.path is None
    assert space.at == 0


def test_too_few_pictures_become_a_message(queue, tmp_path, qtbot):
    messages = Messages()
    space = SpaceRoom(queue, messages, list)
    space.use_folder(tmp_path)
    qtbot.waitUntil(lambda: bool(messages._waiting), timeout=20_000)
    assert "fewer than three" in messages._waiting[0].text
    assert not space.is_busy
