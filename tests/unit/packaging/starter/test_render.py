"""Rendering: deterministic, the right sizes, the sprite where the scene says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from starter_recipe.backdrops import SCENE_PAINTERS, paint_backdrop
from starter_recipe.catalogue import SCENES
from starter_recipe.render import Renderer
from starter_recipe.scenes import Placement, Scene, sample_scene, world
from starter_recipe.sprites import load_sprites


@pytest.fixture(scope="module")
def sprites(tiny_run: Path) -> dict[str, Image.Image]:
    return load_sprites(tiny_run / "sprites.zip")


def test_every_scene_name_can_be_painted_and_variants_differ() -> None:
    assert set(SCENE_PAINTERS) == set(SCENES)
    for name in SCENES:
        first, second = (np.asarray(paint_backdrop(name, v, 32)) for v in (0, 1))
        assert first.shape == (32, 32, 3)
        assert (first != second).any()


def test_drawing_is_deterministic_and_does_not_depend_on_the_batch(
        sprites: dict[str, Image.Image]) -> None:
    w = world("tiny")
    scenes = [sample_scene(w, i) for i in range(12)]
    together = Renderer(w, sprites, 128).draw(scenes)
    renderer = Renderer(w, sprites, 128)
    one_by_one = torch.cat([renderer.draw([s]) for s in reversed(scenes)]).flip(0)
    assert torch.equal(together, one_by_one)


@pytest.mark.parametrize("size", [128, 256])
def test_a_sprite_lands_where_its_placement_says(sprites: dict[str, Image.Image],
                                                 size: int) -> None:
    w = world("tiny")
    glyph = w.objects[0]
    empty = Scene("empty", w.backdrops[0], 0, (), (), "", "", "", "")
    full = Scene("single", w.backdrops[0], 0, (Placement(glyph, 48, 40, 100),), (glyph,), "", "",
                 "", "")
    renderer = Renderer(w, sprites, size)
    changed = (renderer.draw([empty]) != renderer.draw([full])).any(1)[0]
    rows, columns = changed.nonzero(as_tuple=True)
    scale = size / 128
    assert abs(int(rows.max()) + 1 - 100 * scale) <= scale
    assert abs(float(columns.float().mean()) + 0.5 - 40 * scale) <= 2 * scale
    assert abs(int(rows.max() - rows.min()) + 1 - 48 * scale) <= 2 * scale
