"""CLIP guidance: CLIP looks at the picture that is coming, and settles what the model is told.

The words of an expression are said to the model beside its prompt, first softly, then louder:

    e' = e + amount * strength * sum_i factor_i * (e(prompt, word_i) - e(prompt))

For each strength a few coarse steps are run ahead, and CLIP looks at the clean picture that they
predict; the least strength that it can see is kept for the whole run. CLIP's gradient is not
followed, neither on pixels nor on words: measured on the starter, it raises CLIP's score without
drawing anything (2 of 16 heads got their hat, in coloured patches, at four times the cost of a
plain run). Among pictures that the model draws by itself there is nothing to be fooled by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from studio.concepts.algebra import Vectors
from studio.concepts.encoder import Encoder
from studio.engine.levels import Level
from studio.engine.record import Step

STRENGTHS = (0.8, 1.2, 1.6)  # of what the words change; measured: below 0.7 nothing comes
AWAY = 0.6  # of a minus term's weight: more takes the head off with the hat
REACHED = 1.2  # z against the unguided picture, from which on the words count as seen
AHEAD = 0.3  # of the steps: there things have their places, and CLIP sees a hat
STRIDES = 3  # to get there
SAME = 0.01  # of its length, that a prompt may differ and still be the same prompt

Decode = Callable[[Tensor], Tensor]
Phrases = Sequence[tuple[str, float]]  # words and their signed weights


class Asked(Protocol):
    """What is needed of the engine's Plan, a dataclass.

    cond.embeds: [B, L, D]; cond.pooled: [B, P], or None where the model has none.
    """

    @property
    def cond(self) -> Any:
        """What the model is told."""

    @property
    def levels(self) -> Sequence[Level]:
        """The noise level of every step."""

    @property
    def lean(self) -> Callable[[str, float], tuple[Tensor, Tensor | None]] | None:
        """How words, said too, change the prompt's embeddings, and its pooled one."""

    def guess(self, step: Step, cond: Any) -> Tensor:
        """x0 at a step that has been looked at, had the model been told `cond`."""

    def look(self, step: Step) -> Step:
        """Ask the model: fill in x0."""


class Memory(NamedTuple):
    """Step.steered of a guided run: enough to go on from that step as if nothing had happened."""

    drift: Tensor  # [B, L, D] float32: how far the words have been moved
    words: Tensor  # [B, L, D] float32: the prompt that they were moved from
    goal: Tensor  # [D' + 1] float32: the gauge, and the amount
    pooled: Tensor | None = None  # [B, P] float32: how far the pooled embedding has been moved

    @property
    def kept(self) -> tuple[Tensor, ...]:
        """What there is of it."""
        return tuple(part for part in self if part is not None)


@dataclass(frozen=True, slots=True)
class Drift:
    """How far what the model is told is moved: embeddings [B, L, D], pooled [B, P] if any."""

    embeds: Tensor
    pooled: Tensor | None

    def scaled(self, factor: float) -> Drift:
        """`factor` times as far."""
        return Drift(factor * self.embeds, None if self.pooled is None else factor * self.pooled)

    def and_then(self, embeds: Tensor, pooled: Tensor | None) -> Drift:
        """Moved further."""
        if self.pooled is None or pooled is None:
            return Drift(self.embeds + embeds, self.pooled)
        return Drift(self.embeds + embeds, self.pooled + pooled)


