"""Open a stranger's file without hanging on it: ordinary files only, and never too much of them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from studio.engine.errors import BrokenFile, UnsafeFile


def open_regular(path: Path) -> int:
    """Open for reading and return the descriptor; refuses folders, pipes and devices.

    Raises BrokenFile if the file is missing or unreadable, UnsafeFile if it is no ordinary file.
    """
    # O_NONBLOCK: a FIFO named .png must not hang us
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise BrokenFile(
            f"{path.name} {reason}.", "Look whether it was moved, renamed or protected."
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnsafeFile(f"{path.name} is not an ordinary file.", "Choose another file.")
    return descriptor


def read_bounded(path: Path, limit: int) -> bytes:
    """The whole file. limit: bytes; a larger one is refused before it is read.

    Raises BrokenFile or UnsafeFile.
    """
    with open(open_regular(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise UnsafeFile(
                f"{path.name} is too large: {size / 1e6:,.0f} MB, at most {limit / 1e6:,.0f} MB.",
                "Choose a smaller file.",
            )
        try:
            return file.read(limit)
        except OSError as error:
            raise BrokenFile(
                f"{path.name} cannot be read.", "Look whether its disk is still there."
            ) from error
