"""The lanes of the strip in words: names, explanations, and why a lane is empty. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from studio.engine.record import LANES, Frame


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the strip. name: as in engine.record.LANES."""

    name: str
    label: str
    tip: str


ALL_LANES: tuple[Lane, ...] = (
    Lane("noisy", "noisy", "What the model is given at this step: the noisy latents x_t."),
    Lane("x0", "predicted", "The picture that the model expects, seen from this step (x0)."),
    Lane("cond", "with prompt", "What the model would draw from the prompt alone."),
    Lane(
        "uncond",
        "without",
        "What the model would draw without the prompt, or from the negative prompt.",
    ),
    Lane(
        "delta",
        "guidance",
        "Where guidance (CFG) pushes, and how hard: with the prompt minus without it.",
    ),
    Lane("change", "change", "What changed in the predicted picture since the step before."),
)
# Only in the second strip of a comparison.
DIFFERENCE = Lane("difference", "difference", "How far this take's prediction is from the other's.")
LANE = {lane.name: lane for lane in (*ALL_LANES, DIFFERENCE)}
DEFAULT_LANES = ("noisy", "x0", "delta")

assert tuple(lane.name for lane in ALL_LANES) == LANES


def in_order(names: Sequence[str]) -> tuple[str, ...]:
    """The known lanes among `names`, each once, in the strip's order."""
    return tuple(name for name in LANE if name in names)


def why_missing(lane: str, frames: Sequence[Frame], row: int | None = None) -> str:
    """Why `lane` has no picture at `row` (None: nowhere in the strip), in plain words.

    Returns "" when the lane is there.
    """
    if not frames:
        return ""
    if row is not None and lane in frames[row].lanes:
        return ""
    if row is None and any(lane in frame.lanes for frame in frames):
        return ""
    if all(frame.index >= frame.total for frame in frames):
        return "This picture has no strip: its steps were not kept."
    if row is not None and frames[row].index == frames[row].total:
        return "The picture is finished: the model is not asked again."
    if lane == "change":
        return "The first step has nothing before it to compare with."
    if lane not in ("uncond", "delta"):
        return "This take was kept without it."
    here = frames if row is None else [frames[row]]
    if all(frame.guidance_scale == 1 for frame in here):
        return "CFG is 1: there is no pass without the prompt."
    return "This model makes no pass without the prompt: its guidance is built in."


def step_name(index: int, total: int) -> str:
    """Say "Step 7 of 20", counted from 1; "Picture" for the record after the last step."""
    return "Picture" if index >= total else f"Step {index + 1} of {total}"


def sigma_text(sigma: float) -> str:
    """The noise level with three significant digits."""
    return "∞" if math.isinf(sigma) else f"{sigma:.3g}"


def seconds_text(seconds: float) -> str:
    """A duration with its unit: "41 ms", "1.3 s"."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def summary(frame: Frame) -> str:
    """What hovering over a step says: "Step 7 of 20 · σ 3.21 · 41 ms"."""
    parts = [step_name(frame.index, frame.total)]
    if frame.index < frame.total:
        parts.append(f"σ {sigma_text(frame.sigma)}")
    if frame.seconds > 0:
        parts.append(seconds_text(frame.seconds))
    return " · ".join(parts)
