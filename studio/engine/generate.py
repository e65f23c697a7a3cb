"""One picture from a request: load, read the prompt, denoise, develop. A generator of progress."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.engine import cancel, decoding, memory, noise, planning
from studio.engine.conditions import conditions
from studio.engine.denoise import Plan, Steered, denoise, start
from studio.engine.errors import (
    BrokenFile,
    Cancelled,
    OutOfMemory,
    StudioError,
    UnsupportedModel,
)
from studio.engine.frames import thin
from studio.engine.loras import apply_loras
from studio.engine.models import codec
from studio.engine.models.loader import ModelStore
from studio.engine.models.model import Model
from studio.engine.models.noise_table import STEPS_LIMIT
from studio.engine.record import Frame, Result, Stage, Status, Step, Take
from studio.engine.request import GenerationRequest, Pixels, validate
from studio.engine.start import Start, begin

log = logging.getLogger(__name__)

LEAST_LAYERS = 20  # full-size activations that a denoiser surely holds at once

Steer = Callable[[Step, Plan], Steered]
Progress = Generator[Status | Frame, None, Any]


@dataclass(slots=True, kw_only=True)
class Run:
    """What one run has been asked, and what it has so far."""

    request: GenerationRequest
    store: ModelStore
    stop: threading.Event
    fork: Step | None = None
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    steer: Steer | None = None
    has_frames: bool = True  # False: no previews, for tests and benchmarks
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    steps: list[Step] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def clock(self, stage: Stage) -> Iterator[None]:
        """Add the time spent within to the stage's seconds. Stops reach model calls within."""
        began = time.perf_counter()
        try:
            with cancel.stoppable(self.stop):
                yield
        finally:
            spent = time.perf_counter() - began
            self.seconds[stage.value] = self.seconds.get(stage.value, 0.0) + spent

    def take(self, state: str) -> Take:
        """The run so far as a record."""
        return Take(
            id=self.id, request=self.request, steps=tuple(self.steps), frames=tuple(self.frames),
            state=state, parent=self.request.parent, conditions=dict(self.conditions),
            arrays=dict(self.arrays),
        )  # fmt: skip


# no_grad, not inference_mode: the records outlive the run, and steering differentiates.
@torch.no_grad()
def generate(run: Run) -> Generator[Status | Frame, None, Result]:
    """Make one picture. Yields a Status at each change of stage and a Frame for each step.

    Raises Cancelled (its `take` holds the steps so far) or a StudioError in words; what an
    unexpected error held in memory is freed before it leaves here.
    """
    try:
        model = yield from _load(run)
        yield Status(stage=Stage.ENCODING)
        with run.clock(Stage.ENCODING):
            first, plan, begun, caller = _prepare(run, model)
        with caller:
            latents = yield from _denoise(run, model, plan, first, caller, begun)
        picture = yield from _develop(run, model, latents, begun)
        return Result(picture=picture, take=run.take("finished"), seconds=dict(run.seconds))
    except Cancelled:
        raise Cancelled(run.take("cancelled") if run.steps else None) from None
    except StudioError as error:
        error.take = run.take("cancelled") if run.steps else None
        raise
    except Exception as error:
        if not memory.is_out_of_memory(error):
            raise
        log.warning("out of memory", exc_info=error)
        memory.forget(error)
        failure = _out_of_memory(run)
    memory.release()
    raise failure


def _out_of_memory(run: Run) -> OutOfMemory:
    where = "GPU memory" if run.store.device.name != "cpu" else "memory"
    if Stage.LOADING.value not in run.seconds:
        failure = OutOfMemory(f"Not enough {where} to load this model.",
                              "Close other programs, or choose a smaller model.")  # fmt: skip
    else:
        size = f"{run.request.width}×{run.request.height}"
        failure = OutOfMemory(
            f"Not enough {where} for a picture of {size}.",
            "Choose a smaller size, or close other programs. The program goes on working.",
        )
    failure.take = run.take("cancelled") if run.steps else None
    return failure


def _check_memory(run: Run, model: Model) -> None:
    """Refuse what cannot fit: without a GPU the system would end the program, not say no."""
    _, channels, height, width = model.latent_shape(run.request.width, run.request.height)
    unet: Any = model.unet
    widest = max(int(unet.config.block_out_channels[0]), channels)
    least = height * width * widest * LEAST_LAYERS * 4
    if least > memory.available(model.device.name):
        raise _out_of_memory(run)


def _load(run: Run) -> Generator[Status, None, Model]:
    """Load the model and its LoRAs, and check the request against it."""
    yield Status(stage=Stage.LOADING)
    began = time.perf_counter()
    validate(run.request)
    planning.sampler_of(run.request)
    model = yield from run.store.load(run.request.model, run.stop)
    validate(run.request, multiple_of=model.factor)
    with cancel.stoppable(run.stop):
        loras = run.store.loras(run.request.loras)
        apply_loras(model, loras)
        run.conditions |= conditions(model.info, model.device, [path for path, _ in loras])
    run.seconds[Stage.LOADING.value] = time.perf_counter() - began
    _check_memory(run, model)
    return model


