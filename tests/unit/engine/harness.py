"""Helpers of the engine's tests: one engine on the tiny models, and a run in one line."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Generator
from functools import cache
from typing import Any

import torch

from studio.engine.engine import Engine
from studio.engine.models.model import Model
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


def loaded(kind: str = "sd") -> Model:
    """The tiny model in the engine's memory."""
    run(ask(kind, steps=1))
    current = engine().store().current
    assert current is not None
    return current


def collect(generator: Generator[Any, None, Result], items: list[Any]) -> Result:
    """Run to the end; what was yielded goes into `items`."""
    while True:
        try:
            items.append(next(generator))
        except StopIteration as end:
            return end.value


def fail_at(monkeypatch: Any, network: Any, call: int, error: BaseException) -> list[Any]:
    """Let a network raise from its `call`-th use on. Returns weak references to what it held."""
    name = "decode" if hasattr(network, "decode") else "forward"
    real, count, kept = getattr(network, name), [0], []

    def forward(*args: Any, **kwargs: Any) -> Any:
        count[0] += 1
        held = torch.zeros(100)
        kept.append(weakref.ref(held))
        if count[0] >= call:
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(network, name, forward)
    return kept


def poison(monkeypatch: Any, network: Any, name: str, is_poisoned: Callable[[], bool]) -> None:
    """Let a network give NaN whenever `is_poisoned`."""
    real = getattr(network, name)

    def forward(*args: Any, **kwargs: Any) -> Any:
        output = real(*args, **kwargs)
        first = output[0]
        return (first * torch.nan if is_poisoned() else first, *output[1:])

    monkeypatch.setattr(network, name, forward)
