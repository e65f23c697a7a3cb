"""Strips as files to show others: contact sheet (PNG), animation (WebP, GIF), film (MP4).

Every exporter is a generator of progress, so that it can run in a job and be cancelled between
any two frames, drawn or encoded; nothing is written before everything is drawn.
"""

from __future__ import annotations

import importlib.util
import io
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from studio.engine.errors import Cancelled, StudioError
from studio.engine.record import Frame, Stage, Status
from studio.engine.request import Pixels
from studio.library.compare import signed_to_heat
from studio.library.store import write_atomic
from studio.library.strip_words import LANE, sigma_text, step_name, why_missing

SUFFIXES = {".png": "Contact sheet (PNG)", ".webp": "Animation (WebP)", ".gif": "Animation (GIF)",
            ".mp4": "Film (MP4)"}  # fmt: skip
HEAT_LANES = frozenset({"delta", "change"})
GROUND, RAISED, TEXT, MUTED = "#232529", "#2c2f34", "#e8e6e3", "#979ba3"
SIDE_MAX = 16_000  # pixels, of a sheet or a step of an animation; WebP and H.264 end soon after
GIGABYTES_MAX = 2.0  # of all steps of an animation together, before they are encoded
_GAP, _MARGIN, _LABEL, _CAPTION = 8, 16, 92, 20

