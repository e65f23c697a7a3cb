"""Readers for infotext and graphs, and the order in which all readers are asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from studio.library.metadata.comfy import read_graph
from studio.library.metadata.containers import Texts
from studio.library.metadata.draft import Draft
from studio.library.metadata.infotext import Infotext, parse
from studio.library.metadata.readers import (
    Reader,
    load_json,
    read_draw_things,
    read_easy_diffusion,
    read_fooocus,
    read_invoke,
    read_loose_json,
    read_marked_json,
    read_novelai,
    read_swarm,
)

_INFO_PLACES = ("parameters", "UserComment", "xmp:UserComment", "comment", "Parameters",
                "ImageDescription", "stealth", "sidecar")  # fmt: skip
_GRAPH_PLACES = ("prompt", "Prompt", "UserComment", "Make", "Model", "ImageDescription",
                 "xmp:prompt", "comment", "parameters", "stealth")  # fmt: skip
_WRAPPINGS = 8  # of a graph in a graph's envelope; two occur


def read_infotext(texts: Texts) -> Draft | None:
    """A1111, Forge, SD.Next, Civitai and the many that write their text."""
    for place in _INFO_PLACES:
        text = texts.get(place, "")
        if not text or text.lstrip()[:1] in ("{", "["):
            continue
        parsed = parse(text)
        if parsed.has_parameters and (parsed.fields.keys() & {"Steps", "Seed", "Sampler"}):
            return draft_of(parsed)
        if place == "parameters" and (parsed.prompt or parsed.negative_prompt):
            return draft_of(parsed)
    return None


def draft_of(parsed: Infotext) -> Draft:
    """The Draft of a parsed infotext."""
    fields = dict(parsed.fields)
    size = parsed.size() or (None, None)
    has_second_pass = any(key.startswith("Hires") for key in fields)
    draft = Draft(
        generator=_generator(fields),
        prompt=parsed.prompt,
        negative_prompt=parsed.negative_prompt or None,
        steps=fields.get("Steps"),
        sampler=fields.get("Sampler"),
        schedule=fields.get("Schedule type", fields.get("Sampler sigma", fields.get("Scheduler"))),
        guidance_scale=fields.get("CFG scale", fields.get("CFG Scale")),
        guidance_rescale=fields.get("CFG Rescale phi"),
        seed=fields.get("Seed"),
        width=size[0],
        height=size[1],
        strength=None if has_second_pass else fields.get("Denoising strength"),
        eta=fields.get("Eta"),
        variation_seed=fields.get("Variation seed"),
        variation_strength=fields.get("Variation seed strength"),
        model=fields.get("Model"),
        fields=fields,
    )
    if has_second_pass:
        draft.warnings.append("It was enlarged in a second pass, which is not repeated here.")
    return draft


def _generator(fields: Mapping[str, str]) -> str:
    version, app = fields.get("Version", ""), fields.get("App", "")
    known = {"ComfyUI": "ComfyUI", "Latent Studio": "Latent Studio", "f2.": "Forge",
             "f1.": "Forge", "classic": "Forge", "neo": "Forge"}  # fmt: skip
    name = next((name for start, name in known.items() if version.startswith(start)), "")
    return app or name or "A1111"


def read_comfy(texts: Texts) -> Draft | None:
    """ComfyUI: an API graph in one of many places."""
    for place in _GRAPH_PLACES:
        text = texts.get(place, "").lstrip()
        text = re.sub(r"\A(?:prompt|Prompt|workflow|Workflow)\s*:\s*(?=\{)", "", text)
        data = load_json(text.rstrip("\0 \n"))
        graph = _graph_in(data)
        if graph is not None:
            return read_graph(graph)
    return None


def _graph_in(data: Any) -> Mapping[str, Any] | None:
    """The graph in a JSON value: itself, or behind some "prompt" keys, perhaps as text."""
    for _ in range(_WRAPPINGS):
        data = load_json(data) if isinstance(data, str) else data
        if not isinstance(data, Mapping):
            return None
        if any(isinstance(v, Mapping) and "class_type" in v for v in list(data.values())[:5000]):
            return data
        data = data.get("prompt")
    return None


def read_comfy_with_infotext(texts: Texts) -> Draft | None:
    """ComfyUI with an infotext beside the graph: the graph knows the seed, the text may not."""
    graph = read_comfy(texts)
    text = read_infotext(texts)
    if graph is None or text is None:
        return graph or text
    has_text = text.prompt not in (None, "", "unknown")
    if text.generator != "ComfyUI" and has_text:
        return text  # another program's text on a picture that passed through a graph
    for name in ("prompt", "negative_prompt", "steps", "sampler", "schedule", "guidance_scale",
                 "seed", "width", "height", "model"):  # fmt: skip
        if getattr(graph, name) in (None, ""):
            setattr(graph, name, getattr(text, name))
    graph.fields = {**text.fields, **graph.fields}
    return graph


def read_marked_with_graph(texts: Texts) -> Draft | None:
    """A marked JSON; TensorArt writes seed -1 there and the real one in the graph beside it."""
    draft = read_marked_json(texts)
    if draft is not None and draft.seed in (None, -1, "-1"):
        graph = read_comfy(texts)
        draft.seed = graph.seed if graph else None
    return draft


_FOOOCUS_LOG = re.compile(r"^(?:Prompt|Negative Prompt|Resolution|Base Model): ", re.MULTILINE)


def read_fooocus_log(texts: Texts) -> Draft | None:
    """The text that Fooocus' history page copies."""
    text = texts.get("sidecar", texts.get("parameters", ""))[:100_000]
    if len(_FOOOCUS_LOG.findall(text)) < 3:
        return None

    def part(name: str, end: str = r",|\n|\Z") -> str | None:
        match = re.search(rf"(?:^|[,\n] ?){name}: (.*?)(?={end})", text, re.DOTALL)
        return match[1].strip() if match else None

    size = re.search(r"Resolution: \((\d{1,6}), (\d{1,6})\)", text)
    return Draft(
        generator="Fooocus",
        prompt=part("Prompt", r"\nNegative Prompt: |\Z"),
        negative_prompt=part("Negative Prompt", r"\nFooocus V2|\nStyles: |\nResolution: |\Z"),
        sampler=part("Sampler"),
        schedule=part("Scheduler"),
        guidance_scale=part("Guidance Scale"),
        seed=part("Seed"),
        width=size[1] if size else None,
        height=size[2] if size else None,
        model=part("Base Model"),
    )


READERS: tuple[Reader, ...] = (
    read_invoke,
    read_novelai,
    read_swarm,
    read_fooocus,
    read_draw_things,
    read_easy_diffusion,
    read_fooocus_log,
    read_marked_with_graph,
    read_comfy_with_infotext,
    read_loose_json,
)
