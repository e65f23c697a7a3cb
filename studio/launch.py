"""What must be true before Qt is touched; Qt itself would end the process without a word."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import socket
import sys
from collections.abc import Mapping

_HEADLESS = "`studio generate PROMPT` works without a display; `studio --help` lists the rest."
_NO_SCREEN_NEEDED = ("offscreen", "minimal", "minimalegl", "vnc", "linuxfb", "eglfs",
                     "vkkhrdisplay")  # fmt: skip
_PLUGIN_FOLDERS = ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")  # others than Qt's own
# Library → Debian's package. What they need in turn (freetype, brotli, fonts) comes with them.
_FOR_QT = {
    "libglib-2.0.so.0": "libglib2.0-0", "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6", "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3", "libfontconfig.so.1": "libfontconfig1",
}  # fmt: skip
_FOR_X11 = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0", "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0", "libxcb-xkb.so.1": "libxcb-xkb1",
}  # fmt: skip


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
    """Qt takes the first of the platforms in QT_QPA_PLATFORM that works; without it, its own."""
    value = environment.get("QT_QPA_PLATFORM", "")
    named = [part.split(":")[0].strip().lower() for part in value.split(";")]
    names = [name for name in named if name] or [""]
    known = [name for name in names if _is_platform(name, environment)]
    if not known:
        return (f"QT_QPA_PLATFORM is {value[:40]!r}, which Qt has no platform for. Unset it, or "
                f"set it to xcb, wayland or offscreen. {_HEADLESS}")  # fmt: skip
    reasons = [_why_not_on(name, environment) for name in known]
    return "" if "" in reasons else reasons[0]


def _is_platform(name: str, environment: Mapping[str, str]) -> bool:
    """Whether Qt has a plug-in for it; it would abort. If that cannot be told, the answer is yes.

    "wayland-egl" is one of those that wayland's brings.
    """
    package = importlib.util.find_spec("PySide6")
    folders = list(package.submodule_search_locations or []) if package is not None else []
    plugins = [os.path.join(folder, "Qt", "plugins", "platforms") for folder in folders]
    is_elsewhere = any(key in environment for key in _PLUGIN_FOLDERS)
    if not name or is_elsewhere or not any(map(os.path.isdir, plugins)):
        return True
    file = f"libq{name.split('-')[0]}.so"
    return any(os.path.exists(os.path.join(folder, file)) for folder in plugins)


def _why_not_on(name: str, environment: Mapping[str, str]) -> str:
    is_wayland = name.startswith("wayland") or (not name and _has_wayland(environment))
    if name in _NO_SCREEN_NEEDED or (is_wayland and _has_wayland(environment)):
        return _missing_libraries(is_x11=False)
    display = environment.get("DISPLAY", "")
    if is_wayland or not display:
        return f"There is no display to open a window on. {_HEADLESS}"
    if not _answers(display):
        return f"The display {display[:40]!r} does not answer. {_HEADLESS}"
    return _missing_libraries(is_x11=True)


def _has_wayland(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    return bool(name) and _listens(os.path.join(environment.get("XDG_RUNTIME_DIR", ""), name))


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


def _answers(display: str) -> bool:
    """Whether an X server lets us in there; Qt would abort on a wrong name or without permission.

    Where the library to ask with is missing the answer is yes: that is told next.
    """
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(os.fsencode(display), None))
    error: int = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return error == 0


def missing_packages(*, is_x11: bool) -> list[str]:
    """Debian's packages of the system libraries that Qt needs and that are not here.

    is_x11: for a window on an X server; False = for drawing without a screen. PySide6 brings Qt
    along, but not these. [] on other systems than Linux.
    """
    if not sys.platform.startswith("linux"):
        return []
    wanted = _FOR_QT | (_FOR_X11 if is_x11 else {})
    return [package for library, package in wanted.items() if not _is_there(library)]


def _is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _missing_libraries(*, is_x11: bool) -> str:
    """Python would end with a traceback without them, Qt's X11 plug-in with a crash."""
    packages = " ".join(missing_packages(is_x11=is_x11))
    if not packages:
        return ""
    return ("System libraries that Qt needs are missing, so no window can be opened. Install "
            f"them, on Debian or Ubuntu: `sudo apt install {packages}`. {_HEADLESS}")  # fmt: skip
