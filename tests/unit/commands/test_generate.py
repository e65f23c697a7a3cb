"""`studio generate` writes what it says, where it says, and loses nothing."""

from __future__ import annotations

import io
import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.cli import Headless, main
from studio.engine.errors import OutOfMemory, SaveFailed
from studio.engine.models.catalog import ModelInfo
from studio.library import store
from studio.library.database import Library
from studio.library.images import read_picture
from studio.library.metadata import read_settings
from studio.library.takes import load_take
from tests.fakes import FakeEngine, make_take, picture

MODEL = ModelInfo(id="starter", name="Starter", path=Path("x"), native_size=64,
                  defaults={"steps": 3})  # fmt: skip


@pytest.fixture
def engine(monkeypatch, home):
    engine = FakeEngine()
    engine.models = lambda: [MODEL]
    monkeypatch.setattr(Headless, "engine", lambda self: engine)
    return engine


def answer(capsys):
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1, lines
    return json.loads(lines[0])


def test_into_the_library(engine, home, capsys):
    assert main(["generate", "a fox", "--seed", "4", "--json"]) == 0
    facts = answer(capsys)
    assert facts["seed"] == 4
    assert facts["seconds"]["Saving"] >= 0
    assert np.array_equal(read_picture(Path(facts["path"])), picture(64, 64, 4))
    assert load_take(Path(facts["take"])).request.prompt == "a fox"
    library = Library(home)
    assert library.page()[0].prompt == "a fox"
    library.close()


def test_to_given_files(engine, home, tmp_path, capsys):
    out, take, strip = (tmp_path / name for name in ("a.png", "a.take", "strip.png"))
    argv = ["generate", "a fox", "--out", str(out), "--take", str(take), "--strip", str(strip)]
    assert main([*argv, "--json"]) == 0
    facts = answer(capsys)
    assert (facts["path"], facts["take"], facts["strip"]) == (str(out), str(take), str(strip))
    assert read_settings(out).request.prompt == "a fox"
    assert load_take(take).state == "finished"
    assert read_picture(strip).shape[1] > 200
    assert not home.pictures.exists()  # a given file does not go into the library


def test_for_people(engine, capsys):
    assert main(["generate", "a fox", "--seed", "4"]) == 0
    assert "0001.png   seed 4" in capsys.readouterr().out


def test_without_a_seed_one_is_drawn_and_told(engine, capsys):
    seeds = set()
    for asked in ([], ["--seed", "-1"], ["--seed=-1"]):
        main(["generate", "a fox", "--json", *asked])
        seeds.add(answer(capsys)["seed"])
    assert len(seeds) == 3
    assert min(seeds) >= 0


def test_a_batch_counts_the_seed_up(engine, tmp_path, capsys):
    argv = ["generate", "a fox", "--seed", "4294967295", "--batch", "3", "--json"]
    assert main([*argv, "--out", str(tmp_path / "a.png")]) == 0
    pictures = answer(capsys)["pictures"]
    assert [p["seed"] for p in pictures] == [4294967295, 0, 1]
    assert sorted(p.name for p in tmp_path.glob("*.png")) == ["a-2.png", "a-3.png", "a.png"]


def test_the_prompt_from_stdin(engine, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("a fox\nin the snow\n"))
    main(["generate", "-", "--json"])
    assert engine.requests[0].prompt == "a fox\nin the snow"


def test_loras_and_lists_in_the_prompt_mean_what_they_mean_in_the_window(engine, home, capsys):
    (home.data / "lists").mkdir(parents=True)
    (home.data / "lists" / "animal.txt").write_text("fox\ncat\nowl\n")
    engine.loras = lambda: [ModelInfo(id="fur", name="Fur", path=Path("fur.safetensors"))]
    argv = ["generate", "a red __animal__, <lora:fur:0.6>", "--seed", "1", "--batch", "9"]
    assert main(argv) == 0
    assert {r.loras for r in engine.requests} == {(("fur", 0.6),)}
    assert {r.prompt for r in engine.requests} == {"a red fox", "a red cat", "a red owl"}
    capsys.readouterr()
    for strange, says in (("<lora:gone:1>", "no LoRA called gone"), ("__gone__", "no list")):
        assert main(["generate", f"a fox {strange}"]) == 2
        assert says in capsys.readouterr().err
    assert len(engine.requests) == 9


def test_bytes_from_stdin_that_are_no_text_are_told(engine, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff hat"), "utf-8"))
    assert main(["generate", "-"]) == 2
    assert "no text" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "word"),
    [(["--out", "a.jpg"], "--out"), (["--strip", "a.txt"], "--strip"),
     (["--size", "65x64"], "width"), (["--take", "a.png"], "--take"),
     (["--batch", "0"], "pictures"), (["--steps", "0"], "steps")],
)  # fmt: skip
def test_impossible_wishes_are_refused_before_any_work(engine, argv, word, capsys):
    assert main(["generate", "a fox", *argv]) == 2
    assert word in capsys.readouterr().err
    assert engine.requests == []


def test_a_folder_in_place_of_a_file(engine, tmp_path, capsys):
    (tmp_path / "a.png").mkdir()
    assert main(["generate", "a fox", "--out", str(tmp_path / "a.png")]) == 2


