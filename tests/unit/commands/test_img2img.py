"""`studio img2img` on a tiny model."""

from __future__ import annotations

import json

from tests.unit.commands.repainting import common, files, studio

__all__ = ["files"]


def test_img2img_keeps_shape_and_obeys_strength(files, capsys) -> None:
    folder, _, _ = files
    for strength in (0.1, 1.0):
        assert studio("img2img", folder / "in.png", "a hat", "--strength", strength,
                      *common(folder), "--overwrite") == 0  # fmt: skip
        facts = json.loads(capsys.readouterr().out)
        assert facts["width"] > facts["height"]
