"""What the index knows is read from the files alone."""

import json
import os
import sqlite3
import sys
from dataclasses import replace

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.engine.errors import BrokenFile
from studio.engine.request import GenerationRequest, to_json
from studio.library.adopt import describe, pictures_below
from studio.library.metadata.png import OWN_FORMAT, OWN_KEY
from studio.library.saving import facts_of, save_picture, save_take_beside
from tests.fakes import make_take, picture

REQUEST = GenerationRequest(prompt="a fox", model="starter", seed=9)


def test_a_picture_of_ours(tmp_path):
    take = make_take(REQUEST, take_id="t1", parent=("t0", 2), state="cancelled")
    path = save_picture(tmp_path, picture(), REQUEST, facts_of(take, label="x"))
    save_take_beside(path, take)
    row = describe(path, tmp_path)
    assert row["path"] == path.relative_to(tmp_path).as_posix()
    assert (row["prompt"], row["model"], row["seed"]) == ("a fox", "starter", 9)
    assert (row["take_id"], row["parent_id"], row["parent_step"]) == ("t1", "t0", 2)
    assert (row["state"], row["label"], row["has_take"]) == ("cancelled", "x", 1)
    assert (row["width"], row["height"]) == (64, 64)


def test_a_strangers_picture(tmp_path):
    Image.fromarray(picture(20, 10)).save(tmp_path / "a.jpg")
    row = describe(tmp_path / "a.jpg", tmp_path)
    assert (row["width"], row["prompt"], row["request"], row["has_take"]) == (20, "", "", 0)


def test_outside_the_root_the_whole_path_is_kept(tmp_path):
    Image.fromarray(picture(8, 8)).save(tmp_path / "a.png")
    assert describe(tmp_path / "a.png", tmp_path / "Pictures")["path"] == str(tmp_path / "a.png")


def test_a_broken_take_leaves_the_picture(tmp_path):
    path = save_picture(tmp_path, picture(), REQUEST)
    path.with_suffix(".take").write_bytes(b"nonsense")
    assert describe(path, tmp_path)["has_take"] == 1


def test_text_that_sqlite_cannot_hold(tmp_path):
    path = save_picture(tmp_path, picture(), GenerationRequest(prompt="a\ud800b"))
    describe(path, tmp_path)["prompt"].encode()


def hostile(path, **own):
    """A picture whose own chunk claims these things."""
    info = PngInfo()
    told = {"format": OWN_FORMAT, "request": to_json(REQUEST), **own}
    info.add_itxt(OWN_KEY, json.dumps(told))
    Image.fromarray(picture(8, 8)).save(path, pnginfo=info)
    return path


@pytest.mark.parametrize("own", [
    {"label": "\ud800"}, {"state": "\udfff"}, {"take_id": "a\ud800"}, {"parent": ["\ud800", 1]},
    {"parent": ["a", 2**70]}, {"parent": ["a", -(2**70)]}, {"label": "x" * 100_000},
])  # fmt: skip
def test_what_a_stranger_claims_can_be_kept_in_the_index(tmp_path, own):
    row = describe(hostile(tmp_path / "a.png", **own), tmp_path)
    with sqlite3.connect(":memory:") as database:
        marks = ", ".join("?" for _ in row)
        database.execute(f"CREATE TABLE pictures ({', '.join(row)})")
        database.execute(f"INSERT INTO pictures VALUES ({marks})", tuple(row.values()))
    database.close()
    assert max(len(str(row[name])) for name in ("label", "state", "take_id", "parent_id")) <= 1000


def test_what_a_strangers_take_claims_can_be_kept_too(tmp_path):
    path = save_picture(tmp_path, picture(), REQUEST)
    save_take_beside(path, replace(make_take(REQUEST), id="\ud800", name="\udfff" + "x" * 9999))
    row = describe(path, tmp_path)
    assert (row["take_id"], len(row["name"]), row["name"][:2]) == ("?", 1000, "?x")


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_a_name_that_is_no_text_is_refused_in_words(tmp_path):
    path = tmp_path / os.fsdecode(b"a\xff.png")
    Image.fromarray(picture(8, 8)).save(path)
    with pytest.raises(BrokenFile, match="no text") as caught:
        describe(path, tmp_path)
    caught.value.message.encode()


def test_no_picture(tmp_path):
    (tmp_path / "a.png").write_text("a poem")
    with pytest.raises(BrokenFile):
        describe(tmp_path / "a.png", tmp_path)


def test_walking(tmp_path):
    for name in ("b.png", "a.JPG", ".hidden.png", "notes.txt", "empty.png", "sub/c.webp",
                 ".trash/1/d.png"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"" if name == "empty.png" else b"x")
    os.symlink(tmp_path, tmp_path / "sub" / "loop")
    found = [p.relative_to(tmp_path).as_posix() for p, _ in pictures_below(tmp_path)]
    assert found == ["a.JPG", "b.png", "sub/c.webp"]
