"""SHA-256 of model files, remembered from start to start: a large one takes half a minute.

A file is known by its path, size and time of change.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from contextlib import suppress
from pathlib import Path

from studio.engine import cancel

log = logging.getLogger(__name__)

KEPT = 1000  # files, the newest
_BLOCK = 2**22
_lock = threading.Lock()
_known: dict[str, str] = {}
_file: list[Path] = []  # the one in which they are kept, if any


def remember_in(file: Path) -> None:
    """Keep hashes in this JSON file from now on, and know those that are in it. Never raises."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        said = {}  # not there yet, or damaged: the files are read again
    found = said if isinstance(said, dict) else {}
    with _lock:
        _file[:] = [file]
        for key, value in found.items():
            if isinstance(value, str) and len(value) == 64 and value.isalnum():
                _known.setdefault(key, value)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits. Raises OSError; Cancelled inside `stoppable`."""
    status = path.stat()
    key = f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"
    with _lock:
        known = _known.get(key)
    if known is not None:
        return known
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            cancel.check()
            digest.update(block)
    with _lock:
        _known[key] = digest.hexdigest()
        if _file:
            _write(_file[0])
    return digest.hexdigest()


def _write(file: Path) -> None:
    """In one piece or not at all. Nothing is lost if it fails: it is worth some seconds."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    newest = dict(list(_known.items())[-KEPT:])
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(newest, indent=0), encoding="utf-8")
        os.replace(part, file)
    except OSError as error:
        log.warning("the models' hashes are not kept: %s", error)
        with suppress(OSError):
            part.unlink(missing_ok=True)