def test_a_picture_that_cannot_be_written_there_goes_into_the_library(
    engine, home, tmp_path, capsys
):
    real = engine.generate

    def spoils(request, **more):
        """Somebody puts a file where the folder should be, while the picture is being made."""
        (tmp_path / "folder").write_bytes(b"")
        return real(request, **more)

    engine.generate = spoils
    argv = ["generate", "a fox", "--out", str(tmp_path / "folder" / "a.png"), "--json"]
    assert main(argv) == 1
    told = capsys.readouterr()
    (kept,) = home.pictures.rglob("*.png")
    assert "could not be saved" in told.err
    assert f"put here instead: {kept}" in told.err
    facts = json.loads(told.out)
    assert "a file stands where a folder is needed" in facts["error"]
    assert "kept until" not in facts["hint"]  # nothing waits: the process ends
    assert facts["pictures"][0]["path"] == str(kept)


def test_a_picture_that_not_even_the_library_takes_goes_into_the_systems_folder(
    engine, home, monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def full(self, result):
        raise SaveFailed("0001.png could not be saved: the disk is full.", "Free some space.")

    monkeypatch.setattr(Library, "save", full)
    assert main(["generate", "a fox", "--seed", "4", "--json"]) == 1
    (picture_of_it,) = json.loads(capsys.readouterr().out)["pictures"]
    assert Path(picture_of_it["path"]).is_relative_to(tmp_path)
    assert np.array_equal(read_picture(Path(picture_of_it["path"])), picture(64, 64, 4))


@pytest.mark.parametrize("option", ["--out", "--take", "--strip"])
def test_a_place_that_cannot_be_written_is_refused_before_any_work(
    engine, monkeypatch, tmp_path, option, capsys
):
    suffix = {"--take": ".take"}.get(option, ".png")
    (tmp_path / "file").touch()
    assert main(["generate", "a fox", option, str(tmp_path / "file" / f"a{suffix}")]) == 2
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert main(["generate", "a fox", option, str(tmp_path / "new" / f"a{suffix}")]) == 2
    assert "may not be written to" in capsys.readouterr().err
    assert engine.requests == []


def test_what_was_made_is_told_when_the_rest_fails(engine, tmp_path, monkeypatch, capsys):
    """A batch that is stopped at its third picture, and a strip that cannot be written."""
    real = engine.generate

    def third_fails(request, **more):
        if len(engine.requests) == 2:
            engine.fail = OutOfMemory("Not enough memory.", "Choose a smaller size.")
        return real(request, **more)

    engine.generate = third_fails
    argv = ["generate", "a fox", "--seed", "1", "--batch", "5", "--json"]
    assert main([*argv, "--out", str(tmp_path / "a.png")]) == 1
    facts = answer(capsys)
    assert facts["error"] == "Not enough memory."
    assert [Path(p["path"]).name for p in facts["pictures"]] == ["a.png", "a-2.png"]

    engine.fail, engine.generate = None, real
    monkeypatch.setattr("studio.library.strips.export_strip", cannot)
    argv = ["generate", "a fox", "--out", str(tmp_path / "b.png"), "--json"]
    assert main([*argv, "--strip", str(tmp_path / "strip.png")]) == 1
    assert answer(capsys)["pictures"][0]["path"] == str(tmp_path / "b.png")


def cannot(*_args, **_more):
    raise SaveFailed("strip.png could not be saved: the disk is full.", "Free some space.")
    yield


def test_an_existing_file_is_replaced_whole(engine, tmp_path, capsys):
    out = tmp_path / "a.png"
    out.write_bytes(b"an old picture")
    assert main(["generate", "a fox", "--out", str(out), "--overwrite"]) == 0
    assert read_picture(out).shape == (64, 64, 3)
    assert list(tmp_path.iterdir()) == [out]


def test_a_full_disk(engine, monkeypatch, capsys):
    def full(path, _data):
        raise SaveFailed(f"{path.name} could not be saved: the disk is full.", "Free some space.")

    monkeypatch.setattr("studio.library.saving.write_atomic", full)
    assert main(["generate", "a fox"]) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert store  # the real one is untouched


def test_an_interrupt_keeps_the_steps_so_far(engine, home, monkeypatch, capsys):
    real = engine.generate

    def interrupted(request, *, stop, **more):
        stop.set()
        return real(request, stop=stop, **more)

    engine.generate = interrupted
    engine._take = lambda request, *_: make_take(request, state="cancelled")
    assert main(["generate", "a fox", "--json"]) == 130
    assert answer(capsys)["error"] == "stopped"
    (take,) = home.pictures.rglob("*.take")
    assert load_take(take).state == "cancelled"


def test_an_error_of_the_engine_is_told_in_words(engine, capsys):
    engine.fail = OutOfMemory("Not enough memory for 64×64.", "Choose a smaller size.")
    assert main(["generate", "a fox"]) == 1
    assert "Choose a smaller size." in capsys.readouterr().err


def test_settings_of_a_picture_make_the_same_request(engine, tmp_path, capsys):
    main(["generate", "a fox", "--out", str(tmp_path / "a.png"), "--seed", "5"])
    argv = ["generate", "a fox", "--settings", str(tmp_path / "a.png")]
    main([*argv, "--out", str(tmp_path / "b.png")])
    assert engine.requests[0] == engine.requests[1]
    assert (tmp_path / "a.png").read_bytes() is not None
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")),
                          np.asarray(Image.open(tmp_path / "b.png")))  # fmt: skip
