"""What is read from disk when a take is opened. For the background worker; no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.engine.errors import StudioError
from studio.engine.record import Frame, Take
from studio.engine.request import Pixels
from studio.library.images import read_picture
from studio.library.takes import SUFFIX, load_take


@dataclass(frozen=True, slots=True)
class Opened:
    """A take from disk. pixels: its picture, or None. problem: why the take could not be read."""

    picture: Path | None
    file: Path
    take: Take | None
    pixels: Pixels | None
    size_bytes: int
    problem: StudioError | None = None


def take_file(picture: Path) -> Path:
    """Where the take of a picture lies: beside it."""
    return picture if picture.suffix == SUFFIX else picture.with_suffix(SUFFIX)


def open_take(file: Path, picture: Path | None) -> Opened:
    """Read a take and its picture. A broken take is a `problem`: the picture still opens."""
    pixels = take = problem = None
    if picture is not None:
        try:
            pixels = read_picture(picture)
        except StudioError as error:
            problem = error
    try:
        take = load_take(file)
        # Rows are read lazily; the first and the last show now whether they make sense.
        for frames in (take.frames[:1], take.frames[-1:]):
            _touch(frames)
    except StudioError as error:
        take, problem = None, error
    size = file.stat().st_size if file.exists() else 0
    return Opened(picture, file, take, pixels, size, problem)


def _touch(frames: Sequence[Frame]) -> None:
    for frame in frames:
        for lane in list(frame.lanes)[:1]:
            _ = frame.lanes[lane].shape
