"""From a request to a Plan: levels, conditioning, guidance, and the guarded model call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import ModuleType

import torch
from torch import Tensor

from studio.engine import memory
from studio.engine.emphasis import MAX_CHUNKS
from studio.engine.errors import InvalidRequest, UnsupportedModel
from studio.engine.guidance import guide_with, interval
from studio.engine.levels import SCHEDULES, Level, respace, vp_level, vp_levels
from studio.engine.models.codec import is_whole
from studio.engine.models.families import sd, sdxl
from studio.engine.models.model import Conditioning, Model
from studio.engine.prompts import tokens
from studio.engine.record import Step
from studio.engine.request import Concept, GenerationRequest
from studio.engine.sampler_table import SAMPLERS, Sampler

log = logging.getLogger(__name__)

FAMILIES: Mapping[str, ModuleType] = {"sd": sd, "sdxl": sdxl}
PROMPTS_KEPT = 8
LEAST_TIMESTEP = 1e-3  # below it all levels are the model's least noise, up to rounding


def sampler_of(request: GenerationRequest) -> Sampler:
    """The request's sampler with its own eta and noise. Raises InvalidRequest."""
    if request.sampler not in SAMPLERS:
        raise InvalidRequest("sampler", f"There is no sampler named {request.sampler[:40]!r}.",
                             f"Choose one of {', '.join(SAMPLERS)}.")  # fmt: skip
    return SAMPLERS[request.sampler].override(request.eta, request.noise)


def levels_of(request: GenerationRequest, model: Model, fork: Step | None) -> list[Level]:
    """The run's levels; for a fork, levels[fork.index] is the fork's. Raises InvalidRequest."""
    if request.schedule not in SCHEDULES:
        raise InvalidRequest("schedule", f"There is no schedule named {request.schedule[:40]!r}.",
                             f"Choose one of {', '.join(SCHEDULES)}.")  # fmt: skip
    levels = vp_levels(model.alphas, request.steps, request.schedule)
    if fork is None:
        return levels
    if fork.level.s <= 0 or fork.index >= request.steps:
        raise InvalidRequest("steps", "There is no step left after this one.",
                             "Fork from an earlier step, or ask for more steps.")  # fmt: skip
    if fork.level.t < LEAST_TIMESTEP and fork.index < request.steps - 1:
        raise InvalidRequest("steps", "This step is at the least noise that the model knows, so "
                             "no further steps fit between it and the picture.",
                             "Fork from an earlier step to have more of them.")  # fmt: skip
    return respace(levels, fork.index, fork.level, lambda t: vp_level(model.alphas, t))


def guidance_of(request: GenerationRequest) -> float | Callable[[int], float]:
    """The CFG scale, or where it acts on part of the run only, the scale at each step."""
    if request.guidance_start <= 0 and request.guidance_end >= 1:
        return request.guidance_scale
    return interval(request.guidance_scale, steps=request.steps, start=request.guidance_start,
                    end=request.guidance_end)  # fmt: skip


def guide_of(request: GenerationRequest) -> Callable[[Tensor, Tensor, float], Tensor]:
    """How cond and uncond become one prediction."""
    return guide_with(request.guidance_rescale)


def conditioning_of(
    request: GenerationRequest, model: Model
) -> tuple[Conditioning, Conditioning | None]:
    """Encode the prompt and, where guidance is on, the negative prompt, to the same length.

    Raises InvalidRequest or UnsupportedModel if the request's concept cannot be drawn.
    """
    concept = request.concept
    directions = concept.direction if concept is not None and concept.way == "direction" else ()
    texts = [request.prompt, *(text for said in directions for text in sides(request, *said))]
    if request.guidance_scale != 1:  # else it is never read, and must not lengthen the others
        texts.append(request.negative_prompt)
    most = max(len(tokens(t, words)) for t in texts for words in model.tokenizers)
    chunks = min(most, MAX_CHUNKS)
    cond = _encoded(model, request.prompt, request, chunks)
    if concept is not None and directions:
        for text, weight in directions:
            towards, away = (_encoded(model, side, request, chunks)
                             for side in sides(request, text, weight))  # fmt: skip
            cond = cond.moved(towards, away, concept.amount * weight)
    uncond = None
    if request.guidance_scale != 1:
        uncond = _encoded(model, request.negative_prompt, request, chunks)
        if model.zero_negative and not request.negative_prompt.strip():
            uncond = uncond.zeros()
    if concept is not None and concept.way == "embedding":
        position = _concept_position(concept, model)
        cond = cond.with_position(position)
        uncond = uncond and uncond.with_position(torch.zeros_like(position))
    return cond, uncond


