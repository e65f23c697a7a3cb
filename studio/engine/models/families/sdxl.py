"""Stable Diffusion XL: two text encoders, a pooled embedding, and the picture's size as input."""

from __future__ import annotations

import torch
from torch import Tensor

from studio.engine import prompts
from studio.engine.models.model import Conditioning, Model
from studio.engine.request import GenerationRequest


def encode(model: Model, text: str, request: GenerationRequest, *, chunks: int) -> Conditioning:
    """Read a prompt with both encoders: their last layers but one, side by side.

    The pooled embedding is the second encoder's, of the prompt's first chunk.
    """
    pooled: list[Tensor] = []
    features = [
        prompts.encode(text, tokenizer, _reader(encoder, pooled, model.device.name), chunks=chunks)
        for encoder, tokenizer in zip(model.text_encoders, model.tokenizers, strict=True)
    ]
    size = (request.height, request.width)
    ids = torch.tensor([[*size, 0, 0, *size]], device=model.device.name)
    return Conditioning(torch.cat(features, dim=-1), pooled[0], ids)


def _reader(encoder: torch.nn.Module, pooled: list[Tensor], device: str) -> prompts.TextEncoder:
    """The encoder as a function of token ids; the first pooled embedding is kept aside."""

    def read(ids: Tensor) -> Tensor:
        output = encoder(ids.to(device), output_hidden_states=True)
        if not pooled and "text_embeds" in output:
            pooled.append(output.text_embeds[:1])
        features: Tensor = output.hidden_states[-2]
        return features

    return read


def predict(model: Model, x: Tensor, t: float, conditioning: Conditioning) -> Tensor:
    """The denoiser's raw output for noisy latents x [B, C, h, w] at timestep t."""
    assert conditioning.pooled is not None
    assert conditioning.ids is not None
    added = {"text_embeds": conditioning.pooled.to(model.dtype), "time_ids": conditioning.ids}
    output: Tensor = model.unet(
        x.to(model.dtype), model.timestep(t), conditioning.embeds.to(model.dtype),
        added_cond_kwargs=added, return_dict=False,
    )[0]  # fmt: skip
    return output.float()
