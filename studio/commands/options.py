"""Options that several commands share: everything a request can ask for. No command itself."""

from __future__ import annotations

import argparse
import difflib
import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engine.errors import InvalidRequest, StudioError
from studio.engine.levels import SCHEDULES
from studio.engine.models.catalog import DEFAULT_MODEL, ModelInfo, find
from studio.engine.request import SEED_MAX, GenerationRequest, validate
from studio.engine.sampler_table import SAMPLERS
from studio.library.wording import Wording

if TYPE_CHECKING:
    from studio.cli import Headless
    from studio.engine.engine import Engine

_KINDS: dict[str, tuple[Callable[[str], Any], str, str]] = {
    # option: (type, field of the request, help)
    "--negative": (str, "negative_prompt", "what the picture should not show"),
    "--steps": (int, "steps", "denoising steps"),
    "--cfg": (float, "guidance_scale", "CFG scale; 1 = guidance off"),
    "--cfg-start": (float, "guidance_start", "guidance acts from this fraction of the steps"),
    "--cfg-end": (float, "guidance_end", "guidance acts up to this fraction of the steps"),
    "--rescale": (float, "guidance_rescale", "guidance rescale, 0 to 1"),
    "--seed": (int, "seed", "seed; without it, or with -1, one is drawn"),
    "--variation-seed": (int, "variation_seed", "seed of the variation"),
    "--variation-strength": (float, "variation_strength", "0 = none, 1 = the other seed"),
    "--eta": (float, "eta", "0 = deterministic, 1 = ancestral, inf = all noise anew"),
    "--noise": (float, "noise", "weight of the fresh noise of each step"),
    "--noise-seed": (int, "noise_seed", "seed of the fresh noise of each step"),
}
RANDOM = -1  # as --seed: draw one, as in other programs
_SIZE = re.compile(r"\s*(\d{1,5})\s*[x×X]\s*(\d{1,5})\s*")


def add_request_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a request; each stays None unless it is given."""
    parser.add_argument("--model", help="a name from `studio models`, or a path")
    for option, (kind, field, words) in _KINDS.items():
        metavar = "TEXT" if kind is str else "N"
        parser.add_argument(option, type=kind, dest=field, metavar=metavar, help=words)
    parser.add_argument("--sampler", help="one of: " + "; ".join(SAMPLERS))
    parser.add_argument("--schedule", help="one of: " + "; ".join(SCHEDULES))
    parser.add_argument("--size", metavar="WxH", type=_size, help="pixels, e.g. 512x768")
    parser.add_argument(
        "--lora", action="append", type=_lora, metavar="NAME:WEIGHT", help="may be repeated"
    )
    parser.add_argument(
        "--settings", type=Path, metavar="PICTURE", help="start from the settings in this picture"
    )
    parser.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], help="what computes")


def _size(text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no size; write it like 512x768")
    return int(match[1]), int(match[2])


def _lora(text: str) -> tuple[str, float]:
    name, colon, weight = text.rpartition(":")
    try:
        return (name, float(weight)) if colon else (text, 1.0)
    except ValueError:
        return text, 1.0  # a colon in the name itself


def request_from(
    args: argparse.Namespace, engine: Engine, base: GenerationRequest | None = None, **more: Any
) -> GenerationRequest:
    """The request that the options ask for: base, else the model's own defaults and what the
    picture of --settings states; then the options; then `more`. A seed is drawn if none is given.

    Raises InvalidRequest naming the option, ModelNotFound, BrokenFile.
    """
    models = engine.models()
    found = _from_settings(args.settings) if base is None else {}
    info = _model(args.model or (base.model if base else found.get("model", "")), models)
    request = base or _own_defaults(info).edit(**found)
    request = request.edit(model=info.id if info in models else str(info.path))
    changes = {field: value for _, field, _ in _KINDS.values()
               if (value := vars(args).get(field)) is not None}  # fmt: skip
    if base is None and changes.get("seed", found.get("seed", RANDOM)) == RANDOM:
        changes["seed"] = random.randrange(SEED_MAX + 1)
    _check(changes)
    for name, table in (("sampler", SAMPLERS), ("schedule", SCHEDULES)):
        if vars(args).get(name):
            changes[name] = pick(name, vars(args)[name], table)
    if args.size:
        changes["width"], changes["height"] = args.size
    if args.lora:
        changes["loras"] = tuple(_there(args.lora, engine.loras()))
    request = request.edit(**changes, **more)
    validate(request, multiple_of=info.multiple_of)
    return request


@dataclass(frozen=True, slots=True)
class _OnDisk:
    loras: Sequence[ModelInfo]


def worded(headless: Headless, request: GenerationRequest) -> GenerationRequest:
    """With `<lora:name:0.8>` and `__list__` in the prompt meaning what they mean in the window.

    Raises InvalidRequest, which names what is not on this disk.
    """
    texts = request.prompt + request.negative_prompt
    if "<" not in texts and "__" not in texts:
        return request
    known = _OnDisk(headless.engine().loras())
    return Wording(known, headless.home.data / "lists").apply(request)


def _model(name: str, models: Sequence[ModelInfo]) -> ModelInfo:
    usable = next((info.id for info in models if not info.problem), DEFAULT_MODEL)
    is_default_there = any(info.id == DEFAULT_MODEL and not info.problem for info in models)
    return find(models, name or (DEFAULT_MODEL if is_default_there else usable))


def _there(
    loras: Sequence[tuple[str, float]], known: Sequence[ModelInfo]
) -> Iterator[tuple[str, float]]:
    """The same by names that hold in any folder. Raises ModelNotFound."""
    for name, weight in loras:
        info = find(known, name, "LoRA")
        yield info.id if info in known else str(info.path), weight


def _own_defaults(info: ModelInfo) -> GenerationRequest:
    side = info.native_size
    defaults = {"width": side, "height": side, **info.defaults}
    known = GenerationRequest.__dataclass_fields__.keys()
    return GenerationRequest(**{k: v for k, v in defaults.items() if k in known})


def _from_settings(path: Path | None) -> dict[str, Any]:
    """What the picture states; it may leave out much, and then the model's defaults hold."""
    if path is None:
        return {}
    from studio.library.metadata import read_settings

    settings = read_settings(path)
    if settings.request is None:
        raise StudioError(
            f"{path.name} holds no settings that this program can read.",
            " ".join(settings.warnings) or "Choose a picture that was saved with its settings.",
        )
    known = GenerationRequest.__dataclass_fields__.keys() & settings.found
    return {name: getattr(settings.request, name) for name in known}


def pick(name: str, wanted: str, table: dict[str, Any]) -> str:
    """A name of the table, whatever its case. Raises InvalidRequest with a guess."""
    for known in table:
        if known.lower() == wanted.lower():
            return known
    lower = {known.lower(): known for known in table}
    close = difflib.get_close_matches(wanted.lower()[:60], lower, n=1)
    guess = f"Did you mean “{lower[close[0]]}”? " if close else ""
    hint = f"{guess}Choose one of: {'; '.join(table)}."
    raise InvalidRequest(name, f"There is no {name} “{wanted[:60]}”.", hint)


def _check(changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, float) and math.isnan(value):
            raise InvalidRequest(
                name, f"{name.replace('_', ' ')} is not a number.", "Give a number."
            )
