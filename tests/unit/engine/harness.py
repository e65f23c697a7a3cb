"""Helpers of the engine's tests: one engine on the tiny models, and a run in one line."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from studio.engine.engine import Engine
from studio.engine.record import Frame, Result, Stage, Status
from studio.engine.request import GenerationRequest
from tests import tiny_models


@cache
def engine() -> Engine:
    """One engine for the whole session, so that a model is loaded once per change of model."""
    return Engine([tiny_models.root()], "cpu")


def ask(kind: str = "sd", **fields: Any) -> GenerationRequest:
    settings: dict[str, Any] = {
        "model": str(tiny_models.folder(kind)), "prompt": "a red apple", "steps": 4,
        "negative_prompt": "blurry", "width": 64, "height": 64, "seed": 3,
    }  # fmt: skip
    return GenerationRequest(**settings | fields)


def run(request: GenerationRequest, *, stop: threading.Event | None = None, **kw: Any) -> Result:
    """Generate to the end."""
    return drain(request, stop=stop, **kw)[1]


def drain(
    request: GenerationRequest, *, stop: threading.Event | None = None, **kw: Any
) -> tuple[list[Status | Frame], Result]:
    """All that was yielded, and the result."""
    items: list[Status | Frame] = []
    generator = engine().generate(request, stop=stop or threading.Event(), **kw)
    while True:
        try:
            items.append(next(generator))
        except StopIteration as end:
            return items, end.value


def stages(items: list[Status | Frame]) -> list[Stage]:
    """The stages in order, each once in a row."""
    seen: list[Stage] = []
    for item in items:
        if isinstance(item, Status) and (not seen or seen[-1] is not item.stage):
            seen.append(item.stage)
    return seen
