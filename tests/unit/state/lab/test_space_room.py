"""The image space in the window: files become points, takes become paths."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.errors import StudioError
from studio.jobs.queue import JobQueue
from studio.library.metadata import write_png
from studio.state.lab.space_room import ShownTake, SpaceRoom, world_sources
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


def a_take(id, count=5):
    return ShownTake(id, [make_frame(i, count - 1) for i in range(count)])


def test_a_folder_becomes_points_and_takes_become_paths(queue, folder, qtbot):
    takes = [a_take("shown"), a_take("other", 7), a_take("too short", 2)]
    space = SpaceRoom(queue, Messages(), lambda: takes)
    assert space.reason() == ""
    space.use_folder(folder)
    qtbot.waitUntil(lambda: len(space.paths) == 2, timeout=20_000)
    assert space.space.names == tuple(f"{i}.png" for i in range(5))
    assert space.space.files[2] == folder / "2.png"
    assert space.path.vectors.shape == (5, 768)
    assert len(space.path.guesses) == 5
    space.go_to(3)
    assert space.at == 3
    space.go_to(99)
    assert space.at == 3
    assert "turns most at step" in space.reason()
    takes.clear()
    space.refresh_path()
    assert space.path is None
    assert space.at == 0


def test_by_meaning_the_same_pictures_lie_elsewhere(queue, folder, qtbot):
    opened = []

    def clip():
        opened.append(1)
        return lambda pictures: np.stack([[p.mean(), p[0, 0, 0], 1.0] for p in pictures])

    space = SpaceRoom(queue, Messages(), lambda: [a_take("shown")], clip)
    space.use_folder(folder)
    qtbot.waitUntil(lambda: space.path is not None, timeout=20_000)
    assert not opened  # not before it is wanted
    space.choose_kind("clip")
    qtbot.waitUntil(lambda: space.space.kind == "clip" and space.path is not None, timeout=20_000)
    assert space.space.vectors.shape == (5, 3)
    assert space.path.vectors.shape == (5, 3)
    assert opened


def test_a_model_that_cannot_be_opened_is_said_and_the_plane_stays(queue, folder, qtbot):
    def clip():
        raise StudioError("There is no CLIP model at hand.", "Lay them out by pixels.")

    messages = Messages()
    space = SpaceRoom(queue, messages, list, clip)
    space.use_folder(folder)
    qtbot.waitUntil(lambda: space.space is not None, timeout=20_000)
    space.choose_kind("clip")
    qtbot.waitUntil(lambda: bool(messages._waiting), timeout=20_000)
    assert "no CLIP model" in messages._waiting[0].text
    assert (space.kind, space.space.kind) == ("pixels", "pixels")
    space.choose_kind("clip")  # it may be asked again
    qtbot.waitUntil(lambda: len(messages._waiting) == 2, timeout=20_000)


def test_too_few_pictures_become_a_message(queue, tmp_path, qtbot):
    messages = Messages()
    space = SpaceRoom(queue, messages, list)
    space.use_folder(tmp_path)
    qtbot.waitUntil(lambda: bool(messages._waiting), timeout=20_000)
    assert "fewer than three" in messages._waiting[0].text
    assert not space.is_busy


def test_the_starters_world_is_at_hand():
    sources = world_sources()
    assert len(sources) == 192
    assert sources[0].read().shape == (128, 128, 3)
    assert len({source.name for source in sources}) == 192
