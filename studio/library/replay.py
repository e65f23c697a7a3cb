"""The replay check: make a take again and compare every step, bit for bit.

Knows the engine's door only as something that has `generate`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from studio.engine.errors import StudioError
from studio.engine.record import Frame, Result, Status, Take
from studio.engine.request import Pixels
from studio.library.compare import Parting, parting

# Condition -> what its change means for a picture, in words.
_MEANING = {
    "model_hash": "the model's file is another one",
    "model": "another model was used",
    "loras": "a LoRA's file is another one",
    "clip": "another CLIP model guided it",
    "torch": "another version of PyTorch computes in another order",
    "diffusers": "another version of diffusers",
    "transformers": "another version of transformers reads the prompt",
    "device": "another device computes in another order",
    "precision": "the model ran in another precision",
    "threads": "another number of threads adds up in another order",
    "studio": "another version of this program",
}


class Maker(Protocol):
    """Whoever makes pictures: the engine's door, or one that guides it."""

    @property
    def generate(self) -> Callable[..., Generator[Status | Frame, None, Result]]:
        """Make one picture; see studio.engine.engine.Engine.generate."""
        ...


@dataclass(frozen=True, slots=True)
class Replay:
    """The outcome. parting: the first difference, None = identical. reasons: likely causes.

    compared: how many steps were compared. picture_differs: the decoded picture alone differs.
    """

    parting: Parting | None
    compared: int
    reasons: tuple[str, ...] = ()
    picture_differs: bool = False

    @property
    def is_identical(self) -> bool:
        """Whether every bit came out the same."""
        return self.parting is None and not self.picture_differs

    @property
    def words(self) -> str:
        """The outcome in a sentence or two."""
        if self.is_identical:
            return f"Identical to the last bit: {self.compared} steps compared."
        if self.parting is None:
            first = "All steps are identical; only the developed picture differs."
        else:
            first = (f"Different from step {self.parting.index + 1} on, first in "
                     f"{self.parting.what}: by up to {self.parting.largest:.2g}.")  # fmt: skip
        if not self.reasons:
            return (f"{first} Neither the model's file nor the libraries nor the device have "
                    "changed: the take's own file may have been altered.")  # fmt: skip
        return f"{first} Likely reason: {'; '.join(self.reasons)}."


def replay(
    engine: Maker, take: Take, stop: threading.Event, *, picture: Pixels | None = None
) -> Generator[Status | Frame, None, Replay]:
    """Make the take again from its first own step and compare. picture: as it was saved, or None.

    Yields what the engine yields. Raises StudioError where the take holds no steps, Cancelled.
    """
    if not take.steps:
        raise StudioError(
            "Only the previews of this take were kept: nothing can be compared.",
            "Keep whole takes in the settings to be able to replay them.",
        )
    fork = take.steps[0] if take.parent is not None else None
    result = yield from engine.generate(
        take.request, stop=stop, fork=fork, arrays=take.arrays or None
    )
    found = parting(take.steps, result.take.steps)
    compared = len({s.index for s in take.steps} & {s.index for s in result.take.steps})
    differs = (
        found is None
        and take.state == "finished"
        and picture is not None
        and not np.array_equal(picture, result.picture)
    )
    reasons: tuple[str, ...] = ()
    if found is not None or differs:
        reasons = changed_conditions(take.conditions, result.take.conditions)
    return Replay(found, compared, reasons, differs)


def changed_conditions(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """What has changed since a take was made, in words, the likeliest cause first."""
    words = []
    names = [*_MEANING, *sorted((then.keys() | now.keys()) - _MEANING.keys())]
    for name in names:
        old, new = then.get(name), now.get(name)
        if old is not None and new is not None and old != new:
            words.append(f"{_MEANING.get(name, name)} ({old} then, {new} now)")
    return tuple(words)
