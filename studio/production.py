"""Make a picture and keep it: the engine and the library meet here. For the window and headless."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from studio.engine.errors import Cancelled, SaveFailed, StudioError
from studio.engine.record import Frame, Result, Stage, Status, Step, Take
from studio.engine.request import GenerationRequest
from studio.library.replay import Maker
from studio.library.saving import NotSaved, Saved

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)


class Keeper(Protocol):
    """Whoever keeps pictures: the library, or a command that writes to a given file."""

    def save(self, result: Result) -> Saved:
        """Keep a finished picture. Raises SaveFailed."""
        ...

    def save_unfinished(self, take: Take) -> object:
        """Keep a run that was stopped. Raises SaveFailed."""
        ...


def produce(
    engine: Maker,
    library: Keeper,
    request: GenerationRequest,
    stop: threading.Event,
    *,
    fork: Step | None = None,
    arrays: Mapping[str, NDArray[np.float32]] | None = None,
    **options: Any,
) -> Generator[Status | Frame, None, Saved]:
    """Generate and save one picture; yields what the engine yields, returns what was saved.

    fork: a step of another run to start from, with its take's `arrays`. options: to the engine
    (steer). A run that is stopped, or that fails after its first step, is saved as it is, with
    its steps, before Cancelled or the StudioError goes on, which says so (`unkept`) if that failed.
    Raises NotSaved if only the disk failed.
    """
    try:
        result = yield from engine.generate(request, stop=stop, fork=fork, arrays=arrays, **options)
    except (Cancelled, StudioError) as ended:
        ended.unkept = _keep(library, ended.take)
        raise
    yield Status(stage=Stage.SAVING)
    try:
        return library.save(result)
    except SaveFailed as failure:
        raise NotSaved(failure, result) from failure
    except MemoryError as error:
        short = SaveFailed("There was not enough memory to save the picture.",
                           "Close other programs and save again.")  # fmt: skip
        raise NotSaved(short, result) from error


def _keep(library: Keeper, take: Take | None) -> SaveFailed | None:
    """Save what there is of a run; returns why that failed."""
    if take is None:
        return None
    try:
        library.save_unfinished(take)
    except SaveFailed as error:
        log.warning("the unfinished run was not kept: %s", error)
        return error
    return None
