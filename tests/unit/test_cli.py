"""The headless door: words and exit codes, one JSON object, no Qt, no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from studio import cli
from studio.cli import STOPPED, Headless, build_parser, command_names, install_excepthook, main
from studio.engine.errors import BrokenFile, Cancelled, InvalidRequest
from studio.engine.record import Stage, Status
from studio.library.home import Home
from tests.fakes import make_frame
from tests.laws.source import ROOT


@pytest.fixture
def failing(monkeypatch):
    """Make `studio models` raise what the test wants."""

    def prepare(error):
        from studio.commands import models

        def run(args, headless):
            raise error

        monkeypatch.setattr(models, "run", run)

    return prepare


def test_the_commands_there_are():
    assert {"generate", "models", "doctor"} <= set(command_names())
    assert "options" not in command_names()  # a helper, no command


@pytest.mark.parametrize("name", command_names())
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert len(capsys.readouterr().out) > 100


def test_help_names_every_command(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in command_names())


def test_only_the_wanted_command_is_imported():
    code = (
        "import sys; from studio.cli import build_parser; build_parser(['models']);"
        "assert 'studio.commands.generate' not in sys.modules;"
        "assert not any(n.startswith('PySide6') for n in sys.modules);"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize("argv", [["nonsense"], ["generate"], ["generate", "x", "--steps", "many"],
                                  ["generate", "x", "--size", "big"]])  # fmt: skip
def test_wrong_use_is_two(argv, capsys):
    with pytest.raises(SystemExit) as left:
        main(argv)
    assert left.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["generate", "--json"], ["generate", "x", "--bogus", "--json"],
                                  ["generate", "x", "--json", "--steps", "many"]])  # fmt: skip
def test_wrong_use_is_one_object_too(argv, capsys):
    with pytest.raises(SystemExit) as left:
        main(argv)
    assert left.value.code == 2
    told = capsys.readouterr()
    facts = json.loads(told.out)
    assert facts["error"]
    assert "--help" in facts["hint"]
    assert "usage" in told.err


@pytest.mark.parametrize(
    ("error", "code"),
    [(BrokenFile("x is damaged.", "Use a copy."), 1), (InvalidRequest("seed", "No."), 2),
     (Cancelled(), STOPPED), (KeyboardInterrupt(), STOPPED)],
)  # fmt: skip
def test_errors_are_told_in_words(home, failing, capsys, error, code):
    failing(error)
    assert main(["models"]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("studio: ")
    assert "Traceback" not in told.err


def test_with_json_an_error_is_one_object_too(home, failing, capsys):
    failing(BrokenFile("x is damaged.", "Use a copy."))
    main(["models", "--json"])
    assert json.loads(capsys.readouterr().out) == {"error": "x is damaged.", "hint": "Use a copy."}


def test_an_unexpected_error_leaves_words_and_a_file(home, capsys, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    install_excepthook(home)
    try:
        raise ValueError("deep inside")
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    told = capsys.readouterr().err
    assert "deep inside" in told
    assert "Traceback" not in told
    assert "Traceback" in (home.logs / "crash.log").read_text()


def test_names_from_strangers_do_not_steer_the_terminal(home, capsys):
    headless = Headless(home)
    headless.say("a\tname\x1b]0;owned\x07\n\x9b2J")
    headless.note("\x1b[2J gone")
    told = capsys.readouterr()
    assert told.out == "a\tname�]0;owned�\n�2J\n"
    assert told.err == "�[2J gone\n"


@pytest.mark.parametrize("encoding", ["utf-8:strict", "latin-1", "ascii"])
def test_no_terminal_and_no_file_name_is_too_strange(tmp_path, encoding):
    (tmp_path / "models").mkdir()
    try:
        with open(os.fsencode(tmp_path / "models") + b"/\xff.safetensors", "wb") as file:
            file.write(b"x")
    except OSError:
        pytest.skip("this disk takes no such name")
    done = subprocess.run(
        [sys.executable, "-m", "studio", "models"], capture_output=True, cwd=ROOT, check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "STUDIO_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"starter" in done.stdout
    assert b"udcff" in done.stdout


def test_words_that_are_no_file_are_no_crash(monkeypatch):
    from studio import __main__ as entry

    asked = []
    monkeypatch.setattr(cli, "run_from_shell", lambda words: asked.append(words) or 2)
    assert entry.main(["a cat " * 100]) == 2
    assert asked == [["a cat " * 100]]


def test_ctrl_c_before_anything_has_begun_is_no_crash(home, capsys, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    install_excepthook(home)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().err == "studio: stopped.\n"
    assert not (home.logs / "crash.log").exists()


def test_running_shows_progress_and_returns_the_result(home):
    headless, shown = Headless(home), []
    headless.progress = shown.append

    def work():
        yield Status(stage=Stage.LOADING, fraction=0.5, detail="weights")
        yield make_frame(2, 4, lanes=())
        return "done"

    assert headless.run(work()) == "done"
    assert shown == ["Loading the model weights 50%", "Step 2 of 4", ""]


def test_people_and_programs_read_different_things(home, capsys):
    for is_json in (False, True):
        headless = Headless(home, is_json=is_json)
        headless.say("words")
        headless.answer({"a": 1})
    assert capsys.readouterr().out == 'words\n{"a": 1}\n'


def test_the_first_interrupt_asks_the_second_ends(home):
    headless = Headless(home)
    previous = cli._listen_for_interrupt(headless)
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        assert headless.stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, previous)


def test_on_another_thread_signals_are_left_alone(home):
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(cli._listen_for_interrupt(Headless(home)))
    )
    thread.start()
    thread.join()
    assert answers == [None]


def test_the_reader_may_hang_up(home, tmp_path):
    """`studio models | true`: no traceback."""
    done = subprocess.run(
        f'"{sys.executable}" -m studio.cli --help | true; exit "${{PIPESTATUS[0]}}"',
        shell=True, executable="/bin/bash", capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr


def test_the_home_of_the_environment_is_used(home):
    assert Home.from_environment().root == home.root
    parser = build_parser(["models"])
    assert parser.parse_args(["models", "--json"]).json
