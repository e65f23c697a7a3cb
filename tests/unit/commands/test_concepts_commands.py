"""`studio index, search, words, classify, draw`, with the starter model, in this process."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from studio import cli
from studio.concepts.space import contact_sheet
from studio.engine.errors import SaveFailed
from studio.library.database import Library
from studio.library.images import read_picture
from studio.resources import resource

HATS = Path(__file__).parents[1] / "concepts" / "hats-128.webp"

pytestmark = pytest.mark.skipif(
    not (resource("models/starter") / "open_clip").is_dir(), reason="the starter is not here"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A home and a folder of pictures: four heads with headgear and without."""
    root = tmp_path_factory.mktemp("studio")
    (root / "pictures").mkdir()
    tiles = contact_sheet(HATS)
    for i in range(4):
        tiles[i].save(root / "pictures" / f"with {i}.png")
        tiles[20 + i].save(root / "pictures" / f"without {i}.png")
    return root


@pytest.fixture
def run(root, monkeypatch, capsys):
    """Run a command with --json: its exit code, its answer, and what it said on stderr."""
    monkeypatch.setenv("STUDIO_HOME", str(root / "home"))

    def call(*arguments):
        code = cli.main([*map(str, arguments), "--json"])
        out, said = capsys.readouterr()
        return code, json.loads(out) if out else None, said

    return call


def test_index_then_search(run, root):
    (root / "pictures" / "torn.png").write_bytes(b"torn")
    code, facts, said = run("index", root / "pictures")
    assert (code, facts["indexed"], facts["failed"]) == (0, 8, 1)
    assert "torn.png" in said
    path = root / "pictures" / "with 1.png"
    code, facts, _ = run("search", f'"{path}"', "-k", 3)
    assert code == 0
    assert facts["hits"][0]["path"] == str(path)
    assert len(facts["hits"]) == 3
    assert facts["total"] == 8


def test_words_tell_what_was_added_and_what_was_removed(run, root):
    after, before = root / "pictures" / "with 1.png", root / "pictures" / "without 1.png"
    code, facts, _ = run("words", f'"{after}" - "{before}"', "-k", 5)
    assert code == 0
    assert set(facts) >= {"added", "removed", "verdict"}
    for side in ("added", "removed"):
        assert all({"word", "z", "cosine", "verdict"} <= set(word) for word in facts[side])
        zs = [word["z"] for word in facts[side]]
        assert zs == sorted(zs, reverse=True)
    assert facts["added"][0]["word"] in ("top hat", "hat")
    assert facts["added"][0]["verdict"] == facts["verdict"] == "clear"


def test_words_say_that_nothing_nameable_was_removed(root, monkeypatch, capsys):
    monkeypatch.setenv("STUDIO_HOME", str(root / "home"))
    after, before = root / "pictures" / "with 3.png", root / "pictures" / "without 3.png"
    assert cli.main(["words", f'"{before}" - "{after}"']) == 0
    out = capsys.readouterr().out
    assert "added: nothing nameable" in out
    assert "removed: nothing" not in out


def test_a_mistake_is_pointed_at(run):
    code, facts, said = run("words", "hat + + x")
    assert code == 2
    assert "Two signs" in facts["error"]
    assert said.splitlines()[1].index("^") == said.splitlines()[0].index("+ x")


def test_a_missing_picture_is_one_sentence(run):
    code, facts, _ = run("search", "./nowhere.png")
    assert code == 1
    assert "not there" in facts["error"]


def test_classify(run, root):
    code, facts, _ = run("classify", root / "pictures" / "with 0.png", "cat", "house")
    assert code == 0
    assert {row["label"] for row in facts["labels"]} == {"cat", "house"}
    assert sum(row["share"] for row in facts["labels"]) == pytest.approx(1, abs=1e-3)


@pytest.mark.slow
def test_draw_writes_a_picture_whose_settings_name_the_expression(run, root, tmp_path):
    from studio.library.metadata import read_settings

    out = tmp_path / "drawn.png"
    code, facts, _ = run("draw", "top hat", "--steps", 2, "--seed", 1, "--out", out)
    assert code == 0
    assert facts["seed"] == 1
    concept = read_settings(out).request.concept
    assert (concept.expression, concept.way) == ("top hat", "embedding")


@pytest.mark.slow
@pytest.mark.parametrize("way", ["embedding", "direction", "guidance"])
def test_a_drawn_picture_is_made_again_from_its_settings(run, root, tmp_path, way):
    picture = root / "pictures" / "without 0.png"
    asked = f'"{picture}" + 0.8 hat' if way == "embedding" else "0.8 hat"
    first, second, third = (tmp_path / f"{name}.png" for name in ("first", "second", "third"))
    code, _, said = run("draw", asked, "--way", way, "--prompt", "a cat", "--amount", 0.7,
                        "--steps", 3, "--size", "64x64", "--seed", 5, "--out", first)  # fmt: skip
    assert code == 0, said
    assert run("generate", "a cat", "--settings", first, "--out", second)[0] == 0
    assert run("draw", asked, "--way", way, "--amount", 0.7, "--settings", first,
               "--out", third)[0] == 0  # fmt: skip
    pixels = [read_picture(path).tobytes() for path in (first, second, third)]
    assert pixels[0] == pixels[1] == pixels[2]
    plain = tmp_path / "plain.png"
    assert run("generate", "a cat", "--steps", 3, "--size", "64x64", "--seed", 5,
               "--out", plain)[0] == 0  # fmt: skip
    assert read_picture(plain).tobytes() != pixels[0]


@pytest.mark.slow
def test_a_drawing_is_checked_against_the_picture_that_stays(run, root, tmp_path):
    bare, out = root / "pictures" / "without 0.png", tmp_path / "drawn.png"
    code, facts, _ = run("draw", f'"{bare}" + hat', "--steps", 12, "--seed", 1, "--out", out)
    assert code == 0
    assert facts["against"] == "without 0.png"
    assert facts["check"]["hat"] > 1
    worn = root / "pictures" / "with 0.png"
    code, facts, _ = run("draw", f'"{worn}" + hat', "--amount", 0.1, "--steps", 12, "--seed", 1,
                         "--out", out, "--overwrite")  # fmt: skip
    assert code == 0
    assert facts["check"]["hat"] < 0.5  # it had one


@pytest.mark.slow
def test_a_drawing_that_cannot_be_written_is_put_elsewhere(run, root, tmp_path, monkeypatch):
    def full(self, result):
        raise SaveFailed("0001.png could not be saved: the disk is full.", "Free some space.")

    monkeypatch.setattr(Library, "save", full)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code, facts, _ = run("draw", "top hat", "--steps", 1, "--seed", 1, "--size", "64x64")
    assert (code, "disk is full" in facts["error"]) == (1, True)
    assert read_picture(Path(facts["pictures"][0]["path"])).shape == (64, 64, 3)


def test_draw_refuses_what_it_cannot_do(run, root):
    path = root / "pictures" / "with 0.png"
    code, facts, _ = run("draw", f'"{path}"', "--way", "direction", "--steps", 2)
    assert (code, "Pictures" in facts["error"]) == (1, True)
    assert run("draw", "hat", "--amount", 99)[0] == 2
    assert run("draw", "hat", "--out", "x.jpg")[0] == 2
