"""What a fork changes: from a take, a step and the changed settings to a whole request.

Steps are counted from 0 here; the user counts from 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from studio.engine.errors import StudioError
from studio.engine.record import Step, Take
from studio.engine.request import STEPS_MAX, GenerationRequest, to_json, validate
from studio.engine.sampler_table import SAMPLERS
from studio.library.stored import indices_of

# Settings that may differ from the chosen step on. Size, model and seed made what is there.
CHANGEABLE = frozenset({
    "prompt", "negative_prompt", "sampler", "schedule", "steps", "guidance_scale",
    "guidance_rescale", "guidance_start", "guidance_end", "eta", "noise", "noise_seed",
    "concept", "inpaint", "image", "loras",
})  # fmt: skip


_COMPARED, _WORDS_MAX = 2000, 5  # characters read; words shown on either side


class CannotFork(StudioError):
    """The take holds no such step, or only its preview pictures."""


def step_at(take: Take, index: int) -> Step:
    """The record of step `index` (from 0). Raises CannotFork if the take does not hold it."""
    if not take.steps:
        raise CannotFork(
            "Only the preview pictures of this take were kept, not its steps.",
            "Generate it again from its settings; it comes out the same.",
        )
    indices = indices_of(take.steps)
    if index in indices:
        return take.steps[indices.index(index)]
    first, last = indices[0], indices[-1]
    raise CannotFork(
        f"The take has no step {index + 1}.", f"It holds steps {first + 1} to {last + 1}."
    )


def fork_request(take: Take, index: int, changes: Mapping[str, Any]) -> GenerationRequest:
    """The request of the run that continues `take` from step `index` with some settings changed.

    changes: fields of GenerationRequest (CHANGEABLE), "remaining" = steps from here on instead
    of "steps". No changes: the same bytes as the take. Raises CannotFork or InvalidRequest.
    """
    changes = dict(changes)
    step = step_at(take, index)
    if step.level.s <= 0:
        raise CannotFork(
            "The picture is finished here: there is nothing to continue.",
            "Choose an earlier step.",
        )
    if "remaining" in changes:
        changes["steps"] = index + int(changes.pop("remaining"))
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise CannotFork(f"{', '.join(sorted(unknown))} cannot change in the middle of a take.")
    request = take.request.edit(**changes, parent=(take.id, index))
    if request.steps <= index:
        raise CannotFork(
            f"{request.steps} steps are over before step {index + 1} begins.",
            f"Choose from {index + 1} to {STEPS_MAX} steps.",
        )
    if request.sampler not in SAMPLERS:
        raise CannotFork(f"There is no sampler named {request.sampler!r}.",
                         f"Choose one of {', '.join(SAMPLERS)}.")  # fmt: skip
    validate(request)
    return request


def last_step(take: Take) -> Step:
    """Where a cancelled take can go on. Raises CannotFork if it has no steps."""
    if not take.steps:
        return step_at(take, 0)
    return take.steps[-1]


def more_steps(take: Take, index: int, factor: int = 2) -> Mapping[str, int]:
    """The changes for "more steps from here": the rest gets `factor` times as many."""
    remaining = take.steps[-1].total - index if take.steps else take.request.steps - index
    return {"remaining": min(STEPS_MAX - index, max(1, remaining) * factor)}


def in_words(request: GenerationRequest, parent: GenerationRequest) -> list[str]:
    """What differs between a fork and the take that it left, in a few words each."""
    named = (
        ("prompt", "prompt"), ("negative_prompt", "negative"), ("sampler", "sampler"),
        ("schedule", "schedule"), ("steps", "steps"), ("guidance_scale", "CFG"),
        ("guidance_rescale", "rescale"), ("eta", "eta"), ("noise", "noise"),
        ("noise_seed", "noise seed"),
    )  # fmt: skip
    words = []
    ours, theirs = to_json(request), to_json(parent)
    for field, word in named:
        new, old = ours[field], theirs[field]
        if new == old:
            continue
        if field == "prompt":
            words.append(_text_change(str(old), str(new), word))
        elif field == "negative_prompt":  # "+ hat" alone would say the opposite
            words.append(f"{word} {_text_change(str(old), str(new), '')}".rstrip())
        else:
            words.append(f"{word} {'own' if new is None else new}")
    spans = [(r.guidance_start, r.guidance_end) for r in (request, parent)]
    if spans[0] != spans[1]:
        words.append(_span_words(*spans[0], request.steps))
    if (request.inpaint is None) != (parent.inpaint is None):
        words.append("mask")
    return words


def _span_words(start: float, end: float, steps: int) -> str:
    """On which steps guidance acts, counted from 1 as the strip counts them."""
    if start <= 0 and end >= 1:
        return "CFG on all steps"
    first, last = guided_steps(start, end, steps)
    if first > last:
        return "CFG on no step"
    return f"CFG on steps {first} to {last}" if first < last else f"CFG on step {first}"


def guided_steps(start: float, end: float, steps: int) -> tuple[int, int]:
    """First and last step on which guidance acts, from 1; the first is beyond the last for none.

    start, end: shares of the run, as in GenerationRequest; acting is `engine.guidance.interval`'s.
    """
    return math.ceil(round(start * steps, 6)) + 1, math.ceil(round(end * steps, 6))


def _text_change(old: str, new: str, otherwise: str) -> str:
    """Say "crown → top hat" where a few words were exchanged, else `otherwise`. Untrusted text."""
    before, after = old[:_COMPARED].split(), new[:_COMPARED].split()
    gone: list[str] = []
    come: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += before[a:b]
            come += after[c:d]
    if not (gone or come) or len(gone) > _WORDS_MAX or len(come) > _WORDS_MAX:
        return otherwise
    if not gone:
        return f"+ {' '.join(come)}"
    return f"{' '.join(gone)} → {' '.join(come)}" if come else f"− {' '.join(gone)}"
