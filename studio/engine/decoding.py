"""Decode latents without ever giving up a picture: tiles, then the CPU; never silent black."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from studio.engine import memory
from studio.engine.errors import NotFinite
from studio.engine.models import codec

LAYERS_AT_ONCE = 6  # full-size activations that live at the same time in a decoder


def decode(vae: nn.Module, latents: Tensor, step: int) -> tuple[Tensor, str]:
    """([1, 3, H, W] on the CPU, what had to be done, in words; "" if nothing).

    step: named in the error. Raises NotFinite, or the last lack of memory as it came.
    """
    ways: list[tuple[Callable[[Any, Tensor], Tensor], str]] = [
        (codec.decode, ""),
        (codec.decode_in_tiles, "Memory was short: the picture was developed in tiles."),
        (_on_cpu, "GPU memory was short: the picture was developed on the processor."),
    ]
    device = next(vae.parameters()).device.type
    if device == "cpu":
        ways.pop()
    if needed(vae, latents) > memory.available(device):
        ways.pop(0)  # on a processor the system would end the program rather than say no
    while True:
        way, note = ways.pop(0)
        try:
            picture = way(vae, latents)
            break
        except (RuntimeError, MemoryError) as error:
            if not memory.is_out_of_memory(error) or not ways:
                raise
            memory.forget(error)
        memory.release()
    if not codec.is_whole(picture) and next(vae.parameters()).dtype != torch.float32:
        picture = codec.in_full_precision(vae, latents, way)
        note = "The decoder overflowed in half precision; done in full precision."
    if not codec.is_whole(picture):
        raise NotFinite(step, "The model's decoder produced no valid numbers.",
                        "Use another model; this one's VAE is damaged.")  # fmt: skip
    return picture.cpu(), note


def needed(vae: Any, latents: Tensor) -> int:
    """Bytes that decoding in one piece takes at its peak, roughly: the widest full-size layers."""
    config = vae.config
    widths = config.get("decoder_block_out_channels") or config.get("block_out_channels")
    factor = 2 ** (len(widths) - 1)
    pixels = latents.shape[0] * latents.shape[2] * latents.shape[3] * factor**2
    return int(pixels * widths[0] * next(vae.parameters()).element_size() * LAYERS_AT_ONCE)


def _on_cpu(vae: nn.Module, latents: Tensor) -> Tensor:
    return codec.decode_in_tiles(copy.deepcopy(vae).to("cpu"), latents.cpu())
