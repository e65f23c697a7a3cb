"""Where the files that ship with the program are: the starter model, icons, vocabulary."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def resource_root() -> Path:
    """The folder of shipped files: inside an installed wheel, or beside studio/ in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"


def resource(name: str) -> Path:
    """The path of one shipped file or folder, e.g. resource("models/starter")."""
    return resource_root() / name
