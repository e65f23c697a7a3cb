"""`studio lab`: figures, films and numbers, without torch being needed for help."""

from __future__ import annotations

import argparse
import json

import pytest

from studio.commands import lab
from studio.engine.errors import InvalidRequest, StudioError


class Voice:
    """What a command needs of Headless."""

    def __init__(self):
        self.lines, self.facts = [], None

    def say(self, text):
        self.lines.append(text)

    def answer(self, facts):
        self.facts = json.loads(json.dumps(facts, default=str))


def run(*words):
    parser = argparse.ArgumentParser()
    lab.add_arguments(parser)
    voice = Voice()
    return lab.run(parser.parse_args(words), voice), voice


def test_writes_a_figure_and_says_its_numbers(tmp_path):
    out = tmp_path / "turn.svg"
    code, voice = run("sample", "--count", "30", "--steps", "4", "--out", str(out))
    assert code == 0
    assert out.read_text().startswith("<svg")
    assert voice.facts["distance"] > 0
    assert any(line.startswith("distance: ") for line in voice.lines)


def test_a_film_is_chosen_by_the_files_name(tmp_path):
    out = tmp_path / "film.gif"
    assert run("field", "--out", str(out))[0] == 0
    assert out.read_bytes()[:3] == b"GIF"


def test_impossible_wishes_are_refused_before_work(tmp_path):
    for words in (["sample", "--steps", "0"], ["sample", "--steps", "100000"],
                  ["field", "--t", "1.5"], ["learn", "--train-steps", "0"]):  # fmt: skip
        with pytest.raises(InvalidRequest):
            run(*words)
    with pytest.raises(StudioError, match="bmp"):
        run("data", "--out", str(tmp_path / "a.bmp"))
    assert not list(tmp_path.iterdir())
