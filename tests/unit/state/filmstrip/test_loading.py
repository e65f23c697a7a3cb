"""Opening takes from disk."""

from __future__ import annotations

from pathlib import Path

from studio.library.saving import save_picture, save_take_beside
from studio.state.filmstrip.loading import open_take, picture_frame, take_file
from tests.fakes import make_take, picture


def saved(tmp_path):
    take = make_take()
    path = save_picture(tmp_path, picture(), take.request, {})
    file, _ = save_take_beside(path, take)
    return take, path, file


def test_opens_take_and_picture(tmp_path):
    take, path, file = saved(tmp_path)
    opened = open_take(file, path)
    assert opened.take.id == take.id
    assert opened.pixels.shape == (64, 64, 3)
    assert opened.size_bytes == file.stat().st_size
    assert opened.request == take.request
    assert opened.problem is None


def test_a_broken_take_is_a_problem_and_the_picture_opens(tmp_path):
    take, path, file = saved(tmp_path)
    file.write_bytes(b"no take at all")
    opened = open_take(file, path)
    assert opened.take is None
    assert file.name in opened.problem.message
    assert opened.pixels is not None
    assert opened.problem.hint.startswith("The picture itself is whole.")
    assert opened.request.prompt == take.request.prompt  # from the picture's own metadata


def test_a_picture_without_a_take_is_no_problem(tmp_path):
    _, path, file = saved(tmp_path)
    file.unlink()
    opened = open_take(file, path)
    assert opened.problem is None
    assert opened.take is None
    frame = picture_frame(opened.pixels)
    assert frame.index == frame.total


def test_a_missing_take_file_by_itself_is_a_problem(tmp_path):
    assert open_take(tmp_path / "no.take", None).problem is not None


def test_the_take_lies_beside_the_picture():
    assert take_file(Path("a/0007.png")) == Path("a/0007.take")
    assert take_file(Path("a/0007.take")) == Path("a/0007.take")
