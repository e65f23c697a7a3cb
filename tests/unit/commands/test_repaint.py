"""What the three commands refuse, in words."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.unit.commands.repainting import common, files, studio

__all__ = ["files"]


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
