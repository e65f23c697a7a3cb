"""From a picture file to a row of the index: everything the library knows is in the files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.engine.errors import BrokenFile, StudioError
from studio.engine.request import INTEGER_MAX, to_json
from studio.library.images import is_picture_name, picture_facts
from studio.library.metadata import Settings, read_settings
from studio.library.takes import SUFFIX, load_take

TEXT_MAX = 1000  # characters of a label, a name or an id that a file claims


def pictures_below(root: Path) -> Iterator[tuple[Path, int]]:
    """Every picture file under root with its time of change in ns, as `describe` tells it.

    Follows no links to folders.
    """
    for parent, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if not is_picture_name(path):
                continue
            try:
                facts = path.stat()
            except OSError:
                continue
            if facts.st_size:  # an empty one is a name that somebody has just reserved
                yield path, facts.st_mtime_ns


def describe(path: Path, root: Path) -> dict[str, Any]:
    """The columns of a picture's row. Raises BrokenFile or UnsafeFile if it is no picture."""
    if (name := _plain(path.name)) != path.name:
        raise BrokenFile(f"The name {name} is no text.", "Rename the file.")
    picture = picture_facts(path)
    try:
        file = path.stat()
    except OSError as error:
        raise BrokenFile(f"{path.name} is not there.", "It may have been moved.") from error
    settings = read_settings(path)
    absolute, root = path.absolute(), root.absolute()
    is_inside = absolute.is_relative_to(root)
    row = {
        "path": absolute.relative_to(root).as_posix() if is_inside else str(absolute),
        "modified_ns": file.st_mtime_ns,
        "created": file.st_mtime,
        "width": picture.width,
        "height": picture.height,
        "label": _short(settings.label),
        "state": _short(settings.state),
        **_settings_columns(settings),
    }
    return row | _take_columns(path.with_suffix(SUFFIX), settings)


def _settings_columns(settings: Settings) -> dict[str, Any]:
    request = settings.request
    if request is None:
        return {"prompt": "", "model": "", "seed": 0, "request": ""}
    text = {name: _plain(getattr(request, name)) for name in ("prompt", "model")}
    return {**text, "seed": request.seed, "request": json.dumps(to_json(request))}


def _plain(text: str) -> str:
    """The text with a "?" for what is none (halves of characters), as SQLite wants it."""
    return text.encode("utf-8", "replace").decode()


def _short(text: str) -> str:
    return _plain(text[:TEXT_MAX])


def _take_columns(path: Path, settings: Settings) -> dict[str, Any]:
    parent = settings.parent
    columns: dict[str, Any] = {
        "take_id": _short(settings.take_id),
        "parent_id": _short(parent[0]) if parent else "",
        "parent_step": min(max(parent[1], 0), INTEGER_MAX) if parent else 0,
        "has_take": 0,
        "name": "",
    }
    if not path.is_file():
        return columns
    try:
        take = load_take(path)
    except StudioError:
        return columns | {"has_take": 1}  # shown, with its message, when it is opened
    return columns | {"has_take": 1, "take_id": _short(take.id), "name": _short(take.name)}