Progress = Generator[Status, None, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a strip is drawn. height: of one picture, px.

    per_row: about so many steps before the sheet wraps. every: 1 = all steps,
    3 = each third one; the last step is always there. title: one line, or "".
    speed: steps per second of an animation. hold: seconds that its last step stays.
    """

    lanes: tuple[str, ...] = ("noisy", "x0", "delta")
    height: int = 128
    per_row: int = 20
    every: int = 1
    has_captions: bool = True
    title: str = ""
    speed: float = 8.0
    hold: float = 1.5


def has_video() -> bool:
    """Whether PyAV is installed, so that MP4 can be written."""
    spec = importlib.util.find_spec("av")
    return spec is not None and spec.origin is not None  # not some folder of that name


def lane_picture(frame: Frame, lane: str) -> Pixels | None:
    """A lane as it is shown: signed lanes become heat maps. None where the lane is absent."""
    if lane not in frame.lanes:
        return None
    pixels = frame.lanes[lane]
    return signed_to_heat(pixels) if lane in HEAT_LANES else pixels


def export_strip(
    path: Path, frames: Sequence[Frame], look: Look, stop: threading.Event | None = None
) -> Generator[Status, None, Path]:
    """Draw the frames and write them to `path`; its suffix chooses the format (SUFFIXES).

    stop: heard while an animation is encoded, too, which takes longer than its drawing. Yields
    Status, returns the path. Raises StudioError with a reason, SaveFailed, Cancelled.
    """
    makers: dict[str, Callable[[Sequence[Frame], Look], Progress]] = {
        ".png": contact_sheet, ".webp": partial(animated_webp, stop=stop),
        ".gif": partial(animated_gif, stop=stop), ".mp4": film,
    }  # fmt: skip
    if not frames:
        raise StudioError("There is no strip to export.", "Make a picture first.")
    if not look.lanes:
        raise StudioError("No lane is chosen, so there is nothing to show.", "Choose one or more.")
    maker = makers.get(path.suffix.lower())
    if maker is None:
        raise StudioError(f"A strip cannot be saved as {path.suffix or 'a file without ending'}.",
                          f"Choose one of {', '.join(makers)}.")  # fmt: skip
    data = yield from maker(chosen(frames, look.every), look)
    # The last part of encoding cannot be stopped; who cancelled meanwhile still gets no file.
    yield Status(stage=Stage.SAVING, fraction=1.0, detail="Writing the file")
    write_atomic(path, data)
    return path


def chosen(frames: Sequence[Frame], every: int) -> list[Frame]:
    """Each `every`-th frame, and the last one in any case."""
    rows = list(range(0, len(frames), max(1, every)))
    if rows[-1] != len(frames) - 1:
        rows.append(len(frames) - 1)
    return [frames[row] for row in rows]


@cache
def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _cell(frame: Frame, lane: str, size: tuple[int, int]) -> Image.Image | None:
    pixels = lane_picture(frame, lane)
    if pixels is None:
        return None
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return image.resize(size, Image.Resampling.LANCZOS)


def _cell_size(frames: Sequence[Frame], look: Look) -> tuple[int, int]:
    """The size of one picture, kept in the strip's own shape."""
    for frame in frames:
        for lane in look.lanes:
            if lane in frame.lanes:
                height, width = frame.lanes[lane].shape[:2]
                return max(8, round(look.height * width / height)), look.height
    return look.height, look.height


def _caption(frame: Frame) -> str:
    """One short line under a picture; the font that ships with Pillow has no Greek letters."""
    if frame.index >= frame.total:
        return "picture"
    sigma = sigma_text(frame.sigma).replace("∞", "inf")
    return f"{frame.index + 1}   sigma {sigma}"


def contact_sheet(frames: Sequence[Frame], look: Look) -> Progress:
    """All lanes of all frames on one picture: lanes as rows, steps as columns. Returns a PNG."""
    cell = _cell_size(frames, look)
    bands = max(1, round(len(frames) / max(1, look.per_row)))
    per_row = -(-len(frames) // bands)  # rows of one length rather than a last one with a crumb
    caption = _CAPTION if look.has_captions else 0
    head = 36 if look.title else 0
    band = len(look.lanes) * (cell[1] + _GAP) + caption + _GAP
    size = (2 * _MARGIN + _LABEL + per_row * (cell[0] + _GAP), 2 * _MARGIN + head + bands * band)
    if max(size) > SIDE_MAX:
        raise StudioError(f"The sheet would be {size[0]} × {size[1]} pixels.",
                          "Choose a smaller height, fewer lanes, or every few steps.")  # fmt: skip
    sheet = Image.new("RGB", size, GROUND)
    draw = ImageDraw.Draw(sheet)
    if look.title:
        draw.text((_MARGIN, _MARGIN), look.title[:200], font=_font(16), fill=TEXT)
    for place, frame in enumerate(frames):
        at = (_MARGIN + _LABEL + place % per_row * (cell[0] + _GAP),
              _MARGIN + head + place // per_row * band)  # fmt: skip
        if place % per_row == 0:
            _draw_labels(draw, look, at[1], cell[1], frames)
        _draw_column(sheet, draw, frame, look, (at, cell))
        yield Status(stage=Stage.SAVING, fraction=place / len(frames), detail="Drawing the sheet")
    return _encoded(sheet, "PNG")


def _draw_labels(draw: Any, look: Look, top: int, height: int, frames: Sequence[Frame]) -> None:
    for row, lane in enumerate(look.lanes):
        middle = top + row * (height + _GAP) + height // 2
        draw.text((_MARGIN, middle), LANE[lane].label, font=_font(13), fill=MUTED, anchor="lm")
        reason = why_missing(lane, frames)
        if reason:
            place = (_MARGIN + _LABEL + 8, middle)
            draw.text(place, reason, font=_font(13), fill=TEXT, anchor="lm")


def _draw_column(
    sheet: Image.Image,
    draw: Any,
    frame: Frame,
    look: Look,
    place: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    (x, y), cell = place
    for row, lane in enumerate(look.lanes):
        top = y + row * (cell[1] + _GAP)
        picture = _cell(frame, lane, cell)
        if picture is not None:
            sheet.paste(picture, (x, top))
    if look.has_captions:
        top = y + len(look.lanes) * (cell[1] + _GAP) - 2
        draw.text((x, top), _caption(frame), font=_font(11), fill=MUTED)


def animation_frames(
    frames: Sequence[Frame], look: Look
) -> Generator[Status, None, list[Image.Image]]:
    """One picture per step with the chosen lanes side by side, of even size (films want it).

    Raises StudioError if they would be too large for the format, or all together for the memory.
    """
    cell = _cell_size(frames, look)
    width, height = _moment_size(look, cell)
    gigabytes = 4 * width * height * len(frames) / 2**30
    if gigabytes > GIGABYTES_MAX:
        raise StudioError(f"The animation would take {gigabytes:.1f} GB of memory.",
                          "Choose a smaller height, fewer lanes, or every few steps.")  # fmt: skip
    pictures = []
    for place, frame in enumerate(frames):
        pictures.append(_moment(frame, look, cell))
        yield _drawing(place, frames)
    return pictures


def _drawing(place: int, frames: Sequence[Frame]) -> Status:
    return Status(stage=Stage.SAVING, fraction=place / len(frames), detail="Drawing the steps")


def _moment_size(look: Look, cell: tuple[int, int]) -> tuple[int, int]:
    """Width and height of one step of an animation. Raises StudioError if no format takes it."""
    caption = _CAPTION + 4 if look.has_captions else 0
    width = len(look.lanes) * cell[0] + (len(look.lanes) - 1) * _GAP
    size = (width + width % 2, cell[1] + caption + (cell[1] + caption) % 2)
    if max(size) > SIDE_MAX:
        raise StudioError(f"The animation would be {size[0]} × {size[1]} pixels.",
                          "Choose a smaller height, or fewer lanes.")  # fmt: skip
    return size


def _moment(frame: Frame, look: Look, cell: tuple[int, int]) -> Image.Image:
    """One step of an animation."""
    canvas = Image.new("RGB", _moment_size(look, cell), GROUND)
    for row, lane in enumerate(look.lanes):
        picture = _cell(frame, lane, cell)
        if picture is not None:
            canvas.paste(picture, (row * (cell[0] + _GAP), 0))
    if look.has_captions:
        text = f"{step_name(frame.index, frame.total)}   {_caption(frame).partition('   ')[2]}"
        ImageDraw.Draw(canvas).text((6, cell[1] + 4), text, font=_font(12), fill=TEXT)
    return canvas


def _durations(count: int, look: Look) -> list[int]:
    """Milliseconds for each picture; the last one stays."""
    step = round(1000 / max(0.1, look.speed))
    return [*[step] * (count - 1), step + round(1000 * look.hold)]


def _stoppable(pictures: list[Image.Image], stop: threading.Event | None) -> list[Image.Image]:
    """Let an encoder hear a stop: Pillow's go to the first frame of each picture they take."""

    def watched(seek: Callable[[int], None], frame: int) -> None:
        if stop is not None and stop.is_set():
            raise Cancelled
        seek(frame)

    for picture in pictures:
        picture.seek = partial(watched, picture.seek)  # type: ignore[method-assign]
    return pictures


def animated_webp(
    frames: Sequence[Frame], look: Look, stop: threading.Event | None = None
) -> Progress:
    """An endless animation in WebP. stop: heard while it is encoded."""
    pictures = _stoppable((yield from animation_frames(frames, look)), stop)
    return _encoded(
        pictures[0], "WEBP", save_all=True, append_images=pictures[1:], loop=0, quality=88,
        duration=_durations(len(pictures), look), method=4,
    )  # fmt: skip


def animated_gif(
    frames: Sequence[Frame], look: Look, stop: threading.Event | None = None
) -> Progress:
    """An endless animation in GIF: 256 colours, for places that take nothing else. stop: heard
    while it is encoded.
    """
    pictures = _stoppable((yield from animation_frames(frames, look)), stop)
    return _encoded(
        pictures[0], "GIF", save_all=True, append_images=pictures[1:], loop=0, optimize=False,
        duration=_durations(len(pictures), look), disposal=1,
    )  # fmt: skip


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def film(frames: Sequence[Frame], look: Look) -> Progress:
    """An H.264 film in MP4. Raises StudioError where PyAV is not installed."""
    if not has_video():
        raise StudioError("Films need the PyAV package, which is not installed.",
                          "Save as WebP, or install latent-studio[video].")  # fmt: skip
    import av  # an optional dependency

    buffer = io.BytesIO()
    rate = Fraction(max(0.1, look.speed)).limit_denominator(1000)  # 2.5 steps a second are 5/2
    cell = _cell_size(frames, look)
    with av.open(buffer, mode="w", format="mp4") as container:
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height = _moment(frames[-1], look, cell).size
        stream.pix_fmt = "yuv420p"
        held = [frames[-1]] * max(1, round(rate * look.hold))
        for place, frame in enumerate([*frames, *held]):  # one by one: 1,000 steps are many
            picture = _moment(frame, look, cell)
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
            yield _drawing(min(place, len(frames) - 1), frames)
        container.mux(stream.encode(None))
    return buffer.getvalue()
