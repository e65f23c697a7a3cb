"""Nothing of the machines it was written on is in the repository."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.laws.source import ROOT

LARGE_BYTES, CHECKOUT_BYTES = 3_000_000, 48_000_000
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
def whole_checkout() -> list[Path]:
    """Every file that git knows or would take; without git, the product's own."""
    names = []
    if shutil.which("git"):  # a fresh machine has none
        done = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
        names = done.stdout.splitlines() if done.returncode == 0 else []
    paths = [ROOT / name for name in names] or list((ROOT / "studio").rglob("*.py"))
    return [path for path in paths if path.is_file()]


def files() -> list[Path]:
    """Those of them that hold text."""
    return [path for path in whole_checkout() if path.suffix in SUFFIXES]


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
    """Of whatever kind: a picture or an archive weighs as much as a text."""
    models = ROOT / "resources" / "models"
    large = [
        f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB"
        for path in whole_checkout()
        if path.stat().st_size > LARGE_BYTES and models not in path.parents
    ]
    assert not large, large


def test_a_checkout_is_light():
    assert sum(path.stat().st_size for path in whole_checkout()) < CHECKOUT_BYTES


def test_all_that_comes_from_others_is_named_in_a_notice():
    """Word lists and pictures: each shipped file stands in the notice beside it."""
    folder = ROOT / "resources" / "vocabulary"
    told = (folder / "NOTICE.md").read_text(encoding="utf-8")
    shipped = {path.name for path in folder.iterdir()} - {"NOTICE.md"}
    assert shipped
    assert not {name for name in shipped if f"`{name}`" not in told}
