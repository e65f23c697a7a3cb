"""Nothing of the machines it was written on is in the repository."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.laws.source import ROOT

SUFFIXES = {".py", ".md", ".toml", ".txt", ".json", ".svg", ".xml", ".desktop", ".yml", ".cfg", ""}
# Spelled apart, so that this file does not find itself.
PRIVATE = re.compile(
    "|".join(
        [
            "/wo" + r"rk/(?:main|shared)",
            "/ro" + "ot/",
            r"/tmp/[a-z]+/[a-z]",
            r"C:\\Users\\(?!name|you|Ann)",
            r"/home/(?!user|you|ann|name|\{|<)[a-z]+",
            "files.python" + "hosted",
            "py" + r"pi\.org/simple",
            r"\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}(?:\.\d{1,3})?:\d+",
        ]
    )
)


@cache
def files() -> list[Path]:
    names = []
    if shutil.which("git"):  # a fresh machine has none
        done = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
        names = done.stdout.splitlines() if done.returncode == 0 else []
    paths = [ROOT / name for name in names] or list((ROOT / "studio").rglob("*.py"))
    return [path for path in paths if path.is_file() and path.suffix in SUFFIXES]


def test_no_private_places():
    found = []
    for path in files():
        if path.stat().st_size > 4_000_000:
            continue
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if PRIVATE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}")
    assert not found, "\n".join(found)


def test_no_large_files_but_the_starter():
    large = [
        f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB"
        for path in files()
        if path.stat().st_size > 3_000_000 and "models" not in path.parts
    ]
    assert not large, large
