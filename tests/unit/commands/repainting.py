"""What the tests of inpaint, img2img and outpaint share: pictures and a short way to call."""

from __future__ import annotations

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
