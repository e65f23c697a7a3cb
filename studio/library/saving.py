"""From a finished run to files: the picture first, then its take. No index here."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.engine.errors import SaveFailed
from studio.engine.record import Result, Take
from studio.engine.request import GenerationRequest, Pixels
from studio.library.metadata.png import write_png
from studio.library.store import new_path, write_atomic
from studio.library.takes import SUFFIX, save_take

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A picture that is on disk.

    picture: [H, W, 3] as saved. take: the run, None for a picture without one. take_path: None
    if it was not kept; warning then says why, if that was not wished. seconds: by stage.
    id: the row in the library's index, 0 outside the library.
    """

    path: Path
    picture: Pixels
    take: Take | None = None
    take_path: Path | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    warning: str = ""
    id: int = 0


class NotSaved(SaveFailed):
    """The picture was made but could not be written; it is still here, to be saved elsewhere."""

    def __init__(self, failure: SaveFailed, result: Result) -> None:
        super().__init__(failure.message, f"{failure.hint} The picture is kept until then.")
        self.reason = failure
        self.result = result
        self.take = result.take


def facts_of(take: Take, **more: Any) -> dict[str, Any]:
    """What the picture's own chunk says about the take it comes from."""
    return {
        "take_id": take.id,
        "state": take.state,
        "name": take.name,
        "parent": list(take.parent) if take.parent else None,
        "conditions": dict(take.conditions),
        "model_hash": take.conditions.get("model_hash", ""),
        **more,
    }


def save_picture(
    folder: Path,
    picture: Pixels,
    request: GenerationRequest | None,
    facts: Mapping[str, Any] | None = None,
    *,
    has_settings: bool = True,
) -> Path:
    """Write a picture under a fresh name in today's folder. Raises SaveFailed."""
    data = write_png(picture, request, facts, has_settings=has_settings)
    path = new_path(folder, ".png")
    try:
        write_atomic(path, data)
    except BaseException:
        path.unlink(missing_ok=True)  # the reserved name, still empty
        raise
    return path


def save_take_beside(picture: Path, take: Take) -> tuple[Path | None, str]:
    """Write the take beside its picture; return its path, or None and the reason in words."""
    path = picture.with_suffix(SUFFIX)
    try:
        save_take(path, take)
    except SaveFailed as error:
        log.warning("the take was not kept: %s", error)
        return None, f"The picture is saved, but its filmstrip is not: {error.message} {error.hint}"
    return path, ""


def last_look(take: Take) -> Pixels | None:
    """The newest predicted picture of an unfinished take, enlarged to the size that was asked."""
    for frame in reversed(take.frames):
        lane = next((name for name in ("x0", "cond", "noisy") if name in frame.lanes), None)
        if lane is not None:
            size = (take.request.width, take.request.height)
            image = Image.fromarray(np.ascontiguousarray(frame.lanes[lane]))
            return np.asarray(image.resize(size, Image.Resampling.BICUBIC))
    return None
