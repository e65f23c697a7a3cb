"""What is asked of the engine, complete and frozen. Torch-free: the UI builds these.

Same request + same model file -> same picture. Everything here but pixel arrays is stored in
the picture's file; pixel arrays are stored in the take.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from studio.engine.errors import InvalidRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT_VERSION = 1
SEED_MAX = 2**32 - 1
INTEGER_MAX = 2**63 - 1  # a longer number in a file is no setting
AMOUNT_MAX = 1000.0  # of a LoRA's weight or a concept's amount, either way
PROMPT_LIMIT = 20_000  # characters; far above any encoder's chunks, below what stalls an editor
STEPS_MAX = 1000
SIDE_MIN, SIDE_MAX = 64, 4096  # pixels
FEATHER_MAX = 256  # pixels

Pixels: TypeAlias = "NDArray[np.uint8]"
MaskFill = Literal["original", "noise", "blur"]
ConceptWay = Literal["embedding", "direction", "guidance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inpaint:
    """Which part of the start picture is repainted, and how."""

    mask: Pixels = field(compare=False)  # [H, W], 255 = repaint, 0 = keep, between = soft
    soft: bool = True  # differential mask: pixels open one after another; False = mask > 127
    fill: MaskFill = "original"  # what lies under the mask at the start
    frame: tuple[int, int, int, int] | None = None  # context x, y, width, height; None = whole
    feather: int = 3  # px of the pasted edge, inside repainted ground; of the model's if enlarged
    match_colour: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A concept expression that steers this picture (see studio.concepts.expression)."""

    expression: str
    way: ConceptWay = "embedding"
    amount: float = 1.0  # 0 = no effect
    embedding: NDArray[np.float32] | None = field(default=None, compare=False)  # [D]
    clip: str = field(default="", compare=False)  # way "guidance": whose gauge that is
    direction: tuple[tuple[str, float], ...] = ()  # texts and weights; of guidance: what is said


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """One picture to make: everything that its bytes depend on, besides the model file."""

    prompt: str = ""
    negative_prompt: str = ""
    model: str = "starter"  # catalogue id, or a path
    sampler: str = "DPM++ 2M"  # a name in samplers.SAMPLERS
    schedule: str = "trailing"  # a name in levels.SCHEDULES
    steps: int = 20  # 1 .. STEPS_MAX
    guidance_scale: float = 5.0  # uncond + scale * (cond - uncond); 1 = off
    guidance_rescale: float = 0.0  # 0 .. 1 (Lin et al. 2023, sec. 3.4)
    guidance_start: float = 0.0  # guidance acts on steps in [start, end) * steps
    guidance_end: float = 1.0
    seed: int = 0  # 0 .. SEED_MAX; drawn on the CPU
    variation_seed: int = 0
    variation_strength: float = 0.0  # 0 .. 1, slerp between the two noises
    width: int = 256  # pixels, a multiple of the model's factor
    height: int = 256
    eta: float | None = None  # None = the sampler's own; 0 = deterministic, 1 = ancestral
    noise: float | None = None  # weight of the fresh noise; None = the sampler's own
    noise_seed: int | None = None  # seed of the steps' fresh noise; None = follows `seed`
    strength: float = 1.0  # img2img: 1 = ignore the start picture
    image: Pixels | None = field(default=None, compare=False)  # [H, W, 3] start picture
    inpaint: Inpaint | None = None
    concept: Concept | None = None
    loras: tuple[tuple[str, float], ...] = ()  # (catalogue id or path, weight)
    parent: tuple[str, int] | None = None  # (take id, step) this run was forked from

    def edit(self, **changes: Any) -> GenerationRequest:
        """Return a copy with some fields changed."""
        return replace(self, **changes)


def _check(is_right: bool, name: str, message: str, hint: str) -> None:
    if not is_right:
        raise InvalidRequest(name, message, hint)


