"""The door of the engine: text to image for every other room. Imports torch only when used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.engine.importing import HEAVY_IMPORTS, import_libraries, preload
from studio.engine.models.devices import prepare_environment
from studio.engine.record import Frame, Result, Stage, Status, Step
from studio.engine.request import GenerationRequest, Pixels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from studio.engine.denoise import Plan, Steered
    from studio.engine.models.catalog import ModelInfo
    from studio.engine.models.loader import ModelStore


class Engine:
    """Makes pictures. One thread generates; `sharp` and `encode_image` may run on another.

    models: folders in which models are looked for, the shipped one first. device: "auto", "cpu",
    "cuda" or "mps". cache: a folder for what can be found out again. Building an Engine reads no
    model and imports no torch.
    """

    def __init__(
        self, models: Sequence[Path], device: str = "auto", cache: Path | None = None
    ) -> None:
        prepare_environment()
        self._roots = tuple(models)
        self._device = device
        self._cache = cache
        self._store: ModelStore | None = None

    def models(self) -> list[ModelInfo]:
        """Every model on disk, also those with a problem; headers only."""
        return self._scan("model")

    def loras(self) -> list[ModelInfo]:
        """Every LoRA on disk."""
        return self._scan("lora")

    def _scan(self, kind: str) -> list[ModelInfo]:
        # Not at the top: the window is up before anything is looked for.
        from studio.engine.models import catalog

        return [info for info in catalog.scan(self._roots) if info.kind == kind]

    def store(self) -> ModelStore:
        """The models in memory. The first call imports torch: seconds."""
        with HEAVY_IMPORTS:
            if self._store is None:
                preload()
                from studio.engine.hashing import remember_in
                from studio.engine.models.loader import ModelStore

                if self._cache is not None:
                    remember_in(self._cache / "model-hashes.json")
                self._store = ModelStore(self._roots, self._device)
            return self._store

    def warm_up(
        self, model: str | None = None, stop: threading.Event | None = None
    ) -> Iterator[Status]:
        """Import the libraries and load a model, so that the first picture need not wait.

        model: None = the default; "" = import only. A model that cannot be loaded is no error here.
        Raises Cancelled once `stop` is set.
        """
        stop = stop or threading.Event()
        yield from self.open_libraries(stop)
        with HEAVY_IMPORTS:
            from studio.engine import memory
            from studio.engine.errors import StudioError
            from studio.engine.models import catalog
        store = self.store()
        memory.freeze()
        if model == "":
            return
        try:
            yield from store.load(model or catalog.DEFAULT_MODEL, stop)
        except StudioError:
            return

    def open_libraries(
        self, stop: threading.Event, *, is_for_all: bool = False
    ) -> Iterator[Status]:
        """Import torch and all that making a picture needs; nothing if that is done.

        is_for_all: on a thread of its own, for which those that make pictures wait: a stop ends
        their waiting at once. Raises Cancelled once `stop` is set.
        """
        for fraction in import_libraries(stop, is_for_all=is_for_all):
            yield Status(stage=Stage.OPENING, fraction=fraction)

    def generate(
        self,
        request: GenerationRequest,
        *,
        stop: threading.Event,
        fork: Step | None = None,
        arrays: Mapping[str, NDArray[np.float32]] | None = None,
        steer: Callable[[Step, Plan], Steered] | None = None,
        conditions: Mapping[str, str] | None = None,
        has_frames: bool = True,
    ) -> Generator[Status | Frame, None, Result]:
        """Make one picture: yields Status and Frame, returns the Result.

        fork: start from this step of another run with this request's settings; with unchanged
        settings and the same steer the bytes are those of that run. arrays: of the take that is
        forked. steer: gives another x0 at each step, and what it remembers of it; it may ask the
        plan for another guess. conditions: what its bytes depend on. has_frames False: no
        previews. Raises Cancelled (with its take) after `stop` is set, or a StudioError.
        """
        yield from self.open_libraries(stop)
        store = self.store()
        with HEAVY_IMPORTS:
            from studio.engine.generate import Run
            from studio.engine.generate import generate as run_all

        run = Run(request=request, store=store, stop=stop, fork=fork, arrays=arrays or {},
                  steer=steer, has_frames=has_frames,
                  conditions=dict(conditions or {}))  # fmt: skip
        return (yield from run_all(run))

    def sharp(self, step: Step, lane: str, request: GenerationRequest) -> Pixels:
        """One lane of one step, [H, W, 3], decoded by the model's own decoder. For any thread.

        lane: "noisy", "x0", "cond", "uncond" or "delta" (the difference that guidance makes).
        Raises StudioError if the lane does not exist at this step.
        """
        store = self.store()
        with HEAVY_IMPORTS:
            from studio.engine import sharp

        return sharp.lane(store, step, lane, request)

    def encode_image(self, picture: Pixels, request: GenerationRequest) -> NDArray[np.float32]:
        """A picture's latents [1, C, h, w] under the request's model. For any thread."""
        store = self.store()
        with HEAVY_IMPORTS:
            from studio.engine import sharp

        return sharp.encode(store, picture, request)

    def decoder(self, request: GenerationRequest) -> Callable[[Tensor], Tensor]:
        """Latents [B, C, h, w] to pictures [B, 3, H, W] in -1 .. 1, through which gradients flow.

        For steering by CLIP inside `steer`. Loads nothing while that model is in memory.
        """
        store = self.store()
        with HEAVY_IMPORTS:
            from studio.engine import sharp

        return sharp.decoder(store, request)

    def conditions(self, request: GenerationRequest) -> dict[str, str]:
        """Versions, device, threads and hashes of files that the request's bytes depend on."""
        store = self.store()
        with HEAVY_IMPORTS:
            from studio.engine.conditions import conditions

        loras = [path for path, _ in store.loras(request.loras)]
        return conditions(store.find(request.model), store.device, loras)

    def unload(self) -> None:
        """Free the model in memory."""
        if self._store is not None:
            self._store.unload()
