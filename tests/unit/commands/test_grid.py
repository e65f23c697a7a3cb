"""`studio grid`: every cell is made and kept, and the sheet holds its settings."""

from __future__ import annotations

import argparse
import threading

import numpy as np
import pytest
from PIL import Image

from studio.commands import grid
from studio.engine.errors import InvalidRequest
from studio.engine.request import GenerationRequest
from studio.library.metadata import read_settings
from studio.library.saving import Saved
from tests.fakes import FakeEngine


class Library:
    """Keeps nothing, like a full disk that does not complain."""

    def save(self, result):
        return Saved(path="cell.png", picture=result.picture, take=result.take)

    def save_unfinished(self, take):
        raise AssertionError("nothing was stopped")


class Headless:
    """What the command needs of the composition root."""

    is_json = False

    def __init__(self):
        self.stop = threading.Event()
        self.lines, self.facts, self.made = [], None, FakeEngine()

    def engine(self):
        return self.made

    def library(self):
        return Library()

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


def run(monkeypatch, *words):
    parser = argparse.ArgumentParser()
    grid.add_arguments(parser)
    headless = Headless()
    request = GenerationRequest(prompt="a red fox", steps=2, width=64, height=64, seed=7)
    monkeypatch.setattr(grid, "request_from", lambda args, engine, **more: request)
    return grid.run(parser.parse_args(words), headless), headless


def test_makes_every_cell_and_one_sheet(monkeypatch, tmp_path):
    out = tmp_path / "grid.png"
    code, headless = run(monkeypatch, "a red fox", "--x", "cfg=1,4", "--y", "seed=1..3", "--seed",
                         "7", "--out", str(out))  # fmt: skip
    assert code == 0
    assert [(r.guidance_scale, r.seed) for r in headless.made.requests] == [
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