def validate(request: GenerationRequest, *, multiple_of: int = 8) -> None:
    """Raise InvalidRequest naming the first field that cannot be run."""
    r = request
    for name in ("prompt", "negative_prompt"):
        _check(
            len(getattr(r, name)) <= PROMPT_LIMIT,
            name,
            f"The {name.replace('_', ' ')} is longer than {PROMPT_LIMIT:,} characters.",
            "Shorten it; the model reads only the first few hundred words.",
        )
        _check(_is_text(getattr(r, name)), name,
               f"The {name.replace('_', ' ')} holds something that is no character (broken UTF-8).",
               "Delete it, or type that part again.")  # fmt: skip
    _check(1 <= r.steps <= STEPS_MAX, "steps", f"{r.steps} steps cannot be run.",
           f"Choose from 1 to {STEPS_MAX}.")  # fmt: skip
    for name in ("width", "height"):
        side = getattr(r, name)
        _check(SIDE_MIN <= side <= SIDE_MAX and side % multiple_of == 0, name,
               f"A {name} of {side} pixels is impossible for this model.",
               f"Choose a multiple of {multiple_of} from {SIDE_MIN} to {SIDE_MAX}.")  # fmt: skip
    for name in ("seed", "variation_seed", "noise_seed"):
        _check(0 <= (getattr(r, name) or 0) <= SEED_MAX, name,
               f"The {name.replace('_', ' ')} is out of range.",
               f"Choose from 0 to {SEED_MAX}.")  # fmt: skip
    _check_numbers(r)
    _check_pictures(r)


def _is_text(text: str) -> bool:
    """Whether it can be written as UTF-8: halves of characters come from files and terminals."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_numbers(r: GenerationRequest) -> None:
    ranges: Mapping[str, tuple[float, float]] = {
        "guidance_scale": (0, 100), "guidance_rescale": (0, 1), "guidance_start": (0, 1),
        "guidance_end": (0, 1), "variation_strength": (0, 1), "strength": (0, 1),
        "eta": (0, math.inf), "noise": (0, 10),
    }  # fmt: skip
    for name, (low, high) in ranges.items():
        value = getattr(r, name)
        if value is None:
            continue
        _check(not math.isnan(value) and low <= value <= high, name,
               f"{name.replace('_', ' ').capitalize()} is out of range.",
               f"Choose from {low} to {high}.")  # fmt: skip
    amounts = [("loras", f"The weight of the LoRA {name[:60]}", weight) for name, weight in r.loras]
    amounts += [("concept", "The concept's amount", r.concept.amount)] if r.concept else []
    for name, words, amount in amounts:
        _check(abs(amount) <= AMOUNT_MAX, name, f"{words} is out of range.",
               f"Choose from -{AMOUNT_MAX:g} to {AMOUNT_MAX:g}; 1 is usual.")  # fmt: skip


def _check_pictures(r: GenerationRequest) -> None:
    """Arrays that come out of a file may be anything."""
    if r.image is not None:
        is_picture = r.image.ndim == 3 and r.image.shape[2] == 3 and r.image.size > 0
        _check(is_picture and r.image.dtype == "uint8", "image", "The start picture is damaged.",
               "Choose it again, or another one.")  # fmt: skip
    if r.inpaint is None:
        return
    _check(0 <= r.inpaint.feather <= FEATHER_MAX, "inpaint", "That feather is impossible.",
           f"Choose 0 to {FEATHER_MAX} pixels.")  # fmt: skip
    _check(r.image is None or r.inpaint.mask.shape == r.image.shape[:2], "inpaint",
           "The mask and the picture differ in size.",
           "Paint the mask again on this picture.")  # fmt: skip
    _check(r.inpaint.mask.dtype == "uint8", "inpaint", "The mask is damaged.",
           "Paint it again on this picture.")  # fmt: skip


_PIXEL_FIELDS = {"image", "mask", "embedding"}


def to_json(request: GenerationRequest) -> dict[str, Any]:
    """Everything but pixel arrays, as plain JSON values; `from_json` is its inverse."""

    def plain(value: Any) -> Any:
        if isinstance(value, (Inpaint, Concept)):
            names = [f.name for f in fields(value) if f.name not in _PIXEL_FIELDS]
            return {name: plain(getattr(value, name)) for name in names}
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        return "inf" if value == math.inf else value

    names = [f.name for f in fields(request) if f.name not in _PIXEL_FIELDS]
    return {"format": FORMAT_VERSION} | {name: plain(getattr(request, name)) for name in names}


def from_json(
    data: Mapping[str, Any], *, image: Pixels | None = None, mask: Pixels | None = None
) -> GenerationRequest:
    """Rebuild a request; unknown keys are ignored, wrong types fall back to the default.

    Never raises, whatever a file says; `validate` looks at the ranges. image, mask: the pixel
    arrays, if they were kept; without its mask an inpaint is dropped.
    """
    defaults = GenerationRequest()
    known: dict[str, Any] = {}
    for f in fields(defaults):
        if f.name in data and f.name not in ("image", "inpaint", "concept", "loras", "parent"):
            value = _like(data[f.name], getattr(defaults, f.name), str(f.type))
            if value is not None:
                known[f.name] = value
    return GenerationRequest(**known, image=image, **_parts(data, mask))


def _like(value: Any, default: Any, type_name: str) -> Any:
    """`value` if it has the field's type, else None."""
    if type_name.startswith("float"):
        return _float(value)
    if type_name.startswith("int"):
        return _int(value)
    return value if isinstance(value, str) and isinstance(default, str) else None


