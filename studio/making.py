"""Makes pictures for the window; opens the concepts room when something first needs it."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from studio.engine.record import Result
from studio.engine.request import GenerationRequest
from studio.library.home import Home
from studio.production import Keeper, produce

if TYPE_CHECKING:
    from studio.concepts.concepts import Concepts
    from studio.engine.engine import Engine
    from studio.library.saving import Saved


class Maker:
    """Called with a request, it makes and saves one picture (see state.session.Produce).

    library: keeps the pictures; may be left out where none is saved. device: of CLIP.
    """

    def __init__(
        self, engine: Engine, library: Keeper | None, home: Home, device: str = "auto"
    ) -> None:
        self._engine, self._library, self._home, self._device = engine, library, home, device
        self._concepts: Concepts | None = None
        self._lock = threading.Lock()

    def concepts(self) -> Concepts:
        """The one door of the concepts room, for the window and for pictures alike."""
        with self._lock:
            if self._concepts is None:
                # Not at the top: the window must be up before any of this is imported.
                from studio.drawing import open_concepts

                self._concepts = open_concepts(self._home, self._device, self._engine)
            return self._concepts

    def generate(self, request: GenerationRequest, **options: Any) -> Generator[Any, None, Result]:
        """Make the picture without keeping it; one with a concept is completed and steered."""
        if request.concept is None:
            return self._engine.generate(request, **options)
        from studio.drawing import Guided

        return Guided(self._engine, self.concepts()).generate(request, **options)

    def __call__(
        self, request: GenerationRequest, stop: threading.Event, **options: Any
    ) -> Generator[Any, None, Saved]:
        """Make the picture and keep it."""
        assert self._library is not None, "nowhere to keep pictures"
        return produce(self, self._library, request, stop, **options)
