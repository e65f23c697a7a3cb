"""Thumbnails are made once, follow their picture, and are worth nothing by themselves."""

import numpy as np
import pytest
from PIL import Image

from studio.engine.errors import BrokenFile, SaveFailed
from studio.library import thumbnails as module
from studio.library.thumbnails import SIDE, Thumbnails
from tests.fakes import picture


@pytest.fixture
def thumbnails(tmp_path):
    return Thumbnails(tmp_path / "cache")


@pytest.fixture
def file(tmp_path):
    Image.fromarray(picture(600, 300)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_the_size(thumbnails, file):
    assert thumbnails.get(file).shape == (SIDE // 2, SIDE, 3)


def test_it_is_made_once(thumbnails, file, monkeypatch):
    first = thumbnails.get(file)
    monkeypatch.setattr(module, "read_picture", lambda *_a, **_k: pytest.fail("made again"))
    assert np.abs(thumbnails.get(file).astype(int) - first).mean() < 6


def test_a_changed_picture_gets_a_new_one(thumbnails, file):
    thumbnails.get(file)
    Image.new("RGB", (300, 600), "red").save(file)
    assert thumbnails.get(file).shape == (SIDE, SIDE // 2, 3)


def test_a_damaged_thumbnail_is_made_again(thumbnails, file, tmp_path):
    thumbnails.get(file)
    (stored,) = (tmp_path / "cache").rglob("*.webp")
    stored.write_bytes(b"nonsense")
    assert thumbnails.get(file).shape == (SIDE // 2, SIDE, 3)


def test_put_and_forget(thumbnails, file, tmp_path, monkeypatch):
    thumbnails.put(file, picture(600, 300))
    monkeypatch.setattr(module, "read_picture", lambda *_a, **_k: pytest.fail("made again"))
    assert thumbnails.get(file).shape == (SIDE // 2, SIDE, 3)
    thumbnails.forget(file)
    thumbnails.forget(file)
    assert not list((tmp_path / "cache").rglob("*.webp"))


def test_a_full_disk_costs_nothing(thumbnails, file, monkeypatch):
    def full(*_args, **_more):
        raise SaveFailed("a.webp could not be saved: the disk is full.", "")

    monkeypatch.setattr(module, "write_atomic", full)
    assert thumbnails.get(file).shape == (SIDE // 2, SIDE, 3)


def test_no_picture_no_thumbnail(thumbnails, tmp_path):
    with pytest.raises(BrokenFile):
        thumbnails.get(tmp_path / "none.png")
