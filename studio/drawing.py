"""Draw a concept expression: engine, library and concepts meet here (window and headless)."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from studio import production
from studio.engine.record import Frame, Stage, Status
from studio.engine.request import GenerationRequest
from studio.library.saving import Saved

if TYPE_CHECKING:
    from studio.concepts.concepts import Concepts
    from studio.engine.engine import Engine


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
