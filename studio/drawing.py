"""Draw a concept expression: engine, library and concepts meet here (window and headless)."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio import production
from studio.concepts.concepts import Concepts, Places
from studio.engine.errors import Cancelled, StudioError
from studio.engine.record import Frame, Result, Stage, Status, Step, Take
from studio.engine.request import STEPS_MAX, GenerationRequest, Pixels
from studio.library.home import Home
from studio.library.saving import Saved
from studio.library.store import write_atomic
from studio.library.stored import indices_of
from studio.library.takes import load_take
from studio.library.thumbnails import Thumbnails
from studio.resources import resource

if TYPE_CHECKING:
    from studio.engine.engine import Engine


WAIT_SECONDS = 0.2  # between two looks whether CLIP is open
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


def predicted_pictures(path: Path, *, engine: Engine | None = None) -> Mapping[int, Pixels]:
    """The predicted picture of every step of a strip file, by step. Raises BrokenFile, UnsafeFile.

    engine: decodes the steps properly where the previews are too coarse and the model is there.
    """
    return _Predicted(load_take(path), engine)


class _Predicted(Mapping[int, Pixels]):
    """Pictures that are decoded when they are looked up: one step needs no other, and all at once
    would be more than a stranger's strip should cost.
    """

    def __init__(self, take: Take, engine: Engine | None) -> None:
        self._take, self._engine = take, engine
        self._frames = {frame.index: frame for frame in take.frames
                        if "x0" in frame.lanes and 0 <= frame.index <= STEPS_MAX}  # fmt: skip

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[int]:
        return iter(self._frames)

    def __contains__(self, index: object) -> bool:
        return index in self._frames

    def __getitem__(self, index: int) -> Pixels:
        preview = np.asarray(self._frames[index].lanes["x0"])
        if self._engine is None or min(preview.shape[:2]) >= COARSE_PX:
            return preview
        try:
            step = self._step(index)
            if step is None or step.x0 is None:
                return preview
            return self._engine.sharp(step, "x0", self._take.request)
        except (StudioError, RuntimeError, ValueError):  # the latter: tensors of a strange shape
            self._engine = None  # the model is not there: the previews stand in, for all
            return preview

    def _step(self, index: int) -> Step | None:
        """The step of a picture; the finished one is what the last step predicts."""
        places = indices_of(self._take.steps)
        found = next((place for place in (index, index - 1) if place in places), None)
        return None if found is None else self._take.steps[places.index(found)]


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
            yield from self._wait_for_clip(options.get("stop"))
            yield Status(stage=Stage.ENCODING, detail="concept")
            concept = self._concepts.completed(request.concept)
            request = request.edit(concept=concept)
            if concept.way == "guidance":
                steer = self._concepts.steer(concept, self._engine.decoder(request))
                options |= {"steer": steer, "conditions": {"clip": steer.model}}
        return (yield from self._engine.generate(request, **options))

    def _wait_for_clip(self, stop: threading.Event | None) -> Generator[Status, None, None]:
        """While the window opens CLIP and its index: say so, and hear Stop. Raises Cancelled."""
        patience = 0.0
        while self._concepts.is_opening(patience):
            if stop is not None and stop.is_set():
                raise Cancelled
            yield Status(stage=Stage.LOADING, detail="CLIP and its index of pictures")
            patience = WAIT_SECONDS


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
