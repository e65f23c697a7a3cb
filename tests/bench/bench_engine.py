"""What the engine costs beyond the model itself, and how fast it stops. `pytest -m bench -s`.

Costs are ratios of things measured side by side, in turns, in one run, in seconds of this process
on the processor: on a machine that others use, only those mean something.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.engine import planning
from studio.engine.engine import Engine
from studio.engine.errors import Cancelled
from studio.engine.record import Stage, Status
from studio.engine.request import GenerationRequest
from studio.resources import resource
from tests import tiny_models

STAGES = (Stage.LOADING, Stage.ENCODING, Stage.DENOISING, Stage.DECODING)
pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

TURNS = 21
STEPS = 10


def starter() -> tuple[Engine, GenerationRequest]:
    """The shipped model at 256 pixels, or where there is none, a random one of its size."""
    folder: Path = resource("models/starter")
    if not (folder / "model_index.json").exists():
        folder = tiny_models.folder("wide")
    engine = Engine([folder.parent], "cpu")
    request = GenerationRequest(model=str(folder), prompt="a cat in the desert", steps=STEPS,
                                width=256, height=256, seed=1)  # fmt: skip
    finish(engine, request.edit(steps=2))
    return engine, request


def finish(engine: Engine, request: GenerationRequest, **kw: Any) -> Any:
    generator = engine.generate(request, stop=threading.Event(), **kw)
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def in_turns(ways: dict[str, Callable[[], float]], turns: int = TURNS) -> dict[str, list[float]]:
    """Measure each way once per turn, so that all see the same machine."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(turns):
        names = list(ways) if turn % 2 == 0 else list(ways)[::-1]
        for name in names:
            seconds[name].append(ways[name]())
    return seconds


def table(title: str, rows: dict[str, list[float]], base: str) -> None:
    print(f"\n{title}")
    print(f"{'':34}{'median s':>10}{'best s':>10}{'ratio':>9}{'ratio of best':>15}")
    for name, values in rows.items():
        turns = [v / b for v, b in zip(values, rows[base], strict=True)]
        print(
            f"{name:34}{statistics.median(values):10.3f}{min(values):10.3f}"
            f"{statistics.median(turns):9.3f}{min(values) / min(rows[base]):15.3f}"
        )


@torch.no_grad()
def bare(engine: Engine, request: GenerationRequest) -> float:
    """The model called as often as the run calls it, and nothing else; hooks off."""
    model = engine.store().current
    assert model is not None
    cond, uncond = planning.conditioning_of(request, model)
    assert uncond is not None
    pair = cond.beside(uncond)
    x = torch.randn(2, *model.latent_shape(request.width, request.height)[1:])
    taken = [(m, dict(m._forward_pre_hooks)) for m in model.unet.modules() if m._forward_pre_hooks]
    for module, _ in taken:
        module._forward_pre_hooks.clear()
    began = time.process_time()
    for step in range(request.steps):
        model.unet(x, torch.tensor(999.0 - step), pair.embeds, return_dict=False)
    spent = time.process_time() - began
    for module, hooks in taken:
        module._forward_pre_hooks.update(hooks)
    return spent


def test_cost_of_loop_and_capture() -> None:
    """The goal is 2 % over the same model calls, all lanes on; the bound leaves 2 % of noise."""
    engine, request = starter()
    word = Stage.DENOISING.value

    def run(has_frames: bool) -> float:
        began = ended = 0.0
        for item in engine.generate(request, stop=threading.Event(), has_frames=has_frames):
            stage = item.stage if isinstance(item, Status) else None
            if stage is Stage.DENOISING and not began:
                began = time.process_time()
            if stage is Stage.DECODING and not ended:
                ended = time.process_time()
        return ended - began

    rows = in_turns({
        "model calls alone": lambda: bare(engine, request),
        "loop and records": lambda: run(False),
        "loop, records and all lanes": lambda: run(True),
    })  # fmt: skip
    table(f"{word}: {request.model.rsplit('/', 1)[-1]}, {request.width} px, {STEPS} steps, CFG, "
          f"{torch.get_num_threads()} thread(s)", rows, "model calls alone")  # fmt: skip
    base, full = rows["model calls alone"], rows["loop, records and all lanes"]
    assert min(full) / min(base) < 1.04


def test_seconds_per_stage_and_threads() -> None:
    engine, request = starter()
    print(f"\nSeconds per stage, {request.width} px, {STEPS} steps")
    before = torch.get_num_threads()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        finish(engine, request.edit(steps=2))
        seconds = finish(engine, request).seconds
        words = ", ".join(f"{name} {value:.2f}" for name, value in seconds.items())
        print(f"{threads} thread(s): {words}")
    torch.set_num_threads(before)


def test_how_long_a_stop_takes() -> None:
    """Figure to hold: p99 at most one step and at most 250 ms, in every stage."""
    engine, request = starter()
    moments: dict[str, list[float]] = {}
    one_step = finish(engine, request).seconds[Stage.DENOISING.value] / STEPS
    for number in range(100):
        stage = STAGES[number % 4]
        if stage is Stage.LOADING:
            engine.unload()
        else:
            finish(engine, request.edit(steps=1))
        took = stop_time(engine, request, stage, number)
        if took is not None:
            moments.setdefault(stage.value, []).append(took)
    print(f"\nFrom stop to idle, seconds; one step takes {one_step:.3f}")
    print(f"{'':26}{'runs':>6}{'p50':>9}{'p99':>9}{'max':>9}")
    for name, values in moments.items():
        ordered = sorted(values)
        p99 = ordered[min(int(0.99 * len(ordered)), len(ordered) - 1)]
        print(
            f"{name:26}{len(values):6}{statistics.median(values):9.3f}{p99:9.3f}{ordered[-1]:9.3f}"
        )
    assert len(moments) == 4
    assert all(len(values) >= 15 for values in moments.values())
    assert max(max(values) for values in moments.values()) <= max(one_step, 0.25)


def stop_time(
    engine: Engine, request: GenerationRequest, stage: Stage, number: int
) -> float | None:
    """Seconds from the wish to the end, when it comes some time within a stage.

    None if the picture was finished before the wish was heard.
    """
    stop, asked = threading.Event(), [0.0]

    def ask() -> None:
        asked[0] = time.perf_counter()
        stop.set()

    timer = threading.Timer((number % 7) * 0.012, ask)
    try:
        for item in engine.generate(request, stop=stop):
            is_there = isinstance(item, Status) and item.stage is stage
            if is_there and not timer.is_alive() and not asked[0]:
                timer.start()
    except Cancelled:
        return time.perf_counter() - asked[0]
    finally:
        timer.cancel()
    return None
