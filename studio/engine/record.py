"""The records of a run: Step (tensors, all that a fork needs) and Frame (pictures for the eyes).

Torch-free at import; tensors appear in annotations only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from studio.engine.levels import Level
    from studio.engine.request import GenerationRequest, Pixels

LANES = ("noisy", "x0", "cond", "uncond", "delta", "change")


class Past(NamedTuple):
    """What the next step of a multistep sampler may look back at."""

    x: Tensor  # [B, C, h, w]; after UniPC's correction, if the sampler corrects
    x0: Tensor  # as steered
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Everything there is to know at step `index`; a fork starts from any of these.

    x: [B, C, h, w] float32 latents at `level`. past: at most two records. rng: the noise
    generator's state before this step. cond, uncond: the model's outputs; None before the model
    was called, uncond None where guidance is off. x0: the predicted clean latents, as steered.
    steered: what a steer remembers of the steps before this one, in its own order; () = nothing.
    The last step of a run (index == total) has level.s == 0 and x0 == x.
    """

    index: int
    total: int
    level: Level
    x: Tensor
    past: tuple[Past, ...]
    rng: Tensor
    cond: Tensor | None = None
    uncond: Tensor | None = None
    x0: Tensor | None = None
    steered: tuple[Tensor, ...] = ()  # on the CPU
    guidance_scale: float = 1.0
    seconds: float = 0.0  # spent on this step


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One step as the window shows it: plain numpy, safe to cross threads."""

    index: int
    total: int
    sigma: float  # s / a: the noise level in VE units; inf where a == 0
    timestep: float  # what the model was told, 0 .. 1000
    seconds: float
    change: float  # RMS of x0 minus the previous step's x0; 0 for the first
    guidance_scale: float
    lanes: Mapping[str, Pixels]  # lane name -> [H, W, 3]; a lane that does not exist is absent


class Stage(Enum):
    """What a job is busy with, in the order in which it happens."""

    OPENING = "Opening the libraries"
    LOADING = "Loading the model"
    ENCODING = "Reading the prompt"
    DENOISING = "Denoising"
    DECODING = "Developing the picture"
    SAVING = "Saving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Progress of a job. fraction: 0 .. 1 of this stage, None when unknown."""

    stage: Stage
    fraction: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One run: what was asked, every step, and where it came from.

    Takes form a tree through `parent` = (take id, step). state: "finished" | "cancelled".
    conditions: versions, device and model file hash that the bytes depend on.
    """

    id: str
    request: GenerationRequest
    steps: Sequence[Step]
    frames: Sequence[Frame]
    state: str
    parent: tuple[str, int] | None = None
    name: str = ""
    conditions: Mapping[str, str] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)  # known, mask, ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a finished job gives back. picture: [H, W, 3] uint8; seconds per stage."""

    picture: Pixels
    take: Take
    seconds: Mapping[str, float]
