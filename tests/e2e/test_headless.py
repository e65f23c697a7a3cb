"""The real commands on a tiny model, in a process of their own that cannot import PySide6."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.library.images import read_picture
from studio.library.takes import load_take
from tests.laws.source import ROOT

WITHOUT_QT = """
import sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "shiboken6"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NoQt())
from studio.__main__ import main
raise SystemExit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    from tests import tiny_models

    home = tmp_path_factory.mktemp("home")
    shutil.copytree(tiny_models.folder("sd"), home / "models" / "tiny")
    return home


def run(
    home: Path, *argv: str, code: str = WITHOUT_QT, timeout: float = 280
) -> tuple[int, str, str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], text=True, cwd=ROOT, timeout=timeout, check=False,
        env=environment | {"STUDIO_HOME": str(home)}, capture_output=True,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_picture_a_take_and_a_strip(home, tmp_path):
    out, take, strip = (tmp_path / name for name in ("a.png", "a.take", "a-strip.png"))
    code, told, err = run(
        home, "generate", "a (red:1.2) fox", "--model", "tiny", "--steps", "3", "--size", "64x64",
        "--seed", "5", "--out", str(out), "--take", str(take), "--strip", str(strip), "--json",
    )  # fmt: skip
    assert code == 0, err
    (line,) = told.splitlines()
    facts = json.loads(line)
    assert facts["path"] == str(out)
    assert facts["seed"] == 5
    assert facts["seconds"]["Denoising"] > 0
    assert read_picture(out).shape == (64, 64, 3)
    whole = load_take(take)
    assert [step.index for step in whole.steps] == [0, 1, 2, 3]
    assert whole.steps[3].level.s == 0
    assert strip.stat().st_size > 1000

    code, told, err = run(home, "fork", str(take), "--step", "1", "--out", str(tmp_path / "b.png"))
    assert code == 0, err
    assert np.array_equal(read_picture(tmp_path / "b.png"), read_picture(out))


TESTS_WITHOUT_QT = (
    WITHOUT_QT.partition("from studio")[0]
    + """
import pytest
ini, *places = sys.argv[1:]
raise SystemExit(pytest.main(["-q", "-c", ini, "-p", "no:pytest-qt", "-p", "no:cacheprovider",
                              "--rootdir", ".", *places]))
"""
)


ALL_OF_THEM = pytest.param("tests/unit/engine", marks=[pytest.mark.slow, pytest.mark.timeout(1800)])


@pytest.mark.parametrize("place", ["tests/unit/engine/test_denoise.py", ALL_OF_THEM])
def test_the_engines_own_tests_pass_without_pyside6(home, tmp_path, place):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    code, out, err = run(home, str(tmp_path / "pytest.ini"), place, code=TESTS_WITHOUT_QT,
                         timeout=1700)  # fmt: skip
    assert code == 0, out[-2000:] + err[-2000:]
    assert " passed" in out


def test_a_failure_is_one_object_on_stdout_and_words_on_stderr(home, tmp_path):
    """The real process, from the shell's side."""
    for wrong in (["--sampler", "eulr"], ["--size", "0x0"], ["--steps", "0"], ["--cfg", "nan"],
                  ["--out", str(tmp_path / "a.jpg")], ["--bogus"]):  # fmt: skip
        code, out, err = run(home, "generate", "a fox", "--model", "tiny", "--json", *wrong)
        assert code == 2, wrong
        (line,) = out.splitlines()
        assert json.loads(line)["error"]
        assert "Traceback" not in err
        assert "studio" in err


INTERRUPTED = """
import os, signal, sys
from studio import cli
def progress(self, words):
    if words.startswith("Step 2 "):
        os.kill(os.getpid(), signal.SIGINT)
cli.Headless.progress = progress
raise SystemExit(cli.run_from_shell(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is POSIX here")
def test_ctrl_c_keeps_what_was_made(home):
    code, out, err = run(
        home, "generate", "a fox", "--model", "tiny", "--steps", "900", "--size", "64x64", "--json",
        code=INTERRUPTED,
    )  # fmt: skip
    assert code == 130, err
    assert "Traceback" not in err
    assert json.loads(out)["error"] == "stopped"
    (kept,) = (home / "Pictures").rglob("*.take")
    take = load_take(kept)
    assert take.state == "cancelled"
    assert 2 <= len(take.steps) < 900
