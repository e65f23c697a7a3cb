"""Where commands write: names are checked before any work, and no file is replaced unasked.

No command itself.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection
from pathlib import Path

from studio.engine.errors import InvalidRequest, SaveFailed
from studio.library.strips import has_video


def add_overwrite_option(parser: argparse.ArgumentParser) -> None:
    """--overwrite, for every command that writes to a given name."""
    parser.add_argument(
        "--overwrite", action="store_true",
        help="replace files that have these names; without it, they stop the command at once",
    )  # fmt: skip


def expanded(path: Path) -> Path:
    """The path with ~ as the home that it stands for; as it is where nobody is of that name."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def check_output(
    args: argparse.Namespace, option: str, suffixes: Collection[str] = (), *, count: int = 1
) -> None:
    """Refuse a file name that cannot be, or must not be, written. Nothing if it is not given.

    option: "out", "take" or "strip". suffixes: what it may end in, e.g. {".png"}; empty: anything.
    count: of the files, see `numbered`. Raises InvalidRequest naming the option.
    """
    path: Path | None = vars(args).get(option)
    if path is None:
        return
    if suffixes and path.suffix.lower() not in suffixes:
        choices = " or ".join(sorted(suffixes))
        raise InvalidRequest(option, f"--{option} {path} cannot be written.", f"Use {choices}.")
    if path.suffix.lower() == ".mp4" and not has_video():
        raise InvalidRequest(option, "Films need the PyAV package, which is not installed.",
                             "Save as WebP, or install latent-studio[video].")  # fmt: skip
    try:
        is_folder = path.is_dir()
        there = next((p for p in path.absolute().parents if p.exists()), Path.cwd())
    except OSError as error:  # too long, or in a locked folder
        raise InvalidRequest(option, f"--{option} {str(path)[:200]} cannot be written "
                             f"({error.strerror}).", "Choose another name.") from None  # fmt: skip
    if is_folder:
        raise InvalidRequest(option, f"{path} is a folder.", "Give the name of a file.")
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InvalidRequest(option, f"{there} may not be written to.", "Choose another folder.")
    names = (numbered(path, number) for number in range(count))
    taken = None if args.overwrite else next((n for n in names if is_taken(n)), None)
    if taken is not None:
        raise InvalidRequest(option, f"There is a file {taken} already.",
                             "Choose another name, or add --overwrite to replace it.")  # fmt: skip


def is_taken(path: Path) -> bool:
    """Whether writing there would lose something. An empty file, as mktemp makes, holds nothing."""
    return os.path.lexists(path) and not (path.is_file() and path.stat().st_size == 0)


def check_apart(args: argparse.Namespace, *options: str) -> None:
    """Refuse one name for two results: the second would replace the first. InvalidRequest."""
    seen: dict[Path, str] = {}
    for option in options:
        path: Path | None = vars(args).get(option)
        if path is None:
            continue
        other = seen.setdefault(path.absolute(), option)
        if other != option:
            raise InvalidRequest(option, f"--{other} and --{option} name the same file.",
                                 "Give each a name of its own.")  # fmt: skip


def still_free(args: argparse.Namespace, path: Path) -> Path:
    """The path, right before it is written; SaveFailed if a file has come there meanwhile."""
    if not args.overwrite and is_taken(path):
        raise SaveFailed(f"{path.name} could not be saved: a file of that name has come meanwhile.",
                         "Choose another name, or add --overwrite to replace it.")  # fmt: skip
    return path


def numbered(path: Path, number: int) -> Path:
    """picture.png, picture-2.png, picture-3.png: the names of a batch."""
    return path if number == 0 else path.with_name(f"{path.stem}-{number + 1}{path.suffix}")


def free_name(path: Path) -> Path:
    """The first of these names that no file has, for what nobody gave a name to."""
    number = 0
    while os.path.lexists(numbered(path, number)):
        number += 1
    return numbered(path, number)
