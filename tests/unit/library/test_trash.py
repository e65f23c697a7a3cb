"""Deleted files can be brought back; then they go to the system's trash."""

import errno
import os

import pytest

from studio.engine.errors import SaveFailed
from studio.library import trash as module
from studio.library.trash import Trash
from tests.fakes import snapshot


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "Pictures" / "2026-11-21"
    folder.mkdir(parents=True)
    (folder / "0001.png").write_bytes(b"picture")
    (folder / "0001.take").write_bytes(b"take")
    return folder


def test_there_and_back(tmp_path, pictures):
    before = snapshot(pictures)
    trash = Trash(tmp_path / "Pictures" / ".trash")
    trash.put(1, [pictures / "0001.png", pictures / "0001.take"])
    assert snapshot(pictures) == {}
    assert trash.take_back(1) == [pictures / "0001.png", pictures / "0001.take"]
    assert snapshot(pictures) == before
    assert not (tmp_path / "Pictures" / ".trash" / "1").exists()


def test_a_name_that_was_taken_meanwhile(tmp_path, pictures):
    trash = Trash(tmp_path / ".trash")
    trash.put(1, [pictures / "0001.png", pictures / "0001.take"])
    (pictures / "0001.png").write_bytes(b"another")
    back = trash.take_back(1)
    assert [p.name for p in back] == ["0001 restored.png", "0001 restored.take"]
    assert back[0].read_bytes() == b"picture"
    assert (pictures / "0001.png").read_bytes() == b"another"


def test_the_folder_may_have_gone(tmp_path, pictures):
    trash = Trash(tmp_path / ".trash")
    trash.put(1, [pictures / "0001.png", pictures / "0001.take"])
    pictures.rmdir()
    assert trash.take_back(1)[0].read_bytes() == b"picture"


def test_a_failure_half_way_moves_everything_back(tmp_path, pictures, monkeypatch):
    before = snapshot(pictures)
    real, calls = os.replace, []

    def failing(source, target):
        calls.append(source)
        if str(source).endswith(".take") and len(calls) < 4:
            raise OSError(errno.EACCES, "no")
        real(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(SaveFailed):
        Trash(tmp_path / ".trash").put(1, [pictures / "0001.png", pictures / "0001.take"])
    assert snapshot(pictures) == before


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path, pictures, monkeypatch):
    before = snapshot(pictures)

    def full(*_args):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SaveFailed, match=r"0001\.png could not be deleted: the disk is full"):
        Trash(tmp_path / ".trash").put(1, [pictures / "0001.png", pictures / "0001.take"])
    assert snapshot(pictures) == before
    assert not list((tmp_path / ".trash").iterdir())  # else flush() would tell it as deleted


def test_another_picture_of_the_same_number_is_kept(tmp_path, pictures, monkeypatch):
    """An index that was made anew counts anew, and a disk without a trash keeps the old ones."""
    sent = []
    monkeypatch.setattr(module, "send2trash", lambda f: (sent.append(f.read_bytes()), f.unlink()))
    trash = Trash(tmp_path / ".trash")
    trash.put(1, [pictures / "0001.png"])
    for text in (b"second", b"third"):
        (pictures / "0001.png").write_bytes(text)
        trash.put(1, [pictures / "0001.png"])
    assert trash.take_back(1)[0].read_bytes() == b"third"
    assert list(trash.flush()) == []  # the rows of those numbers are other pictures'
    assert sorted(sent) == [b"picture", b"second"]


def test_nothing_to_bring_back(tmp_path):
    with pytest.raises(SaveFailed, match="system's trash"):
        Trash(tmp_path / ".trash").take_back(7)


def test_the_systems_trash(tmp_path, pictures, monkeypatch):
    sent = []
    monkeypatch.setattr(module, "send2trash", lambda file: (sent.append(file.name), file.unlink()))
    trash = Trash(tmp_path / ".trash")
    trash.put(3, [pictures / "0001.png", pictures / "0001.take"])
    assert list(trash.flush()) == [3]
    assert sorted(sent) == ["0001.png", "0001.take"]
    assert list(trash.flush()) == []


def test_a_disk_without_a_trash_keeps_them(tmp_path, pictures, monkeypatch):
    def refuses(_file):
        raise OSError("no trash here")

    monkeypatch.setattr(module, "send2trash", refuses)
    trash = Trash(tmp_path / ".trash")
    trash.put(3, [pictures / "0001.png"])
    assert list(trash.flush()) == []
    assert trash.take_back(3)[0].read_bytes() == b"picture"
