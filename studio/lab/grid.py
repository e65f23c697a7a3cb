"""Grids: one, two or three settings against each other, a picture for each combination. No torch.

An axis is written `name=value,value,...`; whole numbers also as a range, `seed=1..6`. For words in
the prompt, `prompt=red,blue,green` puts each in the place of the first.
"""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from studio.engine.errors import InvalidRequest
from studio.engine.levels import SCHEDULES
from studio.engine.request import GenerationRequest
from studio.engine.sampler_table import SAMPLERS

CELLS_MAX = 400
# name in an axis: (field of the request, type, words)
PARAMETERS: dict[str, tuple[str, type, str]] = {
    "prompt": ("prompt", str, "Prompt words"),
    "negative": ("negative_prompt", str, "Negative prompt"),
    "cfg": ("guidance_scale", float, "CFG scale"),
    "steps": ("steps", int, "Steps"),
    "sampler": ("sampler", str, "Sampler"),
    "schedule": ("schedule", str, "Schedule"),
    "seed": ("seed", int, "Seed"),
    "eta": ("eta", float, "Eta"),
    "noise": ("noise", float, "Noise"),
    "strength": ("strength", float, "Strength"),
    "rescale": ("guidance_rescale", float, "CFG rescale"),
    "variation": ("variation_strength", float, "Variation strength"),
    "model": ("model", str, "Model"),
}
_RANGE = re.compile(r"\s*(-?\d{1,18})\s*\.\.\s*(-?\d{1,18})\s*")


@dataclass(frozen=True, slots=True)
class Axis:
    """One setting and its values. name: a key of PARAMETERS."""

    name: str
    values: tuple[str | int | float, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """What to write beside each row or above each column."""
        words = PARAMETERS[self.name][2]
        return tuple(
            (str(value) or "none") if self.name in ("prompt", "negative", "sampler", "model")
            else f"{words} {value:g}" if isinstance(value, float) else f"{words} {value}"
            for value in self.values
        )  # fmt: skip

    def apply(self, request: GenerationRequest, value: str | int | float) -> GenerationRequest:
        """The request with this value. Raises InvalidRequest if the word is not in the prompt."""
        field = PARAMETERS[self.name][0]
        if self.name not in ("prompt", "negative"):
            return request.edit(**{field: value})
        first = str(self.values[0])
        text = request.prompt if field == "prompt" else request.negative_prompt
        if first and first in text:
            return request.edit(**{field: text.replace(first, str(value))})
        if self.name == "negative":
            return request.edit(negative_prompt=str(value))
        raise InvalidRequest(field, f"The prompt does not hold the words “{first}”.",
                             "A prompt axis begins with the words to replace.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of a grid: its place and its request."""

    column: int
    row: int
    sheet: int
    request: GenerationRequest


def parse_axis(text: str) -> Axis:
    """Read `name=value,value,...`. Raises InvalidRequest in words."""
    name, equals, rest = text.partition("=")
    name = name.strip().lower()
    if not equals or name not in PARAMETERS:
        raise InvalidRequest("axis", f"“{text[:60]}” is no axis.",
                             f"Write name=value,value with {', '.join(PARAMETERS)}.")  # fmt: skip
    return make_axis(name, _split(name, rest))


def make_axis(name: str, words: Sequence[str]) -> Axis:
    """An axis from its values as text. Raises InvalidRequest for values that do not fit."""
    values: list[str | int | float] = []
    for word in words:
        whole = _RANGE.fullmatch(word)
        if whole and PARAMETERS[name][1] is not str:
            first, last = int(whole[1]), int(whole[2])
            if abs(last - first) >= CELLS_MAX:
                raise _too_many(abs(last - first) + 1)
            values += range(first, last + (1 if last >= first else -1), 1 if last >= first else -1)
        else:
            values.append(_value(name, word))
    if not values or all(value == "" for value in values):
        raise InvalidRequest("axis", f"The axis “{name}” has no values.", "Give at least one.")
    return Axis(name, tuple(values))


def _split(name: str, text: str) -> list[str]:
    """Values between commas; a value may be quoted, and a sampler's own comma is kept."""
    words = [word.strip() for word in next(csv.reader([text], skipinitialspace=True), [])]
    if name != "sampler":
        return words
    joined: list[str] = []
    for word in words:
        longer = f"{joined[-1]}, {word}" if joined else ""
        if longer.lower() in {known.lower() for known in SAMPLERS}:
            joined[-1] = longer
        else:
            joined.append(word)
    return joined


def _value(name: str, word: str) -> str | int | float:
    _, kind, words = PARAMETERS[name]
    tables: dict[str, list[str]] = {"sampler": [*SAMPLERS], "schedule": [*SCHEDULES]}
    if name in tables:
        known = {key.lower(): key for key in tables[name]}
        if word.lower() not in known:
            raise InvalidRequest(name, f"There is no {name} “{word[:60]}”.",
                                 f"Choose from: {'; '.join(known.values())}.")  # fmt: skip
        return known[word.lower()]
    if kind is str:
        return word
    try:
        number = kind(word)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise InvalidRequest(name, f"“{word[:60]}” is no value for {words.lower()}.",
                             "Give numbers, with commas between them.")  # fmt: skip
    return number


def cells(request: GenerationRequest, axes: Sequence[Axis]) -> list[Cell]:
    """The cells of a grid over one to three axes: columns, rows, sheets; in reading order.

    Raises InvalidRequest for no axis, the same axis twice, or too many cells.
    """
    if not 1 <= len(axes) <= 3 or len({axis.name for axis in axes}) < len(axes):
        raise InvalidRequest("axis", "A grid needs one, two or three different axes.",
                             "Choose what goes across, down, and from sheet to sheet.")  # fmt: skip
    count = math.prod(len(axis.values) for axis in axes)
    if count > CELLS_MAX:
        raise _too_many(count)
    # A model's or a prompt's axis outermost would save loading, but reading order is what one waits
    # for; so only sheets, rows and columns decide.
    ordered = [*reversed(axes)]
    found = []
    for places in itertools.product(*(range(len(axis.values)) for axis in ordered)):
        changed = request
        for axis, place in zip(ordered, places, strict=True):
            changed = axis.apply(changed, axis.values[place])
        column, row, sheet = (*reversed(places), 0, 0)[:3]
        found.append(Cell(column, row, sheet, changed))
    return found


def check_models(axes: Sequence[Axis], known: Sequence[str]) -> None:
    """Raise InvalidRequest for a model on an axis that is not on this disk. known: their ids."""
    for value in (value for axis in axes if axis.name == "model" for value in axis.values):
        if value not in known:
            raise InvalidRequest("model", f"There is no model named “{str(value)[:60]}”.",
                                 f"Choose from: {', '.join(known)[:400]}.")  # fmt: skip


def _too_many(count: int) -> InvalidRequest:
    return InvalidRequest("axis", f"A grid of {count:,} pictures is too large.",
                          f"Choose fewer values; up to {CELLS_MAX} pictures are made.")  # fmt: skip