def sides(request: GenerationRequest, words: str, weight: float) -> tuple[str, str]:
    """Two texts whose difference says `words` to this prompt.

    Measured on the starter: "a cat in the snow with a hat" minus "a cat in the snow" puts the hat
    on in 14 of 16 pictures, "a hat" minus "" in 6. What shall go away is better named alone: a
    prompt that has it already would hardly change.
    """
    prompt = request.prompt.strip()
    return (f"{prompt} with {words}", prompt) if weight > 0 and prompt else (words, "")


def lean_of(
    request: GenerationRequest, model: Model, cond: Conditioning
) -> Callable[[str, float], tuple[Tensor, Tensor | None]]:
    """(words, weight) -> how `cond` changes when they are said too: embeddings [B, L, D], pooled.

    pooled: [B, P] where the model has one (SDXL), else None: words said to one of the two alone
    would be told the model as two different prompts. Float32, on the CPU. Of words beyond the end
    of a full prompt nothing is heard.
    """

    def lean(words: str, weight: float) -> tuple[Tensor, Tensor | None]:
        length = cond.embeds.shape[1]
        chunks = max(length // _encoded(model, "", request, 1).embeds.shape[1], 1)
        plus, minus = (_encoded(model, side, request, chunks)
                       for side in sides(request, words, weight))  # fmt: skip
        change = plus.embeds[:, :length].float().cpu() - minus.embeds[:, :length].float().cpu()
        pooled = None
        if plus.pooled is not None and minus.pooled is not None:
            pooled = weight * (plus.pooled.float().cpu() - minus.pooled.float().cpu())
        return weight * change, pooled

    return lean


def _concept_position(concept: Concept, model: Model) -> Tensor:
    """The embedding as one more position of the prompt [1, D]; amount 0 says nothing."""
    if model.concept_entry is None:
        raise UnsupportedModel(
            f"{model.info.name} reads words only; it cannot draw a point of the concept space.",
            "Use the starter model, or steer by direction or by guidance.",
        )
    if concept.embedding is None or concept.embedding.shape != (model.info.concept_dim,):
        raise InvalidRequest("concept", "The concept was made with another CLIP model.",
                             "Choose the CLIP model that belongs to this one.")  # fmt: skip
    embedding = torch.tensor(concept.embedding, dtype=torch.float32)[None] * concept.amount
    position: Tensor = model.concept_entry(embedding.to(model.device.name))
    return position


def _encoded(model: Model, text: str, request: GenerationRequest, chunks: int) -> Conditioning:
    """Encode, or find the same prompt among the last few: a fork asks for it again."""
    key = (text, chunks, request.width, request.height, model.loras)
    if key not in model.prompts:
        while len(model.prompts) >= PROMPTS_KEPT:
            del model.prompts[next(iter(model.prompts))]
        family = FAMILIES[model.info.family]
        model.prompts[key] = family.encode(model, text, request, chunks=chunks)
    result: Conditioning = model.prompts[key]
    return result


@dataclass(slots=True)
class Caller:
    """Calls the denoiser for one run; repairs half-precision overflow and lack of memory.

    extra: channels beside x, for inpainting models. notes: what was repaired, for the user.
    Use as a context: it gives the model back as it was.
    """

    model: Model
    extra: Tensor | None = None
    is_paired: bool = True
    notes: list[str] = field(default_factory=list)
    _repairs: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self._repairs.close()

    def predict(self, x: Tensor, t: float, conditioning: Conditioning) -> Tensor:
        """The raw prediction [B, C, h, w] on the CPU, in float32."""
        output = self._call(x, t, conditioning)
        if self.model.dtype == torch.float32 or is_whole(output):
            return output
        self._repairs.enter_context(self.model.full_precision())
        self.notes.append("The model overflowed in half precision; continued in full precision.")
        return self._call(x, t, conditioning)

    def predict_pair(
        self, x: Tensor, t: float, cond: Conditioning, uncond: Conditioning
    ) -> tuple[Tensor, Tensor]:
        """Both predictions, as one batch if memory allows."""
        if self.is_paired:
            try:
                both = self.predict(torch.cat([x, x]), t, cond.beside(uncond))
                return both[: len(x)], both[len(x) :]
            except (RuntimeError, MemoryError) as error:
                if not memory.is_out_of_memory(error):
                    raise
                memory.forget(error)
            memory.release()
            self.is_paired = False
            self.notes.append("Memory was short; the two passes of CFG ran one after the other.")
        return self.predict(x, t, cond), self.predict(x, t, uncond)

    def _call(self, x: Tensor, t: float, conditioning: Conditioning) -> Tensor:
        if self.extra is not None:
            x = torch.cat([x, self.extra.expand(len(x), -1, -1, -1)], dim=1)
        family = FAMILIES[self.model.info.family]
        output: Tensor = family.predict(self.model, x.to(self.model.device.name), t, conditioning)
        return output.cpu()
