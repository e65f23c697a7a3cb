"""A take that CLIP guided is forked and replayed to the last bit: headless and in the window."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio import cli
from studio.engine.engine import Engine
from studio.engine.request import Concept, GenerationRequest
from studio.engine.sampler_table import SAMPLERS
from studio.library.compare import parting
from studio.library.takes import drop_steps, load_take, save_take
from studio.state.filmstrip.room import FilmstripRoom
from tests import tiny_models
from tests.e2e.test_filmstrip_window import make, press, settled

STEPS = 5
EXPRESSION = "red - blue"


@cache
def engine() -> Engine:
    return Engine([tiny_models.root()], "cpu")


@pytest.fixture(scope="module")
def one_home(tmp_path_factory):
    """One for all, since CLIP's words are prepared once for each."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def studio(monkeypatch, one_home, capsys):
    """Run a command, expect 0, return what it says with --json."""
    monkeypatch.setenv("STUDIO_HOME", str(one_home))
    monkeypatch.setattr(cli.Headless, "engine", lambda self: engine())

    def run(*words, code=0):
        assert cli.main([*map(str, words), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


def drawn(studio, *more):
    """Draw with CLIP guidance on a tiny model; the take's path."""
    facts = studio("draw", EXPRESSION, "--way", "guidance", "--amount", 2, "--prompt", "a fox",
                   "--model", tiny_models.folder(), "--size", "64x64", "--steps", STEPS,
                   "--seed", 5, "--cfg", 3, *more)  # fmt: skip
    return facts["take"]


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).copy()


def guess_of(take, index):
    return take.steps[index].x0.numpy()


@pytest.mark.parametrize("sampler", list(SAMPLERS))
def test_unchanged_forks_and_the_replay_are_the_same_to_the_last_bit(studio, tmp_path, sampler):
    path = drawn(studio, "--sampler", sampler)
    whole = load_take(path)
    plain = engine_run(whole.request.edit(concept=None))
    assert (guess_of(whole, 1) != guess_of(plain, 1)).any()  # it was guided at all
    for step in (2, 4, STEPS) if sampler == "DPM++ 2M" else (3,):
        out = tmp_path / f"{step}.png"
        studio("fork", path, "--step", step, "--out", out, "--take", out.with_suffix(".take"))
        fork = load_take(out.with_suffix(".take"))
        assert parting(whole.steps, fork.steps) is None
        assert fork.steps[0].index == step - 1
        assert (pixels(out) == pixels(path.replace(".take", ".png"))).all()
    assert studio("replay", path)["identical"]


def engine_run(request: GenerationRequest):
    work = engine().generate(request, stop=threading.Event())
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value.take


def test_a_fork_with_another_prompt_is_guided_too(studio, tmp_path):
    path, out = drawn(studio), tmp_path / "f.take"
    studio("fork", path, "--step", 3, "--prompt", "a whale", "--out", tmp_path / "f.png",
           "--take", out)  # fmt: skip
    fork = load_take(out)
    assert (fork.steps[0].x.numpy() == load_take(path).steps[2].x.numpy()).all()
    assert len(fork.steps[1].steered) == 3
    again = studio("replay", out)
    assert again["identical"]


def test_the_direction_is_kept_although_its_picture_is_gone(studio, tmp_path):
    photo = tmp_path / "photo.png"
    Image.new("RGB", (64, 64), (200, 30, 30)).save(photo)
    facts = studio("draw", f'"{photo}" - blue', "--way", "guidance", "--model",
                   tiny_models.folder(), "--size", "64x64", "--steps", 3, "--seed", 5)  # fmt: skip
    photo.unlink()
    assert studio("replay", facts["take"])["identical"]
    studio("fork", facts["take"], "--step", 2, "--out", tmp_path / "f.png")
    assert (pixels(tmp_path / "f.png") == pixels(facts["path"])).all()


def test_the_clip_that_guided_is_recorded_and_named_when_it_is_gone(studio, tmp_path):
    path = drawn(studio)
    take = load_take(path)
    assert take.conditions["clip"].startswith("starter@")
    other = Concept(expression=EXPRESSION, way="guidance", amount=2.0, clip="another",
                    embedding=take.request.concept.embedding)  # fmt: skip
    file = tmp_path / "o.take"
    save_take(file, replace(take, request=take.request.edit(concept=other)))
    facts = studio("fork", file, "--step", 2, "--out", tmp_path / "f.png", code=1)
    assert "CLIP model another, which is not there" in facts["error"]


def test_previews_only_forget_what_the_steer_remembers(studio, tmp_path):
    path = tmp_path / "a.take"
    path.write_bytes(Path(drawn(studio)).read_bytes())
    drop_steps(path)
    facts = studio("fork", path, "--step", 2, "--out", tmp_path / "f.png", code=1)
    assert "Only the preview pictures" in facts["error"]


def test_in_the_window(desk):
    make(desk)
    studio = desk.window.studio
    concept = Concept(expression=EXPRESSION, way="guidance", amount=2.0)
    request = studio.filmstrip.node.request.edit(concept=concept, seed=11)
    studio.session.submit(request)
    parent = settled(desk, 1)
    press(desk, 3)
    desk.click("stripFork")
    desk.click("forkButton")
    child = settled(desk, 2)
    assert parting(load_take(parent.file).steps, load_take(child.file).steps) is None
    assert (pixels(child.picture) == pixels(parent.picture)).all()
    studio.filmstrip.show(parent)
    replay = desk.window.findChild(FilmstripRoom).replay
    with desk.qtbot.waitSignal(replay.checked, timeout=60_000) as checked:
        desk.window.actions_of["strip.replay"].trigger()
    assert checked.args[0].is_identical
