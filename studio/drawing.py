"""Draw a concept expression: engine, library and concepts meet here (window and headless)."""

from __future__ import annotations

import os
import threading
from collections.abc import Container, Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio import production
from studio.concepts.concepts import Concepts, Places
from studio.engine.errors import StudioError
from studio.engine.record import Frame, Result, Stage, Status, Take
from studio.engine.request import GenerationRequest, Pixels
from studio.library.home import Home
from studio.library.saving import Saved
from studio.library.store import write_atomic
from studio.library.takes import load_take
from studio.library.thumbnails import Thumbnails
from studio.resources import resource

if TYPE_CHECKING:
    from studio.engine.engine import Engine


COARSE_PX = 96  # previews with a shorter side than this say too little to CLIP


def open_concepts(
    home: Home, device: str = "auto", engine: Engine | None = None, milvus: str | None = None
) -> Concepts:
    """The concepts room over a home: the starter's CLIP, the user's models, the user's indexes.

    engine: decodes strips whose previews are too coarse to be searched; None = take them as is.
    milvus: address of a shared index; None = what STUDIO_MILVUS names, if anything.
    """
    if milvus is None:
        milvus = os.environ.get("STUDIO_MILVUS", "").strip()
    models = (resource("models/starter"), home.models / "clip", home.models)
    lists = sorted((home.data / "vocabulary").glob("*.txt"))
    places = Places(models=models, indexes=home.indexes, thumbnails=home.thumbnails / "concepts",
                    vocabulary=resource("vocabulary"), user_lists=tuple(lists))  # fmt: skip
    return Concepts(places, write=write_atomic, device=device, milvus=milvus,
                    gallery=Thumbnails(home.thumbnails).place,
                    read_frames=partial(predicted_pictures, engine=engine))  # fmt: skip


def predicted_pictures(path: Path, *, engine: Engine | None = None) -> list[tuple[int, Pixels]]:
    """The predicted picture of every step of a strip file. Raises BrokenFile or UnsafeFile.

    engine: decodes the steps properly where the previews are too coarse and the model is there.
    """
    take = load_take(path)
    shown = [frame for frame in take.frames if "x0" in frame.lanes]
    pictures = {frame.index: np.asarray(frame.lanes["x0"]) for frame in shown}
    is_coarse = any(min(picture.shape[:2]) < COARSE_PX for picture in pictures.values())
    if engine is not None and is_coarse:
        pictures |= _decoded(engine, take, pictures)
    return sorted(pictures.items())


def _decoded(engine: Engine, take: Take, wanted: Container[int]) -> dict[int, Pixels]:
    """Steps by the model's own decoder, as many as it can; none without the model."""
    found: dict[int, Pixels] = {}
    try:
        for step in take.steps:
            if step.index in wanted and step.x0 is not None:
                found[step.index] = engine.sharp(step, "x0", take.request)
    except StudioError:
        pass  # the previews stand in
    if found and take.steps:
        last = max(found)  # the finished picture has no step; it is what the last one predicts
        found |= {index: found[last] for index in range(last + 1, last + 2) if index in wanted}
    return found


class Guided:
    """An engine that completes a request's concept and, if asked so, steers by CLIP.

    For pictures, forks and replays alike. A concept read back from a picture's settings has no
    vector: it is worked out again. Raises StudioError when the expression cannot be evaluated,
    e.g. because its picture is gone.
    """

    def __init__(self, engine: Engine, concepts: Concepts) -> None:
        self._engine, self._concepts = engine, concepts

    def generate(
        self, request: GenerationRequest, **options: Any
    ) -> Generator[Status | Frame, None, Result]:
        """Make one picture; options as for Engine.generate."""
        if request.concept is not None:
            yield Status(stage=Stage.ENCODING, detail="concept")
            concept = self._concepts.completed(request.concept)
            request = request.edit(concept=concept)
            if concept.way == "guidance":
                steer = self._concepts.steer(concept, self._engine.decoder(request))
                options |= {"steer": steer, "conditions": {"clip": steer.model}}
        return (yield from self._engine.generate(request, **options))


def produce(
    engine: Engine,
    library: production.Keeper,
    concepts: Concepts,
    request: GenerationRequest,
    stop: threading.Event,
    **options: Any,
) -> Generator[Status | Frame, None, Saved]:
    """As production.produce, with concepts (see Guided)."""
    guided = Guided(engine, concepts)
    return (yield from production.produce(guided, library, request, stop, **options))
