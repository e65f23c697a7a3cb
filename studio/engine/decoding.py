"""Decode latents, encode pictures, and never give up: tiles, then the CPU; no silent black."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from studio.engine import memory
from studio.engine.errors import NotFinite
from studio.engine.models import codec

LAYERS_AT_ONCE = 6  # full-size activations that live at the same time in a decoder
_OVERFLOWED = "The {} overflowed in half precision; done in full precision."

Way = tuple[Callable[[Any, Tensor], Tensor], str]  # what is done, and how it is told


def decode(vae: nn.Module, latents: Tensor, step: int) -> tuple[Tensor, str]:
    """([1, 3, H, W] on the CPU, what had to be done, in words; "" if nothing).

    step: named in the error. Raises NotFinite, or the last lack of memory as it came.
    """
    ways: Sequence[Way] = (
        (codec.decode, ""),
        (codec.decode_in_tiles, "Memory was short: the picture was developed in tiles."),
        (_decode_on_cpu, "GPU memory was short: the picture was developed on the processor."),
    )
    picture, note = _by_the_first_that_works(vae, latents, ways, needed(vae, latents),
                                             _OVERFLOWED.format("decoder"))  # fmt: skip
    if not codec.is_whole(picture):
        raise NotFinite(step, "The model's decoder produced no valid numbers.",
                        "Use another model; this one's VAE is damaged.")  # fmt: skip
    return picture.cpu(), note


def encode(vae: nn.Module, pictures: Tensor) -> tuple[Tensor, str]:
    """Pictures [1, 3, H, W] in -1 .. 1 to latents on the CPU, and what had to be done, as `decode`.

    Raises NotFinite, or the last lack of memory as it came.
    """
    ways: Sequence[Way] = (
        (codec.encode, ""),
        (codec.encode_in_tiles, "Memory was short: the start picture was read in tiles."),
        (_encode_on_cpu, "GPU memory was short: the start picture was read on the processor."),
    )
    peak = _peak(vae, pictures.shape[0] * pictures.shape[2] * pictures.shape[3])
    latents, note = _by_the_first_that_works(vae, pictures, ways, peak,
                                             _OVERFLOWED.format("encoder"))  # fmt: skip
    if not codec.is_whole(latents):
        raise NotFinite(0, "The model's encoder produced no valid numbers of the start picture.",
                        "Use another model; this one's VAE is damaged.")  # fmt: skip
    return latents.cpu(), note


def _by_the_first_that_works(
    vae: nn.Module, values: Tensor, known: Sequence[Way], peak: int, overflowed: str
) -> tuple[Tensor, str]:
    """The result of the first way that memory allows, in full precision if it must be."""
    ways, device = list(known), next(vae.parameters()).device.type
    if device == "cpu":
        ways.pop()
    if peak > memory.available(device):
        ways.pop(0)  # on a processor the system would end the program rather than say no
    while True:
        way, note = ways.pop(0)
        try:
            result = way(vae, values)
            break
        except (RuntimeError, MemoryError) as error:
            if not memory.is_out_of_memory(error) or not ways:
                raise
            memory.forget(error)
        memory.release()
    if not codec.is_whole(result) and next(vae.parameters()).dtype != torch.float32:
        result, note = codec.in_full_precision(vae, values, way), overflowed
    return result, note


def needed(vae: Any, latents: Tensor) -> int:
    """Bytes that decoding in one piece takes at its peak, roughly: the widest full-size layers."""
    factor = 2 ** (len(_widths(vae)) - 1)
    return _peak(vae, latents.shape[0] * latents.shape[2] * latents.shape[3] * factor**2)


def _peak(vae: Any, pixels: int) -> int:
    return int(pixels * _widths(vae)[0] * next(vae.parameters()).element_size() * LAYERS_AT_ONCE)


def _widths(vae: Any) -> Sequence[int]:
    config = vae.config
    found: Sequence[int] = (config.get("decoder_block_out_channels")
                            or config.get("block_out_channels"))  # fmt: skip
    return found


def _decode_on_cpu(vae: nn.Module, latents: Tensor) -> Tensor:
    return codec.decode_in_tiles(copy.deepcopy(vae).to("cpu"), latents.cpu())


def _encode_on_cpu(vae: nn.Module, pictures: Tensor) -> Tensor:
    return codec.encode_in_tiles(copy.deepcopy(vae).to("cpu"), pictures.cpu())
