"""Project files: exact round trip, safe to open, never half written."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from studio.engine.errors import BrokenFile, SaveFailed, StudioError, UnsafeFile
from studio.library import project as files
from studio.library.project import Project, load_project, save_project


def a_project(seed: int = 0) -> Project:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (40, 56, 3), dtype=np.uint8)
    mask = rng.integers(0, 256, (40, 56), dtype=np.uint8)
    paint = rng.integers(0, 256, (40, 56, 4), dtype=np.uint8)
    paint[..., :3] = np.minimum(paint[..., :3], paint[..., 3:])
    hat = rng.integers(0, 256, (9, 8, 3), dtype=np.uint8)
    return Project(picture=picture, mask=mask, paint=paint, references=(("<b>hat</b>.png", hat),),
                   settings={"prompt": "a crown 👑", "strength": 0.7}, name="first")  # fmt: skip


def test_everything_comes_back_exactly(tmp_path) -> None:
    saved = a_project()
    path = tmp_path / "a.studio"
    save_project(path, saved)
    back = load_project(path)
    for name in ("picture", "mask", "paint"):
        assert np.array_equal(getattr(back, name), getattr(saved, name))
    assert back.settings == saved.settings
    assert back.name == "first"
    assert back.references[0][0] == "<b>hat</b>.png"
    assert np.array_equal(back.references[0][1], saved.references[0][1])


def test_blank_layers_are_left_out(tmp_path) -> None:
    path = tmp_path / "a.studio"
    save_project(
        path, Project(picture=np.zeros((8, 8, 3), np.uint8), mask=np.zeros((8, 8), np.uint8))
    )
    back = load_project(path)
    assert back.mask is None
    assert back.paint is None


def test_the_same_document_gives_the_same_bytes() -> None:
    assert files.pack(a_project()) == files.pack(a_project())


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.studio"
    save_project(path, a_project(1))
    before = path.read_bytes()

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StudioError, match="disk is full"):
        save_project(path, a_project(2))
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.studio"]


def _zip(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


def _png(height: int, width: int, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


_FACTS = json.dumps({"format": 1}).encode()


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", BrokenFile, "strange"),
        (b"hello, I am text", BrokenFile, "no project"),
        (_png(8, 8), BrokenFile, "no project"),
        (_zip(readme=b"x"), BrokenFile, "no project"),
        (_zip(studio__json=b"[1"), BrokenFile, "damaged"),
        (_zip(studio__json=b"[" * 100_000), BrokenFile, "strange"),
        (_zip(studio__json=_FACTS), BrokenFile, "no picture"),
        (_zip(studio__json=_FACTS, picture__png=b"text"), BrokenFile, "text, not a picture"),
        (_zip(studio__json=_FACTS, picture__png=_png(8, 8)[:45]), BrokenFile, "damaged"),
        (_zip(studio__json=_FACTS, picture__png=_png(8, 8), mask__png=_png(9, 8, "L")), BrokenFile,
         "differ in size"),
        (_zip(studio__json=b'{"format": 99}', picture__png=_png(8, 8)), BrokenFile, "newer"),
        (_zip(studio__json=b" " * (2 << 20)), UnsafeFile, "too large"),
        (_zip(studio__json=_FACTS, picture__png=_png(13_000, 13_000, "1")), UnsafeFile,
         "million pixels"),
        (_zip(**{f"x{i}": b"" for i in range(300)}), UnsafeFile, "more files"),
    ],
)  # fmt: skip
def test_strange_files_are_refused_in_a_sentence(tmp_path, data, error, says) -> None:
    path = tmp_path / "strange.studio"
    path.write_bytes(data)
    with pytest.raises(error, match=says) as caught:
        load_project(path)
    assert "strange.studio" in caught.value.message
    assert caught.value.hint


def test_a_few_kilobytes_do_not_fill_the_memory(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(files, "REFERENCE_PIXELS_MAX", 3 * 50 * 50)
    facts = json.dumps({"format": 1, "references": ["a"] * 4}).encode()
    parts = {f"references/{number}__png": _png(50, 50) for number in range(4)}
    path = tmp_path / "strange.studio"
    path.write_bytes(_zip(studio__json=facts, picture__png=_png(8, 8), **parts))
    with pytest.raises(UnsafeFile, match="holds references"):
        load_project(path)
    parts.popitem()
    path.write_bytes(_zip(studio__json=facts, picture__png=_png(8, 8), **parts))
    assert len(load_project(path).references) == 3


def test_a_table_of_thousands_is_refused_before_it_is_read(tmp_path, monkeypatch) -> None:
    path = tmp_path / "strange.studio"
    path.write_bytes(_zip(**{f"x{i}": b"" for i in range(300)}))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(UnsafeFile, match="more files"):
        load_project(path)


@pytest.mark.parametrize(
    ("count", "limit", "says"), [(191, 10**9, "190 references"), (3, 20, "too large")]
)
def test_what_could_not_be_opened_again_is_not_saved(
    tmp_path, monkeypatch, count, limit, says
) -> None:
    path = tmp_path / "a.studio"
    save_project(path, a_project())
    before = path.read_bytes()
    monkeypatch.setattr(files, "REFERENCE_PIXELS_MAX", limit)
    hats = (("hat.png", np.zeros((3, 3, 3), np.uint8)),) * count
    with pytest.raises(SaveFailed, match=says):
        save_project(path, replace(a_project(), references=hats))
    assert path.read_bytes() == before


def test_a_project_full_of_references_comes_back(tmp_path) -> None:
    hats = tuple((f"{n}.png", np.full((3, 3, 3), n, np.uint8)) for n in range(files.REFERENCES_MAX))
    save_project(tmp_path / "a.studio", replace(a_project(), references=hats))
    back = load_project(tmp_path / "a.studio").references
    assert [(name, int(pixels[0, 0, 0])) for name, pixels in back] == [
        (name, int(pixels[0, 0, 0])) for name, pixels in hats
    ]  # fmt: skip


def test_every_truncation_is_refused(tmp_path) -> None:
    data = files.pack(a_project())
    path = tmp_path / "cut.studio"
    for length in range(0, len(data), max(1, len(data) // 40)):
        path.write_bytes(data[:length])
        with pytest.raises(StudioError):
            load_project(path)


def test_flipped_bytes_are_a_project_or_a_sentence(tmp_path) -> None:
    data = files.pack(a_project())
    rng = np.random.default_rng(0)
    path = tmp_path / "flip.studio"
    for _ in range(60):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 3):
            broken[at] ^= int(rng.integers(1, 256))
        path.write_bytes(bytes(broken))
        with contextlib.suppress(StudioError):  # anything else fails the test
            load_project(path)
