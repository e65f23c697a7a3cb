"""Gives freed memory back to the system, where the C library would rather keep it."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


@cache
def _trim() -> Callable[[int], int] | None:
    """glibc's malloc_trim; None with other C libraries and systems, which need no asking."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return lambda pad: int(trim(pad))


def give_back() -> bool:
    """Give free pages back; True if there were any. Some milliseconds, without the GIL.

    A long run leaves its steps in many small blocks between the model's large ones: freed, they
    would stay with the process as holes (150 MB after 500 steps of the starter).
    """
    trim = _trim()
    return trim is not None and trim(0) == 1
