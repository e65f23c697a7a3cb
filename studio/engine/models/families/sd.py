"""Stable Diffusion 1.x and 2.x: one text encoder, whose words the denoiser attends to."""

from __future__ import annotations

from torch import Tensor

from studio.engine import prompts
from studio.engine.models.model import Conditioning, Model
from studio.engine.request import GenerationRequest


def encode(model: Model, text: str, request: GenerationRequest, *, chunks: int) -> Conditioning:
    """Read a prompt. chunks: at least so many windows of the text encoder's length."""
    encoder, tokenizer = model.text_encoders[0], model.tokenizers[0]
    embeds = prompts.encode(
        text, tokenizer, lambda ids: encoder(ids.to(model.device.name))[0], chunks=chunks
    )
    return Conditioning(embeds)


def predict(model: Model, x: Tensor, t: float, conditioning: Conditioning) -> Tensor:
    """The denoiser's raw output for noisy latents x [B, C, h, w] at timestep t."""
    embeds = conditioning.embeds.to(model.dtype)
    output: Tensor = model.unet(x.to(model.dtype), model.timestep(t), embeds, return_dict=False)[0]
    return output.float()
