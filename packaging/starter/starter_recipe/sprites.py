"""Rasterise the glyphs of the world once, into one compact file that needs no fonts later.

The font is Noto Color Emoji (OFL 1.1); names and keywords come from Unicode CLDR.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw, ImageFont

from starter_recipe import catalogue

FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
CLDR = Path("/usr/share/unicode/cldr/common")
STRIKE_PX = 109  # The only bitmap size in the font; glyphs are 136 × 128.


def read_cldr_names() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Map CLDR short names to characters and to keywords (English, without skin tones)."""
    characters: dict[str, str] = {}
    keywords: dict[str, list[str]] = {}
    by_character: dict[str, list[str]] = {}
    for folder in ("annotations", "annotationsDerived"):
        for node in ElementTree.parse(CLDR / folder / "en.xml").getroot().iter("annotation"):
            cp, text = node.get("cp") or "", node.text or ""
            if any(0x1F3FB <= ord(ch) <= 0x1F3FF for ch in cp):
                continue
            if node.get("type") == "tts":
                characters[text] = cp
            else:
                by_character[cp] = [part.strip() for part in text.split("|")]
    for name, cp in characters.items():
        keywords[name] = by_character.get(cp, [])
    return characters, keywords


def rasterise(character: str, font: ImageFont.FreeTypeFont) -> Image.Image | None:
    """Draw one glyph in colour and crop it to its ink; None when the font lacks it."""
    for text in (character, character + "\ufe0f"):
        if font.getlength(text) > 140:
            continue
        picture = Image.new("RGBA", (160, 160))
        ImageDraw.Draw(picture).text((12, 16), text, font=font, embedded_color=True)
        box = picture.getbbox()
        if box is not None:
            return picture.crop(box)
    return None


def build_sprites(path: Path) -> list[str]:
    """Write every glyph of the catalogue to a zip of PNGs with an index; return missing names."""
    font = ImageFont.truetype(str(FONT), STRIKE_PX)
    characters, keywords = read_cldr_names()
    wanted = [*catalogue.all_objects(), *catalogue.HEADGEAR]
    missing: list[str] = []
    index: dict[str, dict[str, object]] = {}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for number, name in enumerate(wanted):
            sprite = rasterise(characters[name], font) if name in characters else None
            if sprite is None:
                missing.append(name)
                continue
            buffer = io.BytesIO()
            sprite.save(buffer, "PNG", optimize=True)
            archive.writestr(zipfile.ZipInfo(f"{number}.png"), buffer.getvalue())
            index[name] = {"file": f"{number}.png", "keywords": keywords.get(name, [])}
        words = sorted({*keywords, *(part for parts in keywords.values() for part in parts)})
        archive.writestr(zipfile.ZipInfo("words.json"), json.dumps(words, ensure_ascii=False))
        archive.writestr(zipfile.ZipInfo("index.json"), json.dumps(index, ensure_ascii=False))
    os.replace(part, path)
    return missing


def load_sprites(path: Path) -> dict[str, Image.Image]:
    """Read the sprite file back: glyph name → RGBA picture cropped to its ink."""
    with zipfile.ZipFile(path) as archive:
        index = json.loads(archive.read("index.json"))
        return {
            name: Image.open(io.BytesIO(archive.read(entry["file"]))).convert("RGBA")
            for name, entry in index.items()
        }


def load_keywords(path: Path) -> list[str]:
    """Read all CLDR names and keywords (also of glyphs outside the world), sorted."""
    with zipfile.ZipFile(path) as archive:
        words: list[str] = json.loads(archive.read("words.json"))
    return words
