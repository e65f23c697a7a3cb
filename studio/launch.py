"""What must be true before Qt is touched; Qt itself would end the process without a word."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Mapping

_HEADLESS = "`studio generate PROMPT` works without a display; `studio --help` lists the rest."
_NO_SCREEN_NEEDED = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")


def why_no_window(environment: Mapping[str, str] = os.environ) -> str:
    """One sentence and a next step if the window cannot be opened; "" if it can."""
    return _bad_pair() or (_no_display(environment) if sys.platform.startswith("linux") else "")


def _bad_pair() -> str:
    try:
        from PySide6 import __version__ as qt  # its package only: Qt itself is not loaded yet
    except ImportError:
        return "PySide6 is not installed, so there is no window. Run `pip install .` again."
    return bad_pair(qt, sys.version_info[:2])


def bad_pair(qt: str, python: tuple[int, int]) -> str:
    """Why this PySide6 must not be used with this Python; "" if it may."""
    if qt.split(".")[:2] == ["6", "12"] and python < (3, 12):
        # PYSIDE-3474: each signal drops a reference to True; the process aborts within minutes.
        return (f"PySide6 {qt} crashes under Python {python[0]}.{python[1]}. Install "
                '"PySide6-Essentials<6.12", or use Python 3.12 or newer.')  # fmt: skip
    return ""


def _no_display(environment: Mapping[str, str]) -> str:
    platform = environment.get("QT_QPA_PLATFORM", "")
    if platform.split(":")[0] in _NO_SCREEN_NEEDED or environment.get("WAYLAND_DISPLAY"):
        return ""
    display = environment.get("DISPLAY", "")
    if not display:
        return f"There is no display to open a window on. {_HEADLESS}"
    if not _answers(display):
        return f"The display {display[:40]!r} does not answer. {_HEADLESS}"
    return _missing_library()


def _answers(display: str) -> bool:
    """Whether a local X server listens there; displays of other machines are taken on trust."""
    host, _, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if host not in ("", "unix") or not number.isdigit():
        return True
    for path in (f"\0/tmp/.X11-unix/X{number}", f"/tmp/.X11-unix/X{number}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(path)
            except OSError:
                continue
            return True
    return False


def _missing_library() -> str:
    """Qt's X11 plug-in needs a library that small systems lack, and says so only by dying."""
    try:
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError:
        return ("The system library libxcb-cursor is missing, so no window can be opened. "
                "Install it: `sudo apt install libxcb-cursor0`.")  # fmt: skip
    return ""
