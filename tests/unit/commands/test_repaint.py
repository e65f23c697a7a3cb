"""inpaint, img2img and outpaint from the command line, on tiny models."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from studio import cli
from tests import tiny_models


@pytest.fixture
def files(tmp_path, home):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (96, 120, 3), dtype=np.uint8)
    mask = np.zeros((96, 120), np.uint8)
    mask[30:60, 40:80] = 255
    Image.fromarray(picture).save(tmp_path / "in.png")
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return tmp_path, picture, mask


def studio(*words: object) -> int:
    return cli.main([str(word) for word in words])


def common(folder) -> list[object]:
    return ["--model", tiny_models.folder("sd"), "--steps", 2, "--seed", 5, "--json",
            "--out", folder / "out.png"]  # fmt: skip


def read(path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.mark.parametrize("extra", [[], ["--whole"], ["--hard", "--fill", "blur", "--feather", 0]])
def test_inpaint_changes_only_what_is_masked(files, capsys, extra) -> None:
    folder, picture, mask = files
    assert studio("inpaint", folder / "in.png", "a crown", "--mask", folder / "mask.png", *extra,
                  *common(folder)) == 0  # fmt: skip
    out = read(folder / "out.png")
    assert np.array_equal(out[mask == 0], picture[mask == 0])
    assert (out[mask > 0] != picture[mask > 0]).any()
    facts = json.loads(capsys.readouterr().out)
    assert (facts["width"], facts["height"], facts["seed"]) == (120, 96, 5)
    assert np.array_equal(read(folder / "in.png"), picture)


def test_inpaint_makes_several_candidates(files, capsys) -> None:
    folder, _, _ = files
    assert studio("inpaint", folder / "in.png", "a crown", "--mask", folder / "mask.png",
                  "--batch", 2, *common(folder)) == 0  # fmt: skip
    assert len(json.loads(capsys.readouterr().out)["pictures"]) == 2
    assert not np.array_equal(read(folder / "out.png"), read(folder / "out-2.png"))


def test_img2img_keeps_shape_and_obeys_strength(files, capsys) -> None:
    folder, _, _ = files
    for strength in (0.1, 1.0):
        assert studio("img2img", folder / "in.png", "a hat", "--strength", strength,
                      *common(folder)) == 0  # fmt: skip
        facts = json.loads(capsys.readouterr().out)
        assert facts["width"] > facts["height"]


def test_outpaint_extends_and_keeps_the_old_pixels(files, capsys) -> None:
    folder, picture, _ = files
    assert studio("outpaint", folder / "in.png", "a forest", "--left", 24, "--bottom", 16,
                  "--overlap", 0, *common(folder)) == 0  # fmt: skip
    out = read(folder / "out.png")
    assert out.shape == (112, 144, 3)
    assert np.array_equal(out[:96, 24:], picture)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["inpaint", "in.png", "x", "--mask", "black.png"], "all black"),
        (["inpaint", "in.png", "x", "--mask", "small.png"], "120×96 pixels"),
        (["inpaint", "text.png", "x", "--mask", "mask.png"], "text, not a picture"),
        (["inpaint", "cut.png", "x", "--mask", "mask.png"], "damaged"),
        (["inpaint", "none.png", "x", "--mask", "mask.png"], "is not there"),
        (["inpaint", "bomb.png", "x", "--mask", "mask.png"], "million pixels"),
        (["inpaint", "in.png", "x", "--mask", "mask.png", "--feather", "-1"], "feather"),
        (["img2img", "in.png", "x", "--strength", "1.5"], "Strength"),
        (["img2img", "in.png", "x", "--strength", "nan"], "Strength"),
        (["outpaint", "in.png", "x"], "No side"),
        (["outpaint", "in.png", "x", "--left", "-5"], "cannot be added"),
    ],
)
def test_bad_input_is_refused_in_words_and_nothing_is_written(files, capsys, words, says) -> None:
    folder, _, _ = files
    Image.new("L", (120, 96)).save(folder / "black.png")
    Image.new("L", (10, 10), 255).save(folder / "small.png")
    if "bomb.png" in words:
        Image.new("1", (13_000, 13_000)).save(folder / "bomb.png")
    (folder / "text.png").write_text("I am no picture")
    (folder / "cut.png").write_bytes((folder / "in.png").read_bytes()[:2000])
    words = [folder / word if word.endswith(".png") else word for word in words]
    assert studio(*words, *common(folder)) in (1, 2)
    told = capsys.readouterr()
    assert says in told.err
    assert "Traceback" not in told.err
    assert not (folder / "out.png").exists()


@pytest.mark.parametrize("mode", ["RGBA", "CMYK", "L", "P", "I;16", "LA", "1"])
def test_pictures_of_every_kind_are_read(files, mode) -> None:
    folder, picture, _ = files
    name = "odd.tif" if mode == "CMYK" else "odd.png"
    image = Image.fromarray(picture)
    if mode == "I;16":
        image = Image.fromarray(picture[..., 0].astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    image.save(folder / name)
    assert studio("inpaint", folder / name, "x", "--mask", folder / "mask.png",
                  *common(folder)) == 0  # fmt: skip
    assert read(folder / "out.png").shape == (96, 120, 3)
