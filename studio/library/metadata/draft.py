"""Settings as a foreign program states them, and their translation into our request."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from studio.engine.request import PROMPT_LIMIT, SEED_MAX, STEPS_MAX, GenerationRequest
from studio.library.metadata.names import read_sampler, read_schedule

_FIELD_MAX = 4_000  # characters kept of one foreign field
_FIELDS_MAX = 200
_NUMBER = re.compile(r"\s*(-?(?:\d{1,20}(?:[.]\d{0,25})?|[.]\d{1,25})(?:[eE][-+]?\d{1,3})?)")


@dataclass(slots=True, kw_only=True)
class Draft:
    """What was found, as loosely typed as it stands in the file. None: not stated."""

    generator: str
    prompt: Any = None
    negative_prompt: Any = None
    steps: Any = None
    sampler: Any = None
    schedule: Any = None
    guidance_scale: Any = None
    guidance_rescale: Any = None
    seed: Any = None
    width: Any = None
    height: Any = None
    strength: Any = None
    eta: Any = None
    variation_seed: Any = None
    variation_strength: Any = None
    model: Any = None
    fields: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def has_anything(self) -> bool:
        """Whether it is worth showing: a prompt, a seed, steps or a model was found."""
        known = (self.prompt, self.seed, self.steps, self.model)
        return any(value not in (None, "") for value in known)


def to_request(draft: Draft) -> tuple[GenerationRequest, frozenset[str], tuple[str, ...]]:
    """Our request, the fields of it that the file states, and in words what was left out."""
    warnings = list(draft.warnings)
    values: dict[str, Any] = {
        "prompt": _text(draft.prompt, warnings),
        "negative_prompt": _text(draft.negative_prompt, warnings),
        "steps": _integer(draft.steps, 1, STEPS_MAX),
        "seed": _integer(draft.seed, 0, 2**64),
        "width": _integer(draft.width, 1, 1_000_000),
        "height": _integer(draft.height, 1, 1_000_000),
        "guidance_scale": _number(draft.guidance_scale, 0, 100),
        "guidance_rescale": _number(draft.guidance_rescale, 0, 1),
        "strength": _number(draft.strength, 0, 1),
        "eta": _number(draft.eta, 0, math.inf),
        "variation_seed": _integer(draft.variation_seed, 0, SEED_MAX),
        "variation_strength": _number(draft.variation_strength, 0, 1),
        "model": str(draft.model)[:1000] if isinstance(draft.model, (str, int)) else None,
    }
    values["sampler"], values["schedule"] = _translate(draft, warnings)
    if values["seed"] is not None and values["seed"] > SEED_MAX:
        warnings.append(f"Its seed {values['seed']} is larger than this program's seeds.")
        values["seed"] &= SEED_MAX
    stated = {
        "number of steps": (draft.steps, "steps"),
        "seed": (draft.seed, "seed"),
        "CFG scale": (draft.guidance_scale, "guidance_scale"),
    }
    for label, (value, name) in stated.items():
        if values[name] is None and value not in (None, "", -1, "-1"):
            warnings.append(f"Its {label} could not be read.")
    known = {name: value for name, value in values.items() if value not in (None, "")}
    return GenerationRequest(**known), frozenset(known), tuple(dict.fromkeys(warnings))


def plain_fields(draft: Draft) -> dict[str, str]:
    """The foreign fields as short text, to be shown."""
    items = list(draft.fields.items())[:_FIELDS_MAX]
    return {str(key)[:100]: str(value)[:_FIELD_MAX] for key, value in items}


def _translate(draft: Draft, warnings: list[str]) -> tuple[str | None, str | None]:
    sampler = schedule = None
    if isinstance(draft.sampler, str) and draft.sampler.strip():
        sampler, schedule = read_sampler(draft.sampler)
        if sampler is None:
            warnings.append(f"The sampler “{draft.sampler[:60]}” does not exist here.")
    if isinstance(draft.schedule, str) and draft.schedule.strip():
        stated = read_schedule(draft.schedule)
        if stated is None:
            warnings.append(f"The schedule “{draft.schedule[:60]}” does not exist here.")
        schedule = stated or schedule
    return sampler, schedule


def _text(value: Any, warnings: list[str]) -> str | None:
    if not isinstance(value, str):
        return None
    value = value.replace("\r\n", "\n")
    if len(value) > PROMPT_LIMIT:
        warnings.append("Its prompt was too long and has been cut.")
    return value[:PROMPT_LIMIT]


def _number(value: Any, low: float, high: float) -> float | None:
    if isinstance(value, str):
        match = _NUMBER.match(value)
        value = float(match[1]) if match else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, int) and abs(value) > 2**64:
        return None
    number = float(value)
    return number if not math.isnan(number) and low <= number <= high else None


def _integer(value: Any, low: int, high: int) -> int | None:
    if isinstance(value, str):
        text = value.strip()[:40]
        if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", text):
            value = int(text, 16)
        else:
            match = re.match(r"-?\d{1,20}(?![\d.]*[1-9])", text)
            value = int(match[0]) if match else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value <= high else None
