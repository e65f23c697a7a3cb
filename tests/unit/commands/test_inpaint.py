"""`studio inpaint` on a tiny model."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from tests.unit.commands.repainting import common, files, read, studio

__all__ = ["files"]


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


def test_the_holes_of_a_mask_with_transparency_are_repainted(files) -> None:
    folder, picture, mask = files
    holed = np.dstack([picture, 255 - mask])
    Image.fromarray(holed).save(folder / "holes.png")
    assert studio("inpaint", folder / "in.png", "a crown", "--mask", folder / "holes.png",
                  *common(folder)) == 0  # fmt: skip
    out = read(folder / "out.png")
    assert np.array_equal(out[mask == 0], picture[mask == 0])
    assert (out[mask > 0] != picture[mask > 0]).any()


def test_inpaint_makes_several_candidates(files, capsys) -> None:
    folder, _, _ = files
    assert studio("inpaint", folder / "in.png", "a crown", "--mask", folder / "mask.png",
                  "--batch", 2, *common(folder)) == 0  # fmt: skip
    assert len(json.loads(capsys.readouterr().out)["pictures"]) == 2
    assert not np.array_equal(read(folder / "out.png"), read(folder / "out-2.png"))


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
