"""Find pictures below folders: no links followed twice, no pipes, no caches. Torch-free."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from studio.concepts.decode import SUFFIXES, TAKE_SUFFIX
from studio.concepts.store import Source

SKIPPED = frozenset({"node_modules", "__pycache__", "thumbnails", "lost+found", "$recycle.bin"})


@dataclass(slots=True)
class Walk:
    """What a walk has seen. unread: folders that could not be opened: nothing below is forgotten.

    Iterate over `sources()` first; the rest is filled on the way.
    """

    folders: Iterable[Path]
    with_strips: bool = True
    seen: set[str] = field(default_factory=set)
    walked: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    _visited: set[tuple[int, int]] = field(default_factory=set)

    def sources(self) -> Iterator[Source]:
        """Every picture file once, with its size and time."""
        for folder in self.folders:
            top = os.path.abspath(folder)
            if os.path.isdir(top):
                self.walked.append(top + os.sep if not top.endswith(os.sep) else top)
                yield from self._below(top)
            else:
                self.unread.append(top)

    def _below(self, top: str) -> Iterator[Source]:
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            if not self._is_new(folder):
                continue
            entries = self._entries(folder)
            waiting += [entry.path for entry in reversed(entries) if _is_folder(entry)]
            for entry in entries:
                if (source := self._source(entry)) is not None:
                    self.seen.add(source.file)
                    yield source

    def _is_new(self, folder: str) -> bool:
        """False for a folder already walked, by whichever name or link."""
        try:
            facts = os.stat(folder)
        except OSError:
            self.unread.append(folder)
            return False
        key = (facts.st_dev, facts.st_ino) if facts.st_ino else (0, hash(os.path.realpath(folder)))
        is_new = key not in self._visited
        self._visited.add(key)
        return is_new

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                return sorted((e for e in found if not e.name.startswith(".")),
                              key=lambda e: e.name)  # fmt: skip
        except OSError:
            self.unread.append(folder)
            return []

    def _source(self, entry: os.DirEntry[str]) -> Source | None:
        suffix = os.path.splitext(entry.name)[1].lower()
        if suffix not in SUFFIXES and not (self.with_strips and suffix == TAKE_SUFFIX):
            return None
        try:
            if not entry.is_file():  # pipes, sockets and devices are not files
                return None
            facts = entry.stat()
        except OSError:
            return None
        name = entry.path.encode(errors="surrogateescape").decode(errors="replace")
        if name != entry.path:
            return None  # a name that is no text cannot be kept or shown
        return Source(file=entry.path, size=facts.st_size, mtime_ns=facts.st_mtime_ns)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir() and entry.name.lower() not in SKIPPED
    except OSError:
        return False
