"""`studio doctor`: is everything here that the program needs? In words, with an exit code.

Libraries are tried in processes of their own: a broken torch or a missing display library must
not take the doctor down with it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]

from studio.drawing import open_concepts
from studio.engine.errors import StudioError
from studio.launch import missing_packages
from studio.library.counting import counted
from studio.library.home import SETTINGS_MAX
from studio.library.safefile import read_bounded

if TYPE_CHECKING:
    from studio.cli import Headless

NAME = "doctor"
HELP = "Check this installation and say what is wrong, in words."
_TIMEOUT = 180  # seconds for one probe; the first import of torch on a slow disk takes a minute
_FREE_LOW = 2e9  # bytes
_MEMORY_LOW = 4e9

_TORCH = """
import json, torch
devices = ["cpu"]
if torch.cuda.is_available():
    devices += [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
if torch.backends.mps.is_available():
    devices.append("Apple GPU (mps)")
print(json.dumps({"version": torch.__version__, "devices": devices,
                  "threads": torch.get_num_threads(), "sum": float(torch.ones(3).sum())}))
"""
_VISION = """
import torch, torchvision
from torchvision.ops import nms
nms(torch.tensor([[0., 0., 1., 1.]]), torch.tensor([1.]), 0.5)
print(torchvision.__version__)
"""
_QT = """
import sys, PySide6
from PySide6.QtGui import QGuiApplication
app = QGuiApplication(sys.argv[:1])
print(PySide6.__version__, app.platformName())
"""
# On Python < 3.12 this release drops references to True and None until the program dies.
_BAD_QT = "6.12.0"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. level: "good", "warning" (works, but) or "bad" (does not work)."""

    what: str
    level: str
    words: str
    hint: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options but those of every command."""


def run(args: argparse.Namespace, headless: Headless) -> int:
    """Look at everything; 0 if nothing is bad."""
    checks: list[Callable[[Headless], Finding]] = [
        check_python, check_torch, check_torchvision, check_libraries, check_qt, check_memory,
        check_disk, check_models, check_clips, check_library, check_settings,
    ]  # fmt: skip
    findings = []
    for check in checks:
        headless.progress(f"Looking at {check.__name__.removeprefix('check_')} …")
        found = check(headless)
        headless.progress("")
        findings.append(found)
        headless.say(_line(found))
    bad = [found for found in findings if found.level == "bad"]
    verdict = "Everything needed is here." if not bad else f"{len(bad)} of these need mending."
    headless.say(f"\n{verdict}")
    headless.answer(
        {"healthy": not bad, "verdict": verdict, "findings": [asdict(f) for f in findings]}
    )
    return 1 if bad else 0


def _line(found: Finding) -> str:
    mark = {"good": "✓", "warning": "!", "bad": "✗"}[found.level]
    hint = f"\n    → {found.hint}" if found.hint else ""
    return f"{mark} {found.what}: {found.words}{hint}"


def _try(code: str, **environment: str) -> tuple[bool, str]:
    """Run code in a fresh Python; (whether it worked, its last line or last error line)."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=_TIMEOUT,
            env={**os.environ, **environment}, errors="replace", check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False, f"no answer within {_TIMEOUT} seconds"
    except OSError as error:
        return False, str(error)
    stream = done.stdout if done.returncode == 0 else done.stderr
    lines = [line for line in stream.splitlines() if line.strip()]
    return done.returncode == 0, lines[-1].strip() if lines else f"exit code {done.returncode}"


def check_python(headless: Headless) -> Finding:
    """Python's version and this computer."""
    where = f"{platform.system()} {platform.machine()}"
    words = f"{platform.python_version()} on {where}, {os.cpu_count()} cores"
    if sys.version_info < (3, 11):  # noqa: UP036 - said to whoever forces an old one
        return Finding("Python", "bad", words, "Install Python 3.11 or newer.")
    return Finding("Python", "good", words)


def check_torch(headless: Headless) -> Finding:
    """Torch, tried in its own process, and the devices it finds."""
    works, line = _try(_TORCH)
    if not works:
        return Finding("torch", "bad", line[:300], "Install again: uv sync, or pip install .")
    facts = json.loads(line)
    words = f"{facts['version']}, computes on {', '.join(facts['devices'])}"
    if len(facts["devices"]) == 1:
        return Finding("torch", "good", f"{words}; a GPU would be much faster")
    return Finding("torch", "good", words)


def check_torchvision(headless: Headless) -> Finding:
    """Whether torchvision fits torch: a mixed pair breaks CLIP and diffusers on import."""
    works, line = _try(_VISION)
    if works:
        return Finding("torchvision", "good", f"{line}, fits this torch")
    hint = "Take torch and torchvision together from one place: pip install -U torch torchvision"
    return Finding("torchvision", "bad", f"does not work with this torch ({line[:200]})", hint)


def check_libraries(headless: Headless) -> Finding:
    """The other libraries: that they are installed, in which versions."""
    names = ["diffusers", "transformers", "open_clip_torch", "safetensors", "tokenizers", "numpy",
             "pillow", "accelerate", "peft"]  # fmt: skip
    found, missing = [], []
    for name in names:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding(
            "libraries", "bad", f"missing: {', '.join(missing)}", "Install again: uv sync"
        )
    return Finding("libraries", "good", ", ".join(found))


def check_qt(headless: Headless) -> Finding:
    """Qt and the display; without a display only the window is missing, so that is a warning."""
    try:
        version = importlib.metadata.version("PySide6-Essentials")
    except importlib.metadata.PackageNotFoundError:
        return Finding("window", "warning", "PySide6 is not installed; the commands work without",
                       "For the window: pip install PySide6-Essentials")  # fmt: skip
    if version == _BAD_QT and sys.version_info < (3, 12):
        return Finding("window", "bad", f"PySide6 {version} crashes on this Python",
                       'pip install "PySide6-Essentials<6.12"')  # fmt: skip
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if packages := missing_packages(is_x11="DISPLAY" in os.environ):
        words = f"PySide6 {version} lacks system libraries; the commands work without"
        return Finding("window", "bad" if has_display else "warning", words,
                       f"On Debian or Ubuntu: sudo apt install {' '.join(packages)}")  # fmt: skip
    works, line = _try(_QT)
    if works:
        return Finding("window", "good", f"PySide6 {line.replace(' ', ', display: ')}")
    if _try(_QT, QT_QPA_PLATFORM="offscreen")[0]:
        return Finding("window", "warning", f"PySide6 {version}, but no display here",
                       "Start the window from a desktop; commands work everywhere.")  # fmt: skip
    return Finding("window", "bad", f"PySide6 {version} does not start: {line[:200]}",
                   "Install it again: uv sync --reinstall-package PySide6-Essentials")  # fmt: skip


def check_memory(headless: Headless) -> Finding:
    """Main memory that is free now."""
    memory = psutil.virtual_memory()
    words = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free"
    if memory.available < _MEMORY_LOW:
        return Finding(
            "memory", "warning", words, "Enough for the starter; large models need more."
        )
    return Finding("memory", "good", words)


def check_disk(headless: Headless) -> Finding:
    """Room and permission where the pictures go."""
    folder = headless.home.pictures
    there = next(p for p in (folder, *folder.parents) if _is_there(p))
    try:
        free = shutil.disk_usage(there).free
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        return Finding("disk", "bad", f"{folder} cannot be written to ({error.strerror})",
                       "Set STUDIO_HOME to a folder of your own.")  # fmt: skip
    words = f"{free / 1e9:.1f} GB free for pictures in {folder}"
    if free < _FREE_LOW:
        return Finding("disk", "warning", words, "Free some space soon.")
    return Finding("disk", "good", words)


def check_models(headless: Headless) -> Finding:
    """The models that can be used."""
    models = headless.engine().models()
    usable = [info.id for info in models if not info.problem]
    broken = [f"{info.id}: {info.problem}" for info in models if info.problem]
    where = headless.home.models
    if not usable:
        return Finding("models", "bad", "; ".join(broken) or "none found",
                       f"Put a .safetensors model or a diffusers folder into {where}")  # fmt: skip
    words = f"{len(usable)} can be used: {', '.join(usable[:8])}"
    if broken:
        return Finding("models", "warning", words, "Not usable: " + "; ".join(broken[:5]))
    return Finding("models", "good", words)


def check_clips(headless: Headless) -> Finding:
    """The CLIP models that can read pictures and words, and why others cannot be used."""
    clips = open_concepts(headless.home).models()
    usable = [info.id for info in clips if not info.problem]
    broken = [_named(info.name, info.problem) for info in clips if info.problem]
    where = headless.home.models / "clip"
    if not usable:
        return Finding("CLIP models", "bad", "; ".join(broken) or "none found",
                       f"Put a CLIP as .safetensors into {where}")  # fmt: skip
    words = f"{len(usable)} can be used: {', '.join(usable[:8])}"
    if broken:
        return Finding("CLIP models", "warning", words, "Not usable: " + " ".join(broken[:5]))
    return Finding("CLIP models", "good", words)


def _named(name: str, problem: str) -> str:
    return problem if problem.startswith(name) else f"{name}: {problem}"


def check_library(headless: Headless) -> Finding:
    """The library's index."""
    try:
        library = headless.library()
        words = counted(library.count())
    except StudioError as error:
        return Finding("library", "bad", error.message, error.hint)
    if library.problem:
        return Finding("library", "warning", f"{words}. {library.problem}")
    return Finding("library", "good", words)


def check_settings(headless: Headless) -> Finding:
    """The file in which the window keeps its settings."""
    settings: Path = headless.home.settings_file
    if _is_there(settings) and not _is_json(settings):
        return Finding("settings", "warning", "the settings file is damaged",
                       f"It is set aside at the next start: {settings}")  # fmt: skip
    return Finding("settings", "good", "can be read" if _is_there(settings) else "none kept yet")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder that may not be entered
        return False


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(read_bounded(path, SETTINGS_MAX)), dict)
    except (StudioError, ValueError, RecursionError):
        return False
