"""The check after drawing believes hats, and doubts noise, grain and nothing at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.concepts import checking, gauge
from studio.concepts.checking import Check, grain
from studio.concepts.concepts import Concepts, Places
from studio.concepts.expression import parse
from studio.concepts.space import contact_sheet
from studio.resources import resource

STARTER = resource("models/starter")


def noise(seed, size=128):
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def coarse(seed):
    """Smooth clouds: not grain."""
    return np.asarray(Image.fromarray(noise(seed, 8)).resize((128, 128), Image.Resampling.BICUBIC))


def test_grain_is_in_noise_and_not_in_pictures():
    assert grain(noise(0)) > 0.8
    assert grain(coarse(0)) < 0.05
    assert grain(np.full((64, 64, 3), 90, np.uint8)) == 0


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    if not (STARTER / "open_clip").is_dir():
        pytest.skip("the starter model is not here")
    home = tmp_path_factory.mktemp("home")
    places = Places(models=(STARTER,), indexes=home / "indexes", thumbnails=home / "thumbs",
                    vocabulary=resource("vocabulary"))  # fmt: skip
    door = Concepts(places, write=lambda path, data: path.write_bytes(data), device="cpu")
    yield door.space()
    door.close()


@pytest.fixture(scope="module")
def heads():
    """With headgear, without: 20 pictures each."""
    sheet = contact_sheet(Path(__file__).with_name("hats-128.webp"))
    tiles = [np.asarray(tile) for tile in sheet]
    return tiles[:20], tiles[20:40]


@pytest.fixture(scope="module")
def hat(space):
    return gauge.gauge(space, parse("hat"))


def test_real_hats_are_believed(space, heads, hat):
    found = [checking.check(space, hat, after, before)
             for after, before in zip(*heads, strict=True)]  # fmt: skip
    assert sum(check.z > 0 for check in found) >= 16
    assert sum(bool(check.doubt) for check in found) <= 3


def test_noise_is_doubted_whatever_it_scores(space, heads, hat):
    found = [checking.check(space, hat, noise(seed), heads[1][seed]) for seed in range(12)]
    assert max(abs(check.z) for check in found) > 1  # CLIP does see hats in it
    assert all(check.doubt for check in found if abs(check.z) >= checking.SMALL)


def test_a_flat_picture_is_doubted(space, heads, hat):
    greys = [np.full((128, 128, 3), value, np.uint8) for value in (10, 60, 128, 200, 250)]
    found = [checking.check(space, hat, grey, heads[1][0]) for grey in greys]
    assert all("nothing" in check.doubt for check in found if abs(check.z) >= checking.SMALL)


def test_a_grainy_original_does_not_make_its_copy_doubtful(space, heads, hat):
    rng = np.random.default_rng(0)
    after, before = (np.clip(side[0] + rng.normal(0, 60, side[0].shape), 0, 255).astype(np.uint8)
                     for side in heads)  # fmt: skip
    assert "grain" not in checking.check(space, hat, after, before).doubt


def test_a_score_of_one_view_only_is_doubted(space, heads, hat, monkeypatch):
    seen = np.outer([9, 9, 9, 9, 0.1, 0.1, 0.1], hat / (hat @ hat))
    views = iter([seen, 0 * seen])
    monkeypatch.setattr(space, "views_of", lambda _: next(views))
    check = checking.check(space, hat, heads[0][0], heads[1][0])
    assert check.z == pytest.approx(9, rel=1e-3)
    assert "mirrored" in check.doubt


def test_what_has_not_changed_is_not_doubted(space, heads, hat):
    assert checking.check(space, hat, heads[1][0], heads[1][0]) == Check(0.0)