class Steering:
    """A steer for the engine: (step, plan) -> x0 of the words as moved, and its Memory.

    gauge: [D'], a picture's unit vector times it is its z (see gauge.py). phrases: what may be
    said to the model. amount: 0 = not at all, about 0.5 .. 2. decode: latents [B, C, h, w] to
    pictures -1 .. 1. It remembers nothing itself: a fork goes on from what its step holds. At a
    step that holds nothing, or whose words or goal were others, it looks ahead anew.
    """

    def __init__(
        self, encoder: Encoder, gauge: Vectors, phrases: Phrases, amount: float, decode: Decode
    ) -> None:
        self._encoder, self._decode, self._amount = encoder, decode, amount
        self.model = encoder.model  # for the record
        self._phrases = tuple(phrases)
        self._gauge = torch.from_numpy(np.array(gauge, np.float32))
        self._goal = torch.cat([self._gauge, torch.tensor([float(amount)])])

    @torch.no_grad()
    def __call__(self, step: Step, plan: Asked) -> tuple[Tensor, tuple[Tensor, ...]]:
        """What the model predicts of the moved words at this step, and the Memory after it."""
        if step.x0 is None:
            raise ValueError("a step without x0 cannot be steered")
        if not self._amount:
            return step.x0, ()
        told: Tensor = plan.cond.embeds
        memory = recalled(step.steered, told, self._goal, _pooled_of(plan.cond))
        if memory is None:
            drift = self._chosen(step, plan)
            memory = Memory(drift.embeds, told.float().cpu(), self._goal, drift.pooled)
        return plan.guess(step, _moved(plan.cond, Drift(memory.drift, memory.pooled))), memory.kept

    def _chosen(self, step: Step, plan: Asked) -> Drift:
        """The drift of the least strength that CLIP sees, else of the one it sees best.

        One that is not finite is never chosen.
        """
        nothing = towards = _no_drift(plan.cond)
        for words, factor in self._phrases:
            if plan.lean is not None:
                factor *= 1 if factor > 0 else AWAY
                towards = towards.and_then(*plan.lean(words, factor))
        plain = self._seen(step, plan, nothing)
        best, found = nothing, -np.inf
        for strength in STRENGTHS:
            drift = towards.scaled(self._amount * strength)
            gain = self._seen(step, plan, drift) - plain
            if gain > found:
                best, found = drift, gain
            if found >= REACHED:
                break
        return best

    def _seen(self, step: Step, plan: Any, drift: Drift) -> float:
        """z of the picture that a few coarse DDIM steps predict with the words moved so."""
        told = _moved(plan.cond, drift)
        asking = replace(plan, cond=told, steer=None)
        here, x0 = step, plan.guess(step, told)
        for index in strides(step.index, step.total):
            level: Level = plan.levels[index]
            noise = (here.x - here.level.a * x0) / here.level.s
            here = asking.look(replace(here, index=index, level=level, past=(),
                                       x=level.a * x0 + level.s * noise))  # fmt: skip
            x0 = here.x0
        picture = (self._decode(x0[:1]) / 2 + 0.5).clamp(0, 1)
        features = self._encoder.features(torch.cat([picture, picture.flip(-1)]))
        return float((features.float().cpu() @ self._gauge).mean())


def strides(index: int, total: int) -> list[int]:
    """The steps after `index` at which a look ahead calls the model, at most STRIDES.

    A run's later part is looked at where it is: there is no layout left to wait for.
    """
    goal = min(max(round(AHEAD * total), index + 1 if index else 1), total - 1)
    places = [index + round((goal - index) * k / STRIDES) for k in range(1, STRIDES + 1)]
    return sorted({place for place in places if place > index})


def recalled(
    steered: Sequence[Tensor], told: Tensor, goal: Tensor, pooled: Tensor | None = None
) -> Memory | None:
    """What a step remembers, if it is of these words and this goal; None if not.

    pooled: the prompt's, where it has one. The memory may come from a stranger's file: nothing of
    it is taken for granted.
    """
    if len(steered) != (3 if pooled is None else 4):
        return None
    memory = Memory(*steered)
    if memory.drift.shape != told.shape or any(t.dtype != torch.float32 for t in steered):
        return None
    if pooled is not None and (memory.pooled is None or memory.pooled.shape != pooled.shape):
        return None
    if not all(bool(t.isfinite().all()) for t in (memory.drift, memory.pooled) if t is not None):
        return None
    is_same = _is_close(memory.words, told.float().cpu()) and _is_close(memory.goal, goal)
    return memory if is_same else None


def _is_close(one: Tensor, other: Tensor) -> bool:
    """Equal up to the rounding of another device or precision."""
    if one.shape != other.shape:
        return False
    return bool((one - other).norm() <= SAME * other.norm())


def _pooled_of(cond: Any) -> Tensor | None:
    pooled: Tensor | None = getattr(cond, "pooled", None)
    return pooled


def _no_drift(cond: Any) -> Drift:
    pooled = _pooled_of(cond)
    still = None if pooled is None else torch.zeros_like(pooled, dtype=torch.float32, device="cpu")
    return Drift(torch.zeros_like(cond.embeds, dtype=torch.float32, device="cpu"), still)


def _moved(cond: Any, drift: Drift) -> Any:
    """The conditioning with its embeddings moved, where and as exact as the model wants them."""
    moved = {"embeds": _added(cond.embeds, drift.embeds)}
    if drift.pooled is not None:
        moved["pooled"] = _added(cond.pooled, drift.pooled)
    return replace(cond, **moved)


def _added(told: Tensor, drift: Tensor) -> Tensor:
    return (told.float() + drift.to(told.device)).to(told.dtype)
