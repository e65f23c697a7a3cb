"""What each program writes, as a table of readers; the first that recognises its own wins.

A reader takes the texts of a file and returns a Draft, or None if the file is not its own.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from studio.library.metadata.containers import Texts
from studio.library.metadata.draft import Draft

JSON_MAX = 2_000_000  # characters; more would hold up the window
Reader = Callable[[Texts], Draft | None]


def load_json(text: str | None) -> Any:
    """The JSON value, or None for anything else. Never raises."""
    text = (text or "").strip()
    if not text or len(text) > JSON_MAX or text[0] not in '{["':
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        value = load_json(value)
    return value if isinstance(value, Mapping) else {}


def _rest(data: Mapping[str, Any], *used: str) -> dict[str, Any]:
    return {str(k): v for k, v in data.items() if k not in used and not isinstance(v, (dict, list))}


# Our fields -> the names under which a program keeps them; what most programs agree upon first.
_USUAL = {name: name for name in ("prompt", "negative_prompt", "steps", "sampler", "seed", "width",
                                  "height", "model")}  # fmt: skip
_INVOKE = _USUAL | {
    "prompt": "positive_prompt", "sampler": "scheduler", "guidance_scale": "cfg_scale",
    "guidance_rescale": "cfg_rescale_multiplier", "strength": "strength",
}  # fmt: skip
_NOVELAI = _USUAL | {
    "negative_prompt": "uc", "schedule": "noise_schedule", "guidance_scale": "scale",
    "guidance_rescale": "cfg_rescale", "strength": "strength",
}  # fmt: skip
_SWARM = _USUAL | {
    "negative_prompt": "negativeprompt",
    "schedule": "scheduler",
    "guidance_scale": "cfgscale",
}
_FOOOCUS = _USUAL | {
    "schedule": "scheduler",
    "guidance_scale": "guidance_scale",
    "model": "base_model",
}
_DRAW_THINGS = _USUAL | {
    "prompt": "c",
    "negative_prompt": "uc",
    "guidance_scale": "scale",
    "strength": "strength",
}
_EASY = _USUAL | {
    "steps": "num_inference_steps", "sampler": "sampler_name", "guidance_scale": "guidance_scale",
    "model": "use_stable_diffusion_model",
}  # fmt: skip


def _draft(
    generator: str, data: Mapping[str, Any], names: Mapping[str, str], **known: Any
) -> Draft:
    """A Draft of what stands under these names, and of `known`, which goes before."""
    values: dict[str, Any] = {ours: data.get(theirs) for ours, theirs in names.items()} | known
    if values.get("strength") == 1:  # not from a picture
        values["strength"] = None
    fields = _rest(data, names["prompt"], names["negative_prompt"])
    return Draft(generator=generator, fields=fields, **values)


def read_invoke(texts: Texts) -> Draft | None:
    """InvokeAI 3 and later; before that `sd-metadata`."""
    data = _mapping(texts.get("invokeai_metadata"))
    if not data:
        old = _mapping(texts.get("sd-metadata"))
        image = _mapping(old.get("image"))
        if not image:
            return None
        prompts = image.get("prompt")
        if isinstance(prompts, list) and prompts:
            prompts = _mapping(prompts[0]).get("prompt")
        text, negative = _split_bracketed(prompts if isinstance(prompts, str) else "")
        data = {**image, "positive_prompt": text, "negative_prompt": negative,
                "scheduler": image.get("sampler"), "model": old.get("model_weights")}  # fmt: skip
    model = data.get("model")
    name = _mapping(model).get("name", _mapping(model).get("model_name")) or model
    return _draft("InvokeAI", data, _INVOKE, model=name if isinstance(name, str) else None)


def _split_bracketed(prompt: str) -> tuple[str, str]:
    """InvokeAI 2 wrote the negative prompt in brackets inside the prompt."""
    negatives = re.findall(r"\[([^\[\]]*)\]", prompt)
    return re.sub(r"\[[^\[\]]*\]", "", prompt).strip(), ", ".join(negatives)


def read_novelai(texts: Texts) -> Draft | None:
    """NovelAI: PNG chunks, JSON in a WebP's UserComment, or the alpha channel."""
    outer = _mapping(texts.get("stealth")) or _mapping(texts.get("UserComment"))
    is_own = "NovelAI" in (texts.get("Software"), outer.get("Software")) or "Comment" in outer
    data = _mapping(texts.get("Comment")) or _mapping(outer.get("Comment"))
    if not is_own or not data:
        return None
    draft = _draft("NovelAI", data, _NOVELAI)
    draft.prompt = _caption(data.get("v4_prompt")) or draft.prompt or texts.get("Description")
    draft.negative_prompt = _caption(data.get("v4_negative_prompt")) or draft.negative_prompt
    source = str(texts.get("Source") or outer.get("Source") or "")
    draft.model = re.sub(r" [0-9A-F]{8}\Z", "", source)
    draft.fields["Dialect"] = "NovelAI"
    if "::" in str(data.get("prompt")) or "{" in str(data.get("prompt")):
        draft.warnings.append(
            "Its weights are written the NovelAI way, which means something else here."
        )
    return draft


def _caption(prompt: Any) -> str:
    """The base caption of NovelAI 4 and the captions of its characters, one a line."""
    caption = _mapping(_mapping(prompt).get("caption"))
    parts = [caption.get("base_caption")]
    people = caption.get("char_captions")
    if isinstance(people, list):
        parts += [_mapping(person).get("char_caption") for person in people[:50]]
    return "\n".join(part for part in parts if isinstance(part, str) and part)