def _prepare(run: Run, model: Model) -> tuple[Step, Plan, Start, planning.Caller]:
    """The first step, the plan, the start picture's part in it, and the guarded model call."""
    request = run.request
    shape = model.latent_shape(request.width, request.height)
    if run.fork is not None:
        _check_fork(run.fork, shape, model)
    levels = planning.levels_of(request, model, run.fork)
    notes: list[str] = []
    begun = begin(request, shape, levels, partial(_encode, model, notes),
                  wants_mask=model.info.is_inpainting, known=run.arrays.get("known"))  # fmt: skip
    run.arrays = {**begun.arrays}
    cond, uncond = planning.conditioning_of(request, model)
    caller = planning.Caller(model, begun.extra, notes=notes)
    plan = Plan(
        predict=caller.predict, predict_pair=caller.predict_pair,
        prediction_type=model.info.prediction_type, levels=levels,
        sampler=planning.sampler_of(request), cond=cond, uncond=uncond,
        guidance_scale=planning.guidance_of(request), guide=planning.guide_of(request),
        steer=run.steer, blend=begun.blend, lean=planning.lean_of(request, model, cond),
    )  # fmt: skip
    if run.fork is not None:
        return _forked(run.fork, request), plan, begun, caller
    generator = noise.step_generator(shape, request.seed, request.noise_seed)
    return start(begun.x, plan, generator, begun.index), plan, begun, caller


def _encode(model: Model, notes: list[str], pictures: Tensor) -> Tensor:
    latents, note = decoding.encode(model.vae, pictures)
    notes += [note] if note else []
    return latents


def _check_fork(fork: Step, shape: Sequence[int], model: Model) -> None:
    """Refuse a step of another model, or of a file that lies. Raises UnsupportedModel, BrokenFile.

    shape: of the model's latents at the request's size.
    """
    latents = [fork.x, *(tensor for past in fork.past for tensor in (past.x, past.x0))]
    if any(tuple(tensor.shape) != tuple(shape) for tensor in latents):
        raise UnsupportedModel(
            f"{model.info.name} cannot go on from this step: its latents are of another shape.",
            "The take was made with another model of that name; put that one back.",
        )
    try:
        torch.Generator().set_state(fork.rng)
        is_whole = all(bool(tensor.float().isfinite().all()) for tensor in latents)
    except (RuntimeError, TypeError):
        is_whole = False
    if not is_whole or not _is_in_order(fork):
        raise BrokenFile("The take is damaged: this step makes no sense.", "Choose another step.")


def _is_in_order(fork: Step) -> bool:
    """Whether the step's levels are some, each less noisy than the one before."""
    levels = [*(past.level for past in fork.past), fork.level]
    is_sane = all(0 <= a < 1.001 and (s == 0 < a or 1e-9 < s < 1.001) and 0 <= t <= STEPS_LIMIT
                  for a, s, t in levels)  # fmt: skip
    ratios = [level.log_snr for level in levels] if is_sane else []
    return fork.index >= 0 and is_sane and all(x < y for x, y in pairwise(ratios))


def _forked(fork: Step, request: GenerationRequest) -> Step:
    """The step to go on from: with its own noise stream, unless another noise seed is asked."""
    step = replace(fork, total=request.steps, x=fork.x.float().cpu())
    if request.noise_seed is None:
        return step
    own = torch.Generator()
    own.set_state(fork.rng)
    if own.initial_seed() == request.noise_seed:
        return step
    return replace(step, rng=noise.seeded(request.noise_seed).get_state())


def _denoise(
    run: Run, model: Model, plan: Plan, first: Step, caller: planning.Caller, begun: Start
) -> Generator[Status | Frame, None, Tensor]:
    """Run the loop; a Frame for each step. Returns the clean latents."""
    total, steps = len(plan.levels) - 1, denoise(first, plan)
    before = None
    while True:
        detail = caller.notes[-1] if caller.notes else ""
        done = (before.index + 1 if before else first.index) / total
        yield Status(stage=Stage.DENOISING, fraction=min(done, 1.0), detail=detail)
        with run.clock(Stage.DENOISING):
            step = next(steps)
        run.steps.append(step)
        if run.has_frames:
            run.frames.append(thin(model.previewer.frame(_held(step, begun), before)))
            yield run.frames[-1]
        if step.index == total:
            return step.x
        before = step


def _held(step: Step, begun: Start) -> Step:
    """The step as it is shown: where nothing is repainted, the known picture."""
    if begun.hold is None or step.x0 is None:
        return step
    return replace(step, x0=begun.hold(step.x0))


def _develop(
    run: Run, model: Model, latents: Tensor, begun: Start
) -> Generator[Status, None, Pixels]:
    """Decode the latents, by tiles if memory is short. The latents are safe in the take."""
    yield Status(stage=Stage.DECODING)
    with run.clock(Stage.DECODING):
        decoded, note = decoding.decode(model.vae, latents, len(run.steps))
    if note:
        yield Status(stage=Stage.DECODING, fraction=1.0, detail=note)
    model.previewer.observe(latents, decoded)
    picture = codec.to_picture(decoded)
    return picture if begun.finish is None else begun.finish(picture)
