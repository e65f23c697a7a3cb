"""Draw the starter world's calibration pictures as one contact sheet of 128-pixel tiles.

Naming differences needs to know how pictures of a model's world differ anyway. The tiles are
scenes of the starter's own recipe; run: python packaging/vocabulary/calibration.py
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging" / "starter"))

TILE, COLUMNS, ROWS = 128, 16, 12
FIRST_SEED = 5_000_000  # far from the training pictures' seeds
PAIRS = 20  # held-out heads with headgear, without, and without but moved: for the tests


def main() -> None:
    """Write resources/vocabulary/starter-128.webp."""
    from starter_recipe.render import Renderer
    from starter_recipe.scenes import sample_scene, world
    from starter_recipe.sprites import load_sprites

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", default="small", help="small or full")
    options = parser.parse_args()
    here = world(options.world)
    sprites = load_sprites(ROOT / "packaging" / "starter" / "out" / "sprites.zip")
    renderer = Renderer(here, sprites, TILE)
    scenes = [sample_scene(here, FIRST_SEED + i) for i in range(COLUMNS * ROWS)]
    write_sheet(
        renderer, scenes, COLUMNS, ROOT / "resources" / "vocabulary" / f"starter-{TILE}.webp"
    )
    hats = [sample_scene(here, i, split="held_out", kind="headgear") for i in range(PAIRS)]
    bare = [replace(scene, placements=scene.placements[:1]) for scene in hats]
    moved = [replace(scene, placements=(replace(scene.placements[0], x=scene.placements[0].x + 8),))
             for scene in bare]  # fmt: skip
    path = ROOT / "tests" / "unit" / "concepts" / f"hats-{TILE}.webp"
    write_sheet(renderer, [*hats, *bare, *moved], PAIRS, path)


def write_sheet(renderer: Any, scenes: list[Any], columns: int, path: Path) -> None:
    """Draw scenes and paste them row by row."""
    sheet = Image.new("RGB", (TILE * columns, TILE * (-(-len(scenes) // columns))))
    for i, tile in enumerate(renderer.draw(scenes).permute(0, 2, 3, 1).numpy()):
        sheet.paste(Image.fromarray(tile), (i % columns * TILE, i // columns * TILE))
    sheet.save(path, "WEBP", quality=88, method=6)
    print(f"{path.name}: {len(scenes)} tiles, {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
