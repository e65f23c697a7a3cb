"""`studio outpaint` on a tiny model."""

from __future__ import annotations

import numpy as np

from tests.unit.commands.repainting import common, files, read, studio

__all__ = ["files"]


def test_outpaint_extends_and_keeps_the_old_pixels(files, capsys) -> None:
    folder, picture, _ = files
    assert studio("outpaint", folder / "in.png", "a forest", "--left", 24, "--bottom", 16,
                  "--overlap", 0, *common(folder)) == 0  # fmt: skip
    out = read(folder / "out.png")
    assert out.shape == (112, 144, 3)
    assert np.array_equal(out[:96, 24:], picture)
