"""`studio strip`: no model is needed to look at a take."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from PIL import Image

from studio import cli
from studio.library.takes import save_take
from tests.fakes import make_take


@pytest.fixture
def take(tmp_path, home):
    path = tmp_path / "a.take"
    save_take(path, make_take())
    return path


def studio(*words) -> int:
    return cli.main([str(word) for word in words])


def test_draws_the_chosen_lanes(take, tmp_path, capsys):
    out = tmp_path / "sheet.png"
    assert studio("strip", take, "--lanes", "x0,cond,uncond,delta", "--height", 24, "--out", out,
                  "--json") == 0  # fmt: skip
    facts = json.loads(capsys.readouterr().out)
    assert facts == {"path": str(out), "steps": 5, "lanes": ["x0", "cond", "uncond", "delta"]}
    with Image.open(out) as image:
        assert image.size == (2 * 16 + 92 + 5 * 32, 32 + 36 + 4 * 32 + 20 + 8)


def test_animates(take, tmp_path):
    assert studio("strip", take, "--lanes", "x0", "--height", 16, "--out", tmp_path / "s.webp") == 0
    with Image.open(tmp_path / "s.webp") as image:
        assert image.n_frames == 5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--lanes", "x0,colour"], "no lane “colour”"), (["--lanes", ","], "lane"),
        (["--height", 2], "--height 2"), (["--every", 0], "--every 0"),
        (["--speed", 900], "--speed 900"), (["--per-row", 0], "--per-row 0"),
    ],
)  # fmt: skip
def test_the_impossible_is_told_in_words(take, tmp_path, capsys, words, told):
    assert studio("strip", take, *words, "--out", tmp_path / "s.png") == 2
    assert told in capsys.readouterr().err


def test_wrong_ending_and_missing_take(take, tmp_path, capsys):
    assert studio("strip", take, "--out", tmp_path / "s.bmp") == 2
    assert ".bmp" in capsys.readouterr().err
    assert studio("strip", tmp_path / "no.take", "--out", tmp_path / "s.png") == 1
    assert "no.take" in capsys.readouterr().err


def test_needs_neither_torch_nor_qt(take, tmp_path):
    code = (
        "import sys; from studio import cli;"
        f"assert cli.main(['strip', {str(take)!r}, '--out', {str(tmp_path / 's.png')!r}]) == 0;"
        "assert 'torch' not in sys.modules and 'PySide6.QtCore' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
