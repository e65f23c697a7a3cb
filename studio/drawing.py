"""Draw a concept expression: engine, library and concepts meet here (window and headless)."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import production
from studio.concepts.concepts import Concepts, Places
from studio.engine.record import Frame, Stage, Status
from studio.engine.request import GenerationRequest, Pixels
from studio.library.home import Home
from studio.library.saving import Saved
from studio.library.store import write_atomic
from studio.library.takes import load_take
from studio.resources import resource

if TYPE_CHECKING:
    from studio.engine.engine import Engine


def open_concepts(home: Home, device: str = "auto") -> Concepts:
    """The concepts room over a home: the starter's CLIP, the user's models, the user's indexes."""
    models = (resource("models/starter"), home.models / "clip", home.models)
    lists = sorted((home.data / "vocabulary").glob("*.txt"))
    places = Places(models=models, indexes=home.indexes, thumbnails=home.thumbnails / "concepts",
                    vocabulary=resource("vocabulary"), user_lists=tuple(lists))  # fmt: skip
    return Concepts(places, write=write_atomic, read_frames=predicted_pictures, device=device)


def predicted_pictures(take: Path) -> list[tuple[int, Pixels]]:
    """The predicted picture of every step of a strip file. Raises BrokenFile or UnsafeFile."""
    frames = load_take(take).frames
    return [(frame.index, frame.lanes["x0"]) for frame in frames if "x0" in frame.lanes]


def produce(
    engine: Engine,
    library: production.Keeper,
    concepts: Concepts,
    request: GenerationRequest,
    stop: threading.Event,
    **options: Any,
) -> Generator[Status | Frame, None, Saved]:
    """As production.produce; a request with a concept is completed and, if asked so, steered.

    A concept read back from a picture's settings has no vector: it is worked out again. Raises
    StudioError when the expression cannot be evaluated, e.g. because its picture is gone.
    """
    if request.concept is not None:
        yield Status(stage=Stage.ENCODING, detail="concept")
        concept = concepts.completed(request.concept)
        request = request.edit(concept=concept)
        if concept.way == "guidance":
            options["steer"] = concepts.steer(concept, engine.decoder(request))
    return (yield from production.produce(engine, library, request, stop, **options))
