"""Walking folders: every picture once, nothing that hangs, nothing followed in a circle."""

import os

import pytest

from studio.concepts.walk import Walk


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png", "run.take", "sub/c.webp",
                 "thumbnails/t.png", ".cache/x.png"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 7)
    return tmp_path


def names(walk, root):
    return [os.path.relpath(source.file, root) for source in walk.sources()]


def test_pictures_and_strips_in_order(folder):
    walk = Walk([folder])
    assert names(walk, folder) == ["a.JPG", "b.png", "run.take", os.path.join("sub", "c.webp")]
    assert walk.walked == [str(folder) + os.sep]
    assert len(walk.seen) == 4


def test_strips_can_be_left_out(folder):
    assert "run.take" not in names(Walk([folder], with_strips=False), folder)


def test_size_and_time_are_told(folder):
    source = next(Walk([folder]).sources())
    assert source.size == 7
    assert source.mtime_ns == (folder / "a.JPG").stat().st_mtime_ns


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.timeout(20)
def test_links_in_a_circle_and_pipes(folder):
    os.symlink(folder, folder / "sub" / "loop")
    os.symlink(folder / "sub", folder / "again")
    os.mkfifo(folder / "pipe.png")
    found = [os.path.basename(source.file) for source in Walk([folder]).sources()]
    assert sorted(found) == ["a.JPG", "b.png", "c.webp", "run.take"]


def test_the_same_folder_twice_is_walked_once(folder):
    assert len(list(Walk([folder, folder / "sub", folder]).sources())) == 4


def test_a_missing_folder_is_remembered_as_unread(tmp_path):
    walk = Walk([tmp_path / "gone"])
    assert list(walk.sources()) == []
    assert walk.unread == [str(tmp_path / "gone")]