def _float(value: Any) -> float | None:
    if value == "inf":
        return math.inf
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or (isinstance(value, int) and abs(value) > INTEGER_MAX):
        return None
    return None if math.isnan(value) else float(value)


def _int(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and abs(value) <= INTEGER_MAX else None


def _box(value: Any) -> tuple[int, int, int, int] | None:
    numbers = [_int(v) for v in value] if isinstance(value, list) else []
    match numbers:
        case [int(x), int(y), int(width), int(height)]:
            return x, y, width, height
    return None


def _pairs(value: Any) -> tuple[tuple[str, float], ...]:
    """(name, number) for every [name, number] of a list; what is not one is left out."""
    items = value if isinstance(value, list) else []
    found = [(item[0], _float(item[1])) for item in items
             if isinstance(item, list) and len(item) == 2]  # fmt: skip
    return tuple((str(name), number) for name, number in found if number is not None)


def _parts(data: Mapping[str, Any], mask: Pixels | None) -> dict[str, Any]:
    parts: dict[str, Any] = {"loras": _pairs(data.get("loras"))}
    inpaint, concept, parent = data.get("inpaint"), data.get("concept"), data.get("parent")
    if isinstance(inpaint, dict) and mask is not None:
        feather = _int(inpaint.get("feather"))
        parts["inpaint"] = Inpaint(
            mask=mask,
            soft=bool(inpaint.get("soft", True)),
            fill=inpaint["fill"] if inpaint.get("fill") in ("noise", "blur") else "original",
            frame=_box(inpaint.get("frame")),
            feather=3 if feather is None else feather,
            match_colour=bool(inpaint.get("match_colour", False)),
        )
    if isinstance(concept, dict) and isinstance(concept.get("expression"), str):
        way, amount = concept.get("way"), _float(concept.get("amount"))
        parts["concept"] = Concept(
            expression=concept["expression"],
            way=way if way in ("direction", "guidance") else "embedding",
            amount=1.0 if amount is None else amount,
            direction=_pairs(concept.get("direction")),
            clip=_like(concept.get("clip"), "", "str") or "",
        )
    if isinstance(parent, list) and len(parent) == 2 and isinstance(parent[0], str):
        step = _int(parent[1])
        parts |= {} if step is None else {"parent": (parent[0], step)}
    return parts