def read_swarm(texts: Texts) -> Draft | None:
    """SwarmUI: one JSON in `parameters` or UserComment."""
    for place in ("parameters", "UserComment"):
        data = _mapping(_mapping(texts.get(place)).get("sui_image_params"))
        if data:
            return _draft("SwarmUI", data, _SWARM)
    return None


def read_fooocus(texts: Texts) -> Draft | None:
    """Fooocus: JSON in `parameters` or UserComment with names of its own."""
    scheme = texts.get("fooocus_scheme") or texts.get("MakerNote")
    for place in ("parameters", "UserComment"):
        data = _mapping(texts.get(place))
        is_own = scheme == "fooocus" or "base_model" in data or "performance" in data
        if not data or not is_own:
            continue
        width, height = _tuple_of_two(data.get("resolution"))
        return _draft("Fooocus", data, _FOOOCUS, width=width, height=height)
    return None


def _tuple_of_two(value: Any) -> tuple[Any, Any]:
    """ "(768, 1280)" -> 768, 1280: parsed as a literal, never evaluated."""
    if isinstance(value, str) and len(value) < 40:
        try:
            value = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None, None
    is_pair = isinstance(value, (tuple, list)) and len(value) == 2
    return (value[0], value[1]) if is_pair else (None, None)


def read_draw_things(texts: Texts) -> Draft | None:
    """Draw Things: JSON with one-letter keys beside a sentence; macOS moves it into XMP."""
    tools = (texts.get("Software"), texts.get("xmp:CreatorTool"))
    places = ("Comment", "xmp:UserComment", "UserComment")
    data = next((d for p in places if (d := _mapping(texts.get(p)))), {})
    if not ("Draw Things" in tools or ("c" in data and "uc" in data)) or not data:
        return None
    width, _, height = str(data.get("size", "")).partition("x")
    return _draft("Draw Things", data, _DRAW_THINGS, width=width, height=height)


def read_easy_diffusion(texts: Texts) -> Draft | None:
    """Easy Diffusion: a chunk per key, or one JSON with the same keys."""
    data: Mapping[str, Any] = texts
    if "num_inference_steps" not in data:
        data = _mapping(texts.get("UserComment") or texts.get("comment") or texts.get("stealth"))
    if "num_inference_steps" not in data and "use_stable_diffusion_model" not in data:
        return None
    return _draft("Easy Diffusion", data, _EASY)


_LOOSE_NAMES = {
    "prompt": ("prompt", "Prompt", "PositivePrompt", "positive_prompt", "positivePrompt"),
    "negative_prompt": ("negative_prompt", "negativePrompt", "NegativePrompt", "uc"),
    "steps": ("steps", "Steps", "num_inference_steps", "numInferenceSteps"),
    "sampler": ("sampler", "Sampler", "sampler_name", "scheduler", "samplerName",
                "ksamplerName"),
    "schedule": ("schedule", "Scheduler", "schedule_type", "schedulerName"),
    "guidance_scale": ("cfgScale", "CfgScale", "cfg_scale", "guidance_scale", "guidanceScale"),
    "seed": ("seed", "Seed"),
    "width": ("width", "Width"),
    "height": ("height", "Height"),
    "model": ("model", "ModelName", "Model", "model_name", "baseModel"),
}  # fmt: skip


def read_marked_json(texts: Texts) -> Draft | None:
    """Stability Matrix and TensorArt: one flat JSON under a key that nobody else uses."""
    for place, generator in (
        ("parameters-json", "Stability Matrix"), ("generation_data", "TensorArt"),
    ):  # fmt: skip
        draft = _loose(texts.get(place), generator)
        if draft is not None:
            return draft
    return None


def read_loose_json(texts: Texts) -> Draft | None:
    """Hugging Face Spaces and whoever else writes one flat JSON."""
    places = ("parameters", "UserComment", "comment", "stealth")
    return next((d for place in places if (d := _loose(texts.get(place), ""))), None)


def _loose(text: str | None, generator: str) -> Draft | None:
    data = _mapping((text or "").rstrip("\0"))
    if not data or "nodes" in data:
        return None
    values: dict[str, Any] = {
        ours: next((data[n] for n in names if data.get(n) is not None), None)
        for ours, names in _LOOSE_NAMES.items()
    }
    if isinstance(values["model"], Mapping):
        values["model"] = _model_of(values["model"])
    draft = Draft(generator=generator or str(data.get("Software") or ""), **values)
    draft.fields = _rest(data)
    if draft.width is None:
        draft.width, draft.height = _size_of(data)
    if draft.model is None:
        draft.model = _model_of(_mapping(data.get("baseModel")))
    return draft if draft.prompt is not None or draft.seed is not None else None


def _model_of(data: Mapping[str, Any]) -> Any:
    names = ("modelFileName", "model", "name", "modelName")
    return next((data[n] for n in names if isinstance(data.get(n), str)), None)


def _size_of(data: Mapping[str, Any]) -> tuple[Any, Any]:
    text = str(data.get("resolution") or data.get("size") or "")[:40]
    match = re.match(r"\(?\s*(\d{1,6})\s*[x,×]\s*(\d{1,6})", text)
    return (match[1], match[2]) if match else (None, None)
