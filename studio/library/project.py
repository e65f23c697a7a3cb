"""Project files: the canvas with all its layers in one zip of PNG and JSON, written atomically.

    studio.json      {"format": 1, "name", "settings": {...}, "references": [names]}
    picture.png      RGB           mask.png  grey, 255 = repaint
    paint.png        RGBA, colours multiplied by alpha, so that the bytes come back exactly
    references/N.png RGB

A project may come from a stranger: sizes are checked before anything is unpacked, and only the
names above are read. A missing mask or paint is a blank one.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.engine.errors import BrokenFile, SaveFailed, StudioError, UnsafeFile
from studio.engine.request import Pixels
from studio.library.images import DAMAGE, FILE_MAX, PIXELS_MAX, read_picture_bytes
from studio.library.safefile import read_bounded
from studio.library.store import write_atomic

SUFFIX = ".studio"
FORMAT = 1
ENTRIES_MAX = 200
PROJECT_MAX = 1 << 30  # bytes; all parts at their largest and uncompressed fit
_ENTRY = b"PK\x01\x02"  # begins each line of a zip's table
FACTS_MAX = 1 << 20  # bytes of JSON
REFERENCES_MAX = 190
REFERENCE_PIXELS_MAX = 2 * PIXELS_MAX  # of all together; a few kB can claim thousands of millions
_FACTS = "studio.json"
_DATE = (2020, 1, 1, 0, 0, 0)  # the same document gives the same bytes
_HINT = "Open another file; if there is a backup of this one, use that."
_ZIP_DAMAGE = (*DAMAGE, zipfile.BadZipFile, NotImplementedError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a project file holds. picture [H, W, 3]; mask [H, W]; paint [H, W, 4] premultiplied.

    references: (name, [h, w, 3]). settings: plain JSON values; whoever uses them checks them.
    """

    picture: Pixels
    mask: Pixels | None = None
    paint: Pixels | None = None
    references: tuple[tuple[str, Pixels], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


def save_project(path: Path, project: Project) -> None:
    """Write a project file; what was there before is replaced only when all is on disk.

    Raises SaveFailed.
    """
    write_atomic(path, pack(project))


def pack(project: Project) -> bytes:
    """The bytes of a project file. Raises SaveFailed for one that could not be opened again."""
    _check_references(project)
    facts = {
        "format": FORMAT,
        "name": project.name,
        "settings": dict(project.settings),
        "references": [name for name, _ in project.references],
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _add(archive, _FACTS, json.dumps(facts, ensure_ascii=False).encode())
        _add(archive, "picture.png", _png(project.picture))
        if project.mask is not None and project.mask.any():
            _add(archive, "mask.png", _png(project.mask))
        if project.paint is not None and project.paint.any():
            # Kept premultiplied: straightening and multiplying again would cost exact bytes.
            _add(archive, "paint.png", _png(project.paint))
        for number, (_, pixels) in enumerate(project.references):
            _add(archive, f"references/{number}.png", _png(pixels))
    return buffer.getvalue()


def _check_references(project: Project) -> None:
    sizes = [pixels.shape[0] * pixels.shape[1] for _, pixels in project.references]
    if len(sizes) > REFERENCES_MAX:
        raise SaveFailed(f"A project holds up to {REFERENCES_MAX} references; this has"
                         f" {len(sizes)}.", "Remove some of them.")  # fmt: skip
    if sum(sizes) > REFERENCE_PIXELS_MAX:
        raise SaveFailed("The references of this project are too large: "
                         f"{sum(sizes) / 1e6:.0f} million pixels in all.",
                         "Remove the largest ones.")  # fmt: skip


def load_project(path: Path) -> Project:
    """Read a project file. Raises BrokenFile or UnsafeFile with its name and the reason."""
    data = read_bounded(path, PROJECT_MAX)
    if data.count(_ENTRY) > ENTRIES_MAX:  # before a table of millions is read
        raise UnsafeFile(f"{path.name} holds more files than a project has.", _HINT)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpack(archive, path.name)
    except StudioError:
        raise
    except _ZIP_DAMAGE as error:
        raise BrokenFile(
            f"{path.name} is damaged, or no project of this program.", _HINT
        ) from error


def _unpack(archive: zipfile.ZipFile, name: str) -> Project:
    entries = {entry.filename: entry for entry in archive.infolist()}
    facts = _facts(archive, entries, name)
    picture = _picture(archive, entries, "picture.png", name)
    if picture is None:
        raise BrokenFile(f"{name} holds no picture.", _HINT)
    size = picture.shape[:2]
    names = facts.get("references")
    words = [n[:200] for n in names if isinstance(n, str)] if isinstance(names, list) else []
    settings, title = facts.get("settings"), facts.get("name")
    return Project(
        picture=picture,
        mask=_layer(archive, entries, "mask.png", "L", size, name),
        paint=_layer(archive, entries, "paint.png", "RGBA", size, name),
        references=tuple(_references(archive, entries, words[:REFERENCES_MAX], name)),
        settings=settings if isinstance(settings, dict) else {},
        name=title[:200] if isinstance(title, str) else "",
    )


def _facts(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str
) -> dict[str, Any]:
    data = _read(archive, entries, _FACTS, FACTS_MAX, name)
    facts = json.loads(data) if data is not None else None
    if not isinstance(facts, dict) or not isinstance(facts.get("format"), int):
        raise BrokenFile(f"{name} is no project of this program.", _HINT)
    if facts["format"] > FORMAT:
        raise BrokenFile(f"{name} was saved by a newer version of this program.",
                         "Update the program, or export the picture there as PNG.")  # fmt: skip
    return facts


def _read(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], entry: str, limit: int,
    name: str,
) -> bytes | None:  # fmt: skip
    """An entry's bytes, never more than `limit`, whatever its header claims."""
    if entry not in entries:
        return None
    with archive.open(entries[entry]) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise UnsafeFile(f"{name} holds a part that is too large.", _HINT)
    return data


def _picture(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], entry: str, name: str
) -> Pixels | None:
    data = _read(archive, entries, entry, FILE_MAX, name)
    return None if data is None else read_picture_bytes(data, f"{entry} in {name}")


def _references(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], words: Sequence[str],
    name: str,
) -> Iterator[tuple[str, Pixels]]:  # fmt: skip
    room = REFERENCE_PIXELS_MAX
    for number, word in enumerate(words):
        pixels = _picture(archive, entries, f"references/{number}.png", name)
        if pixels is None:
            continue
        room -= pixels.shape[0] * pixels.shape[1]
        if room < 0:
            raise UnsafeFile(f"{name} holds references that are too large together.", _HINT)
        yield word, pixels


def _layer(
    archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], entry: str, mode: str,
    size: tuple[int, ...], name: str,
) -> Pixels | None:  # fmt: skip
    """A mask or paint layer; one of another size than the picture is refused."""
    data = _read(archive, entries, entry, FILE_MAX, name)
    if data is None:
        return None
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        if image.width * image.height > PIXELS_MAX or (image.height, image.width) != size:
            raise BrokenFile(f"{name}: its {entry[:-4]} and its picture differ in size.", _HINT)
        pixels = np.array(image.convert(mode))
    if mode == "RGBA":
        np.minimum(pixels[..., :3], pixels[..., 3:], out=pixels[..., :3])
    return pixels


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # PNG is compressed already; the zip only holds the parts together.
    archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_STORED)


def _png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
