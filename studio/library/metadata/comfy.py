"""Read a ComfyUI graph: find the sampler, walk its links, show every text when that fails.

API graph: {id: {class_type, inputs: {name: value or [id, output]}}}. Values may hide behind
primitive nodes, ids may be words or "30:8", seeds hex strings, numbers NaN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from studio.library.metadata.draft import Draft

_DEPTH_MAX = 60
_NODES_MAX = 5_000
_SEED_NAMES = ("seed", "noise_seed", "seed_num", "value", "int", "Number")
_TEXT_NAMES = ("text", "text_g", "clip_l", "t5xxl", "string", "prompt", "positive", "value",
               "wildcard_text", "populated_text", "Text", "text_positive", "text_0", "text1",
               "string_a", "input_string", "result")  # fmt: skip
_MODEL_NAMES = ("ckpt_name", "unet_name", "model_name", "base_ckpt_name", "key_opt")
Graph = Mapping[str, Any]


def read_graph(graph: Graph) -> Draft:
    """The settings of the first pass of a graph. Never raises."""
    nodes = {str(k): v for k, v in list(graph.items())[:_NODES_MAX] if _is_node(v)}
    reader = _Reader(nodes)
    draft = Draft(generator="ComfyUI")
    sampler = reader.main_sampler()
    if sampler is None:
        texts = list(dict.fromkeys(reader.all_texts()))
        draft.prompt = "\n".join(texts) or None
        draft.warnings.append("No sampler was found in its graph; every text is shown.")
        draft.model = reader.any_value(_MODEL_NAMES)
        return draft
    reader.fill(draft, sampler)
    if draft.prompt is None:
        texts = list(dict.fromkeys(reader.all_texts()))
        draft.prompt = texts[0] if texts else None
    draft.fields["Dialect"] = "ComfyUI"
    return draft


def _is_node(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("inputs"), Mapping)


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], (str, int))


class _Reader:
    def __init__(self, nodes: Mapping[str, Any]) -> None:
        self._nodes = nodes

    def inputs(self, node_id: str) -> Mapping[str, Any]:
        node = self._nodes.get(node_id)
        return node["inputs"] if node else {}

    def kind(self, node_id: str) -> str:
        node = self._nodes.get(node_id)
        return str(node.get("class_type", "")) if node else ""

    def main_sampler(self) -> str | None:
        """The sampler that starts from an empty latent, at the highest denoise strength."""
        found: list[tuple[float, int, str]] = []
        for node_id in self._nodes:
            inputs = self.inputs(node_id)
            has_guides = "positive" in inputs and "negative" in inputs
            is_plain = has_guides and ("sampler_name" in inputs or "cfg" in inputs)
            is_custom = "guider" in inputs or ("noise_seed" in inputs and "sampler" in inputs)
            if (is_plain and "steps" in inputs) or is_custom:
                found.append((-self._strength(inputs), len(found), node_id))
        return min(found)[2] if found else None

    def _strength(self, inputs: Mapping[str, Any]) -> float:
        value = self.value(inputs.get("denoise", 1.0))
        return float(value) if isinstance(value, (int, float)) and value == value else 1.0

    def fill(self, draft: Draft, node_id: str) -> None:
        """Take the sampler's own inputs, then what its links lead to."""
        inputs = self.inputs(node_id)
        draft.seed = self._seed(inputs, node_id)
        draft.steps = self._near(inputs, ("steps",))
        draft.guidance_scale = self._near(inputs, ("cfg", "cfg_scale", "guidance"))
        draft.sampler = self._near(inputs, ("sampler_name",))
        draft.schedule = self._near(inputs, ("scheduler",))
        strength = self.value(inputs.get("denoise"))
        draft.strength = strength if strength != 1 else None
        guides = self.inputs(self._target(inputs.get("guider"))) or inputs
        positive = guides.get("positive", guides.get("conditioning"))
        draft.prompt = self.text(positive, "positive")
        draft.negative_prompt = self.text(guides.get("negative"), "negative")
        size = self._upstream(inputs.get("latent_image"), ("width", "dimensions")) or {}
        draft.width, draft.height = self.value(size.get("width")), self.value(size.get("height"))
        stated = re.match(r"\s*(\d{1,6})\s*x\s*(\d{1,6})", str(size.get("dimensions", ""))[:60])
        if stated:  # "1024 x 1024  (square)"
            draft.width, draft.height = stated[1], stated[2]
        model = inputs.get("model", guides.get("model"))
        loader = self._upstream(model, _MODEL_NAMES)
        names = [self.value(loader.get(n)) for n in _MODEL_NAMES] if loader else []
        draft.model = next((n for n in names if isinstance(n, str)), self.any_value(_MODEL_NAMES))

    def _seed(self, inputs: Mapping[str, Any], node_id: str) -> Any:
        for name in ("seed", "noise_seed"):
            if name in inputs:
                return self.value(inputs[name])
        return self.value(inputs.get("noise")) if "noise" in inputs else None

    def _near(self, inputs: Mapping[str, Any], names: tuple[str, ...]) -> Any:
        """An input of the sampler itself, or of the nodes right behind it (custom samplers)."""
        for name in names:
            if name in inputs:
                return self.value(inputs[name])
        for value in inputs.values():
            behind = self.inputs(self._target(value))
            for name in names:
                if name in behind and not isinstance(behind[name], Mapping):
                    return self.value(behind[name])
        return None

    def _target(self, value: Any) -> str:
        return str(value[0]) if _is_link(value) else ""

    def value(self, value: Any, depth: int = 0) -> Any:
        """Follow links through primitive nodes to a plain value."""
        while _is_link(value) and depth < _DEPTH_MAX:
            depth += 1
            inputs = self.inputs(self._target(value))
            name = next((n for n in _SEED_NAMES if n in inputs), None)
            if name is None:
                name = next((n for n, v in inputs.items() if not isinstance(v, Mapping)), None)
            value = inputs.get(name) if name else None
        return None if _is_link(value) or isinstance(value, (Mapping, list)) else value

    def text(self, value: Any, role: str) -> str | None:
        """The text behind a conditioning link; several, joined, where conditionings combine."""
        seen: set[str] = set()
        texts = list(self._texts(value, role, seen, 0))
        return "\n".join(dict.fromkeys(texts)) if texts else None

    def _texts(self, value: Any, role: str, seen: set[str], depth: int) -> Iterator[str]:
        if isinstance(value, str):
            yield value
            return
        node_id = self._target(value)
        if not node_id or node_id in seen or depth > _DEPTH_MAX:
            return
        seen.add(node_id)
        inputs = self.inputs(node_id)
        names = [n for n in _TEXT_NAMES if n in inputs and n != "positive"]
        if role in inputs:  # a node that passes both on: take the right side
            names = [role]
        if names:
            for name in names:
                yield from self._texts(inputs[name], role, seen, depth + 1)
            return
        for name, behind in inputs.items():
            if _is_link(behind) and name not in ("clip", "vae", "model", "image", "pixels"):
                yield from self._texts(behind, role, seen, depth + 1)

    def _upstream(self, value: Any, names: tuple[str, ...]) -> Mapping[str, Any] | None:
        """The nearest node up the links that has one of these inputs."""
        queue = [self._target(value)]
        seen: set[str] = set()
        while queue and len(seen) < _NODES_MAX:
            node_id = queue.pop(0)
            if not node_id or node_id in seen:
                continue
            seen.add(node_id)
            inputs = self.inputs(node_id)
            if any(name in inputs for name in names):
                return inputs
            queue.extend(self._target(v) for v in inputs.values())
        return None

    def any_value(self, names: tuple[str, ...]) -> Any:
        for node_id in self._nodes:
            for name in names:
                value = self.inputs(node_id).get(name)
                if isinstance(value, str):
                    return value
        return None

    def all_texts(self) -> Iterator[str]:
        for node_id in self._nodes:
            if "Text" in self.kind(node_id) or "Prompt" in self.kind(node_id):
                for name in _TEXT_NAMES:
                    value = self.inputs(node_id).get(name)
                    if isinstance(value, str) and value.strip():
                        yield value
