"""Deleted pictures: kept aside while they can be brought back, then given to the system's trash."""

from __future__ import annotations

import itertools
import json
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from send2trash import send2trash

from studio.engine.errors import SaveFailed
from studio.library.store import reason_of, write_atomic

_NOTE = "where.json"
log = logging.getLogger(__name__)


class Trash:
    """A hidden folder beside the pictures (so that moving is a rename), one folder a picture."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, picture_id: int, files: Sequence[Path]) -> None:
        """Move files of one picture here. Raises SaveFailed; then they are where they were."""
        place = self._folder / str(picture_id)
        moved: list[tuple[Path, Path]] = []
        try:
            _keep_older(place)
            place.mkdir(parents=True, exist_ok=True)
            write_atomic(place / _NOTE, json.dumps([str(file) for file in files]).encode())
            for file in files:
                target = place / file.name
                _move(file, target)
                moved.append((file, target))
        except (OSError, SaveFailed) as error:
            for file, target in reversed(moved):
                _move(target, file)
            shutil.rmtree(place, ignore_errors=True)
            raise _not_deleted(files[0] if files else place, error) from error

    def take_back(self, picture_id: int) -> list[Path]:
        """Move the files back and return where they are: the old names, if still free.

        Raises SaveFailed if they are gone.
        """
        place = self._folder / str(picture_id)
        try:
            wheres = [Path(name) for name in json.loads((place / _NOTE).read_bytes())]
            targets = _free(wheres)
            for where, target in zip(wheres, targets, strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                _move(place / where.name, target)
        except (OSError, ValueError, TypeError) as error:
            raise SaveFailed(
                "That picture cannot be brought back from here.",
                "Look for it in your system's trash.",
            ) from error
        shutil.rmtree(place, ignore_errors=True)
        return targets

    def flush(self) -> Iterator[int]:
        """Give everything to the system's trash; yields the ids of the pictures that went."""
        for place in sorted(self._folder.iterdir()) if self._folder.is_dir() else []:
            number, _, is_older = place.name.partition("-")
            if not number.isdigit():
                continue
            try:
                for file in place.iterdir():
                    if file.name != _NOTE:
                        send2trash(file)
                shutil.rmtree(place, ignore_errors=True)
                if not is_older:
                    yield int(number)
            except OSError as error:  # a disk without a trash: they stay here
                log.warning("could not move to the system's trash: %s", error)


def _keep_older(place: Path) -> None:
    """Put aside what lies here of another picture: an index that was made anew counts anew."""
    if place.is_dir():
        taken = {other.name for other in place.parent.iterdir()}
        number = next(n for n in itertools.count(1) if f"{place.name}-{n}" not in taken)
        os.replace(place, place.with_name(f"{place.name}-{number}"))


def _not_deleted(file: Path, error: OSError | SaveFailed) -> SaveFailed:
    cause = error if isinstance(error, OSError) else error.__cause__
    reason = reason_of(cause)[0] if isinstance(cause, OSError) else "its place cannot be noted"
    return SaveFailed(f"{file.name} could not be deleted: {reason}.",
                      "It is where it was. Your file manager may be able to.")  # fmt: skip


def _free(wheres: list[Path]) -> list[Path]:
    """The same names, or all of them with " restored" where one has been taken meanwhile."""
    number = 0
    targets = wheres
    while any(target.exists() for target in targets):
        number += 1
        mark = " restored" if number == 1 else f" restored {number}"
        targets = [where.with_name(f"{where.stem}{mark}{where.suffix}") for where in wheres]
    return targets


def _move(source: Path, target: Path) -> None:
    try:
        os.replace(source, target)
    except OSError as error:
        if not target.parent.is_dir() or source.stat().st_dev == target.parent.stat().st_dev:
            raise
        log.debug("another disk (%s): copying", error)
        shutil.move(source, target)
