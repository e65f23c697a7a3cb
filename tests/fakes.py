"""Small stand-ins for slow or absent things: takes without a model, an engine without torch.

They are for tests of the rooms around the engine; the engine's own tests use tiny real models.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studio.engine.errors import Cancelled, StudioError
from studio.engine.levels import Level
from studio.engine.record import LANES, Frame, Past, Result, Stage, Status, Step, Take
from studio.engine.request import GenerationRequest


def picture(width: int = 64, height: int = 64, seed: int = 0) -> np.ndarray:
    """[H, W, 3] uint8: smooth colours, different for each seed."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (7 + c) + seed) + np.cos(y / (9 - c) + seed * 2) for c in range(3)]
    return ((np.stack(waves, -1) + 2) * 63).astype(np.uint8)


def make_frame(index: int, total: int, *, side: int = 32, lanes: Sequence[str] = LANES) -> Frame:
    """A frame with a picture in each lane."""
    return Frame(
        index=index,
        total=total,
        sigma=float("inf") if index == 0 else 10.0 * (1 - index / total),
        timestep=999.0 * (1 - index / total),
        seconds=0.01,
        change=0.0 if index == 0 else 0.5 / index,
        guidance_scale=5.0,
        lanes={name: picture(side, side, seed=index + 7 * i) for i, name in enumerate(lanes)},
    )


def make_steps(
    total: int = 4, *, shape: tuple[int, ...] = (1, 4, 8, 8), seed: int = 0, dtype: Any = None
) -> list[Step]:
    """total + 1 steps as a second-order sampler leaves them; random tensors."""
    import torch

    dtype = dtype or torch.float32
    generator = torch.Generator("cpu").manual_seed(seed)
    steps: list[Step] = []
    past: tuple[Past, ...] = ()
    for index in range(total + 1):
        s = 1 - index / total
        level = Level((1 - s * s) ** 0.5, s, 999.0 * s)
        is_last = index == total
        x, x0, cond, uncond = (torch.randn(shape, generator=generator).to(dtype) for _ in range(4))
        rng = generator.get_state()
        step = Step(
            index=index, total=total, level=level, x=x, past=past, rng=rng,
            cond=None if is_last else cond, uncond=None if is_last else uncond,
            x0=x if is_last else x0, guidance_scale=5.0, seconds=0.01,
        )  # fmt: skip
        steps.append(step)
        past = (*past, Past(x, x0, level))[-2:]
    return steps


def make_take(
    request: GenerationRequest | None = None,
    *,
    steps: int = 4,
    shape: tuple[int, ...] = (1, 4, 8, 8),
    take_id: str = "take-0",
    state: str = "finished",
    side: int = 32,
    parent: tuple[str, int] | None = None,
) -> Take:
    """A whole take with tensors and frames."""
    request = request or GenerationRequest(prompt="a red fox", steps=steps, seed=7)
    return Take(
        id=take_id,
        request=request,
        steps=make_steps(steps, shape=shape, seed=request.seed),
        frames=[make_frame(i, steps, side=side) for i in range(steps + 1)],
        state=state,
        parent=parent,
        conditions={"torch": "2.15.0", "device": "cpu"},
    )


def make_result(request: GenerationRequest | None = None, **take: Any) -> Result:
    """What a finished job gives back."""
    request = request or GenerationRequest(prompt="a red fox", steps=4, width=64, height=64)
    return Result(
        picture=picture(request.width, request.height, request.seed),
        take=make_take(request, **take),
        seconds={"Denoising": 0.5, "Developing the picture": 0.1},
    )


class FakeEngine:
    """Looks like studio.engine.engine.Engine and makes pictures of waves, without a model.

    fail: raised after the first frame. Every request is kept in `requests`.
    """

    def __init__(self, *, fail: StudioError | None = None, has_tensors: bool = False) -> None:
        self.requests: list[GenerationRequest] = []
        self.fail = fail
        self.has_tensors = has_tensors

    def models(self) -> list[Any]:
        return []

    def warm_up(self, stop: threading.Event | None = None) -> Iterator[Status]:
        yield Status(stage=Stage.LOADING, fraction=1.0)

    def conditions(self, request: GenerationRequest) -> dict[str, str]:
        return {"device": "cpu", "sampler": request.sampler}

    def unload(self) -> None:
        pass

    def generate(
        self,
        request: GenerationRequest,
        *,
        stop: threading.Event,
        fork: Step | None = None,
        arrays: Mapping[str, Any] | None = None,
        steer: Any = None,
        conditions: Any = None,
    ) -> Generator[Status | Frame, None, Result]:
        self.requests.append(request)
        frames: list[Frame] = []
        start = fork.index if fork else 0
        take_id = f"fake-{len(self.requests)}"
        for index in range(start, request.steps + 1):
            if stop.is_set():
                raise Cancelled(self._take(request, take_id, frames, "cancelled"))
            frames.append(make_frame(index, request.steps))
            yield Status(stage=Stage.DENOISING, fraction=index / request.steps)
            yield frames[-1]
            if self.fail is not None:
                raise self.fail
        yield Status(stage=Stage.DECODING)
        take = self._take(request, take_id, frames, "finished")
        pixels = picture(request.width, request.height, request.seed)
        return Result(picture=pixels, take=take, seconds={"Denoising": 0.01})

    def _take(
        self, request: GenerationRequest, take_id: str, frames: list[Frame], state: str
    ) -> Take:
        steps = make_steps(request.steps, seed=request.seed) if self.has_tensors else []
        return Take(
            id=take_id, request=request, steps=steps[: len(frames)], frames=frames, state=state,
            parent=request.parent, conditions=self.conditions(request),
        )  # fmt: skip


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, to see what an operation changed."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
