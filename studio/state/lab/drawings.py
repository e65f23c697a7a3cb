"""Data sets drawn by the user, by name, kept in one small JSON file. No Qt."""

from __future__ import annotations

import contextlib
import json
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from studio.lab.data import MAX_POINTS

log = logging.getLogger(__name__)
SETS_MOST, NAME_MOST = 50, 40
BYTES_MOST = 16 * 2**20
LABELS = 3

DrawnPoints = list[tuple[float, float, int]]  # x, y, class


class Drawings:
    """Drawn data sets. write: writes the file; called with the whole text after each change.

    A file that cannot be read is set aside and counts as empty.
    """

    def __init__(
        self, file: Path | None = None, write: Callable[[Path, bytes], None] | None = None
    ) -> None:
        self._file, self._write = file, write
        self._sets: dict[str, DrawnPoints] = dict(_read(file)) if file is not None else {}

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they were first kept."""
        return tuple(self._sets)

    def get(self, name: str) -> DrawnPoints:
        """A copy of the points of a set; empty for an unknown one."""
        return list(self._sets.get(name, ()))

    def free_name(self) -> str:
        """A name that is not in use."""
        numbers = range(1, len(self._sets) + 2)
        return next(f"Drawing {n}" for n in numbers if f"Drawing {n}" not in self._sets)

    def keep(self, name: str, points: Sequence[tuple[float, float, int]]) -> str:
        """Keep points under a name, in the place of older ones; return the name as kept."""
        name = clean_name(name) or self.free_name()
        self._sets[name] = [(round(x, 4), round(y, 4), int(k)) for x, y, k in points[:MAX_POINTS]]
        while len(self._sets) > SETS_MOST:
            del self._sets[next(iter(self._sets))]
        self._save()
        return name

    def rename(self, name: str, new: str) -> str:
        """Give a set another name, if that is free; return the name it has then."""
        new = clean_name(new)
        if name not in self._sets or not new or new in self._sets:
            return name
        self._sets = {new if key == name else key: value for key, value in self._sets.items()}
        self._save()
        return new

    def delete(self, name: str) -> None:
        """Forget a set."""
        if self._sets.pop(name, None) is not None:
            self._save()

    def _save(self) -> None:
        if self._file is None or self._write is None:
            return
        story = {"version": 1, "drawings": [{"name": name, "points": points}
                                            for name, points in self._sets.items()]}  # fmt: skip
        self._write(self._file, json.dumps(story, ensure_ascii=False).encode())


def clean_name(name: str) -> str:
    """A name on one line, not too long."""
    return " ".join(name.replace("\x00", "").split())[:NAME_MOST]


def _read(file: Path) -> Iterator[tuple[str, DrawnPoints]]:
    """What can be read of a file; nothing of a broken one."""
    try:
        if file.stat().st_size > BYTES_MOST:
            return
        story = json.loads(file.read_text(encoding="utf-8"))
        entries = story["drawings"]
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning("drawn data sets cannot be read: %s", error)
        with contextlib.suppress(OSError):
            file.replace(file.with_suffix(".broken.json"))  # for whoever wants to mend it
        return
    for entry in entries[:SETS_MOST] if isinstance(entries, list) else ():
        name = clean_name(str(entry.get("name", ""))) if isinstance(entry, dict) else ""
        points = entry.get("points") if name else None
        if isinstance(points, list):
            yield name, [point for raw in points[:MAX_POINTS] for point in _point(raw)]


def _point(raw: Any) -> Iterator[tuple[float, float, int]]:
    """One point, if that is what it is."""
    if not isinstance(raw, list) or len(raw) != 3:
        return
    if not all(isinstance(v, (int, float)) and math.isfinite(v) for v in raw):
        return
    x, y, label = raw
    yield (min(max(float(x), -2.0), 2.0), min(max(float(y), -2.0), 2.0),
           min(max(int(label), 0), LABELS - 1))  # fmt: skip
