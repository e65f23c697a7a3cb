"""Write files so that a crash, a full disk or a pulled plug never costs what was there before.

write to a temporary file in the same folder, fsync it, rename it over the name, fsync the folder.
"""

from __future__ import annotations

import errno
import itertools
import logging
import os
import re
import stat
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import BinaryIO

from studio.engine.errors import SaveFailed

PART = ".part"
_REASONS = {
    errno.ENOSPC: ("the disk is full", "Free some space and save again."),
    errno.EDQUOT: ("your disk quota is used up", "Free some space and save again."),
    errno.EFBIG: ("the file is larger than this disk allows", "Save to another disk."),
    errno.EIO: ("the disk does not answer", "Look whether it is still there; save to another one."),
    errno.EROFS: ("the disk is read-only", "Choose another folder."),
    errno.EACCES: ("the folder may not be written to", "Choose another folder."),
    errno.EPERM: ("the folder may not be written to", "Choose another folder."),
    errno.ENOENT: ("its folder cannot be made", "Choose another folder."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name."),
    errno.EISDIR: ("a folder has that name", "Choose another name."),
    errno.EEXIST: ("a file stands where a folder is needed", "Choose another folder."),
    errno.ENOTDIR: ("a file stands where a folder is needed", "Choose another folder."),
}
_OWN_PART = re.compile(rf"\..*\.\d+-\d+{re.escape(PART)}", re.DOTALL)
_counter = itertools.count()
log = logging.getLogger(__name__)


def write_atomic(path: Path, data: bytes | Iterable[bytes], *, is_durable: bool = True) -> None:
    """Write `data` to `path`: afterwards the whole new file is there, or the old one untouched.

    data: the bytes, or an iterable of pieces for large files. Missing folders are made.
    is_durable: False saves the time to wait for the disk, for files that can be made again.
    Raises SaveFailed with the reason in words.
    """
    pieces = (data,) if isinstance(data, bytes) else data
    # Cut: a name that just fits would not with more behind it; a letter takes up to 4 bytes.
    temporary = path.with_name(f".{path.name[:40]}.{os.getpid()}-{next(_counter)}{PART}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "xb") as file:
                _write(file, pieces, is_durable)
            os.replace(temporary, path)
        except BaseException:
            _discard(temporary)
            raise
        if is_durable:
            sync_folder(path.parent)
    except OSError as error:
        raise save_failed(path, error) from error


def _write(file: BinaryIO, pieces: Iterable[bytes], is_durable: bool) -> None:
    for piece in pieces:
        file.write(piece)
    file.flush()
    if is_durable:
        os.fsync(file.fileno())


def _discard(path: Path) -> None:
    try:
        os.unlink(path)
    except OSError:
        log.debug("could not remove %s; it is removed at the next start", path.name)


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` survive a power cut (POSIX; nothing to do on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network folders cannot
            raise
    finally:
        os.close(descriptor)


def save_failed(path: Path, error: OSError) -> SaveFailed:
    """Turn an OSError into words."""
    reason, hint = reason_of(error)
    return SaveFailed(f"{path.name} could not be saved: {reason}.", hint)


def reason_of(error: OSError) -> tuple[str, str]:
    """Why a file could not be written, and what to do: "the disk is full", "Free some ..."."""
    fallback = (error.strerror or str(error) or "unknown reason", "Choose another folder.")
    return _REASONS.get(error.errno or 0, fallback)


_given: dict[Path, int] = {}  # the highest number that was given, by folder


def new_path(folder: Path, suffix: str, *, day: date | None = None) -> Path:
    """Reserve a fresh name like folder/2026-11-21/0007.png and return it.

    The name stands as an empty file until it is written, so two programs never share one.
    Names beside it with another suffix (0007.take) are counted as taken, and no name is given
    twice while the program runs: one that was deleted may come back, and strips and small pictures
    are known by it. Raises SaveFailed.
    """
    dated = folder / (day or date.today()).isoformat()
    try:
        dated.mkdir(parents=True, exist_ok=True)
        number = max(_highest(dated), _given.get(dated, 0)) + 1
        while True:
            path = dated / f"{number:04d}{suffix}"
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            except FileExistsError:
                number += 1
                continue
            _given[dated] = max(number, _given.get(dated, 0))
            return path
    except OSError as error:
        raise save_failed(dated / f"new{suffix}", error) from error


def _highest(folder: Path) -> int:
    numbers = (name.split(".", 1)[0] for name in os.listdir(folder))
    return max((int(n) for n in numbers if n.isascii() and n.isdigit()), default=0)


def remove_leftovers(folder: Path, *, older_than: float = 60.0) -> int:
    """Delete half-written files and empty reserved names of earlier crashes; return how many.

    Only this program's own files are touched: `.name.pid-n.part` and zero-byte `NNNN.png`.
    older_than: seconds since the last write; younger ones may be another program's work.
    """
    count = 0
    for parent, folders, names in os.walk(folder):  # does not follow links
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(parent, name) for name in names):
            if _is_leftover(path, older_than):
                _discard(path)
                count += 1
    return count


def _is_leftover(path: Path, older_than: float) -> bool:
    stem, _, suffix = path.name.partition(".")
    is_part = _OWN_PART.fullmatch(path.name) is not None
    is_reserved = suffix in ("png", "take") and stem.isascii() and stem.isdigit()
    if not (is_part or is_reserved):
        return False
    try:
        facts = path.lstat()
    except OSError:
        return False
    is_idle = time.time() - facts.st_mtime > older_than
    return is_idle and stat.S_ISREG(facts.st_mode) and (is_part or facts.st_size == 0)
