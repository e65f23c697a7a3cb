"""What is read from disk when a take is opened. For the background worker; no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.engine.errors import StudioError
from studio.engine.record import Frame, Take
from studio.engine.request import GenerationRequest, Pixels
from studio.library.images import read_picture
from studio.library.metadata import read_settings
from studio.library.takes import SUFFIX, load_take


@dataclass(frozen=True, slots=True)
class Opened:
    """A take from disk. pixels: its picture, or None. problem: why the take could not be read.

    request: of the take, else what the picture's own metadata tells, else the defaults.
    """

    picture: Path | None
    file: Path
    take: Take | None
    pixels: Pixels | None
    size_bytes: int
    request: GenerationRequest
    problem: StudioError | None = None


def take_file(picture: Path) -> Path:
    """Where the take of a picture lies: beside it."""
    return picture if picture.suffix == SUFFIX else picture.with_suffix(SUFFIX)


def open_take(file: Path, picture: Path | None) -> Opened:
    """Read a take and its picture. A broken take is a `problem`: the picture still opens.

    A picture without a take (a kept frame, a foreign one) is no problem.
    """
    pixels = take = problem = None
    request = GenerationRequest()
    if picture is not None:
        try:
            pixels = read_picture(picture)
            request = read_settings(picture).request or request
        except StudioError as error:
            problem = error
    if file.exists() or picture is None:
        try:
            take = load_take(file)
            # Rows are made whenever they are looked at, in the window, too: whether all of them
            # make sense shows now, and of the first and the last whether they can be seen.
            frames = list(take.frames)
            _touch([*frames[:1], *frames[-1:]])
            request = take.request
        except StudioError as error:
            take, problem = None, error
            if pixels is not None:
                problem = StudioError(error.message, f"The picture itself is whole. {error.hint}")
    size = file.stat().st_size if file.exists() else 0
    return Opened(picture, file, take, pixels, size, request, problem)


def picture_frame(pixels: Pixels) -> Frame:
    """A finished picture as the only frame of a strip: what remains where there is no take."""
    return Frame(
        index=1, total=1, sigma=0.0, timestep=0.0, seconds=0.0, change=0.0, guidance_scale=1.0,
        lanes={"x0": pixels},
    )  # fmt: skip


def _touch(frames: Sequence[Frame]) -> None:
    for frame in frames:
        for lane in list(frame.lanes)[:1]:
            _ = frame.lanes[lane].shape
