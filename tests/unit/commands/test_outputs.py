"""No command replaces a file that it was not told to replace, and none works before it knows."""

from __future__ import annotations

import argparse
import json

import pytest
from PIL import Image

from studio.cli import Headless, main
from studio.commands.outputs import check_apart, check_output, free_name, numbered, still_free
from studio.engine.errors import InvalidRequest, OutOfMemory, SaveFailed
from studio.engine.models.catalog import ModelInfo
from studio.library.takes import load_take, save_take
from tests.fakes import FakeEngine, make_take

MODEL = ModelInfo(id="starter", name="Starter", path=None, native_size=64, defaults={"steps": 3})
MINE = b"what I have painted for a week"


@pytest.fixture
def engine(monkeypatch, home):
    engine = FakeEngine()
    engine.models = lambda: [MODEL]
    monkeypatch.setattr(Headless, "engine", lambda self: engine)
    return engine


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.png"
    path.write_bytes(MINE)
    return path


def commands(tmp_path):
    take = tmp_path / "t.take"
    save_take(take, make_take())
    start = tmp_path / "start.png"
    Image.new("RGB", (64, 64)).save(start)
    return {
        "generate": ["generate", "a fox", "--out"],
        "generate --strip": ["generate", "a fox", "--strip"],
        "fork": ["fork", str(take), "--step", "2", "--out"],
        "img2img": ["img2img", str(start), "a fox", "--out"],
        "outpaint": ["outpaint", str(start), "a fox", "--left", "64", "--out"],
        "strip": ["strip", str(take), "--out"],
        "grid": ["grid", "a fox", "--x", "steps=2,3", "--out"],
        "lab": ["lab", "data", "--out"],
        "draw": ["draw", "fox", "--out"],
    }


@pytest.mark.parametrize("name", [
    "generate", "generate --strip", "fork", "img2img", "outpaint", "strip", "grid", "lab", "draw",
])  # fmt: skip
def test_a_file_that_is_there_stops_every_command_before_any_work(
    engine, mine, tmp_path, name, capsys
):
    argv = commands(tmp_path)[name]
    assert main([*argv, str(mine)]) == 2
    said = capsys.readouterr().err
    assert "mine.png already" in said
    assert "--overwrite" in said
    assert mine.read_bytes() == MINE
    assert engine.requests == []


@pytest.mark.parametrize("name", ["generate", "strip", "grid"])
def test_a_name_longer_than_names_can_be_is_told_before_any_work(engine, tmp_path, name, capsys):
    assert main([*commands(tmp_path)[name], str(tmp_path / ("x" * 300) / "a.png")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert engine.requests == []


@pytest.mark.parametrize("name", ["generate --strip", "strip"])
def test_a_film_that_cannot_be_made_here_is_told_before_any_work(
    engine, tmp_path, monkeypatch, name, capsys
):
    monkeypatch.setattr("studio.commands.outputs.has_video", lambda: False)
    assert main([*commands(tmp_path)[name], str(tmp_path / "a.mp4")]) == 2
    assert "PyAV" in capsys.readouterr().err
    assert engine.requests == []


@pytest.mark.parametrize("name", ["generate", "generate --strip", "strip", "grid"])
def test_with_overwrite_it_is_replaced(engine, mine, tmp_path, name):
    assert main([*commands(tmp_path)[name], str(mine), "--overwrite"]) == 0
    assert mine.read_bytes().startswith(b"\x89PNG")


def test_an_empty_file_as_temporary_names_are_made_holds_nothing_to_keep(engine, tmp_path):
    out = tmp_path / "tmp.png"
    out.touch()
    assert main(["generate", "a fox", "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_take_that_is_there_is_kept_too(engine, tmp_path):
    (tmp_path / "a.take").write_bytes(MINE)
    assert main(["generate", "a fox", "--take", str(tmp_path / "a.take")]) == 2
    assert (tmp_path / "a.take").read_bytes() == MINE


def test_every_picture_of_a_batch_is_looked_for(engine, tmp_path, capsys):
    (tmp_path / "a-3.png").write_bytes(MINE)
    argv = ["generate", "a fox", "--out", str(tmp_path / "a.png"), "--batch"]
    assert main([*argv, "3"]) == 2
    assert "a-3.png already" in capsys.readouterr().err
    assert engine.requests == []
    assert main([*argv, "2"]) == 0
    assert (tmp_path / "a-3.png").read_bytes() == MINE


def test_one_name_for_two_results_is_refused(engine, tmp_path, capsys):
    """The strip took the place of the picture, without a word."""
    name = str(tmp_path / "a.png")
    assert main(["generate", "a fox", "--out", name, "--strip", name, "--overwrite"]) == 2
    assert "name the same file" in capsys.readouterr().err


def test_a_file_that_comes_while_the_picture_is_made_is_kept_and_so_is_the_picture(
    engine, home, tmp_path, capsys
):
    real, out = engine.generate, tmp_path / "a.png"

    def spoils(request, **more):
        out.write_bytes(MINE)
        return real(request, **more)

    engine.generate = spoils
    assert main(["generate", "a fox", "--out", str(out), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert "has come meanwhile" in told["error"]
    assert out.read_bytes() == MINE
    [kept] = home.pictures.rglob("*.png")
    assert told["pictures"][0]["path"] == str(kept)


def test_an_unfinished_run_takes_no_others_place(engine, tmp_path):
    engine.fail = OutOfMemory("There is too little memory.")
    engine.fail.take = make_take(state="failed")
    (tmp_path / "a.take").write_bytes(MINE)
    main(["generate", "a fox", "--out", str(tmp_path / "a.png")])
    assert (tmp_path / "a.take").read_bytes() == MINE
    assert load_take(tmp_path / "a-2.take").state == "failed"


def test_names_and_links(tmp_path):
    names = [tmp_path / name for name in ("a.png", "a-2.png", "a-3.png")]
    assert [numbered(names[0], number) for number in range(3)] == names
    assert free_name(names[0]) == names[0]
    names[0].symlink_to(tmp_path / "nowhere")  # also a link that leads nowhere is something
    names[1].write_text("")
    assert free_name(names[0]) == names[2]
    args = argparse.Namespace(out=names[0], take=None, overwrite=False)
    with pytest.raises(InvalidRequest, match="already"):
        check_output(args, "out", {".png"})
    with pytest.raises(SaveFailed):
        still_free(args, names[0])
    args.overwrite = True
    assert still_free(args, names[0]) == names[0]
    check_output(args, "out", {".png"})
    check_output(args, "take")
    check_apart(args, "out", "take")
