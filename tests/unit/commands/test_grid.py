"""`studio grid`: every cell is made and kept, and the sheet holds its settings."""

from __future__ import annotations

import argparse
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.commands import grid
from studio.engine.errors import InvalidRequest, ModelNotFound, SaveFailed
from studio.engine.models.catalog import ModelInfo
from studio.engine.request import GenerationRequest
from studio.library.home import Home
from studio.library.images import read_picture
from studio.library.metadata import read_settings
from studio.library.saving import Saved
from tests.fakes import FakeEngine, picture


class Library:
    """Keeps nothing, like a full disk that does not complain."""

    def save(self, result):
        return Saved(path="cell.png", picture=result.picture, take=result.take)

    def save_unfinished(self, take):
        raise AssertionError("nothing was stopped")


class Headless:
    """What the command needs of the composition root."""

    is_json, home, device = False, None, "cpu"

    def __init__(self, library=None):
        self.stop = threading.Event()
        self.lines, self.facts, self.made, self.fake = [], None, [], FakeEngine()
        self.fake.models = lambda: [ModelInfo(id="starter", name="Starter", path=Path("x"))]
        self.kept = library or Library()

    def engine(self):
        return self.fake

    def library(self):
        return self.kept

    def run(self, work):
        try:
            while True:
                next(work)
        except StopIteration as done:
            return done.value

    def progress(self, words):
        self.lines.append(words)

    say = note = progress

    def answer(self, facts):
        self.facts = facts


def run(monkeypatch, *words, headless=None):
    parser = argparse.ArgumentParser()
    grid.add_arguments(parser)
    headless = headless or Headless()
    request = GenerationRequest(prompt="a red fox", steps=2, width=64, height=64, seed=7)
    monkeypatch.setattr(grid, "request_from", lambda args, engine, **more: request)
    return grid.run(parser.parse_args(words), headless), headless


def test_makes_every_cell_and_one_sheet(monkeypatch, tmp_path):
    out = tmp_path / "grid.png"
    code, headless = run(monkeypatch, "a red fox", "--x", "cfg=1,4", "--y", "seed=1..3", "--seed",
                         "7", "--out", str(out))  # fmt: skip
    assert code == 0
    assert [(r.guidance_scale, r.seed) for r in headless.fake.requests] == [
        (1, 1), (4, 1), (1, 2), (4, 2), (1, 3), (4, 3)
    ]  # fmt: skip
    assert len(headless.facts["cells"]) == 6
    assert read_settings(out).request.prompt == "a red fox"
    with Image.open(out) as sheet:
        assert sheet.width > 2 * 64
        assert np.asarray(sheet).std() > 5


def test_refuses_before_the_first_picture(monkeypatch, tmp_path):
    for words in (["--x", "cfg=1"], ["--x", "cfg=x", "--out"], ["--x", "steps=0,5", "--out"]):
        out = [str(tmp_path / "a.png")] if words[-1] == "--out" else ["--out", "a.jpg"]
        with pytest.raises(InvalidRequest):
            run(monkeypatch, "a fox", *words, *out)
    assert not list(tmp_path.iterdir())


def test_every_cells_words_are_read_before_the_first_picture(monkeypatch, tmp_path):
    headless = Headless()
    headless.fake.loras, headless.home = list, Home(tmp_path)
    with pytest.raises(InvalidRequest, match="no LoRA called gone"):
        run(monkeypatch, "a fox", "--x", "prompt=fox,<lora:gone:1>", "--out",
            str(tmp_path / "a.png"), headless=headless)  # fmt: skip
    assert headless.fake.requests == []


def test_a_model_that_is_not_there_is_told_before_the_first_picture(monkeypatch, tmp_path):
    headless = Headless()
    with pytest.raises(ModelNotFound, match="nonesuch"):
        run(monkeypatch, "a fox", "--x", "model=starter,nonesuch", "--out", str(tmp_path / "a.png"),
            headless=headless)  # fmt: skip
    assert headless.fake.requests == []


def test_a_cell_that_cannot_be_written_is_put_elsewhere(monkeypatch, tmp_path):
    class Full(Library):
        def save(self, result):
            raise SaveFailed("0001.png could not be saved: the disk is full.", "Free some space.")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    headless = Headless(Full())
    with pytest.raises(SaveFailed, match="disk is full") as failed:
        run(monkeypatch, "a fox", "--x", "cfg=1,4", "--out", str(tmp_path / "a.png"),
            headless=headless)  # fmt: skip
    assert "kept until" not in failed.value.hint
    (cell,) = headless.made
    assert np.array_equal(read_picture(Path(cell["path"])), picture(64, 64, 7))
