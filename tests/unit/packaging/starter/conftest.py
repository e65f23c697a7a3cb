"""Fixtures of the starter recipe's tests: drawn stand-in sprites, so that no font is needed."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

REPOSITORY = Path(__file__).resolve().parents[4]
# The recipe's own folder only: its parent, named "packaging", would shadow the PyPI package.
sys.path.insert(0, str(REPOSITORY / "packaging" / "starter"))

MODEL = REPOSITORY / "resources" / "models" / "starter"


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder with stand-in sprites: coloured discs named like the world's glyphs."""
    from starter_recipe import catalogue

    out = tmp_path_factory.mktemp("starter")
    names = [*catalogue.all_objects(), *catalogue.HEADGEAR]
    with zipfile.ZipFile(out / "sprites.zip", "w") as archive:
        index = {}
        for i, name in enumerate(names):
            sprite = Image.new("RGBA", (110, 120))
            colour = (i * 67 % 256, i * 131 % 256, i * 29 % 256, 255)
            ImageDraw.Draw(sprite).ellipse((0, 0, 109, 119), fill=colour)
            buffer = io.BytesIO()
            sprite.save(buffer, "PNG")
            archive.writestr(f"{i}.png", buffer.getvalue())
            index[name] = {"file": f"{i}.png", "keywords": [name]}
        archive.writestr("words.json", json.dumps(sorted(names)))
        archive.writestr("index.json", json.dumps(index))
    return out


@pytest.fixture(scope="session")
def starter_model() -> Path:
    """The shipped model folder: a checkout without it is not whole."""
    assert (MODEL / "model_index.json").exists()
    return MODEL
